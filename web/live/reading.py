"""What happened since a place, as the keys of those whom it concerns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from dispensing import service as dispensing
from dispensing.service.changed import Touched
from routing import service as routing
from routing.service import Concerned
from web.live.place import Place

# What is listened to: a kind and whose it is, as ("outlet", "P33030200001").
Key = tuple[str, str]


_NONE: Sequence[Collection[int]] = ((), (), (), ())


@dataclass(frozen=True, slots=True)
class News:
    """The numbers that were read of each sequence, and whom they concern."""

    numbers: tuple[tuple[int, ...], ...]
    keys: frozenset[Key]


def last_place(session: Session) -> Place:
    """Tell the place of somebody who has heard everything."""
    return Place(
        dispensing.last_record(session),
        routing.last_act(session),
        routing.last_desk_act(session),
        routing.last_position(session),
    )


def news_after(
    session: Session, place: Place, missing: Sequence[Collection[int]] = _NONE
) -> News:
    """Read what came after a place, and of each sequence the numbers missing before it."""
    records, acts, desk, positions = missing
    changes = dispensing.changes_after(session, place.record, records)
    plans = routing.acts_after(session, place.act, acts)
    told = routing.desk_acts_after(session, place.desk, desk)
    fixes = routing.positions_after(session, place.position, positions)
    orders = {order for each in changes.touched for order in each.orders}
    couriers = routing.couriers_of(session, orders)
    keys: set[Key] = {("firm", code) for code in changes.crews}
    for touched in changes.touched:
        keys |= _keys(touched)
        for order in touched.orders:
            keys |= {("courier", code) for code in couriers.get(order, ())}
    for plan in plans.touched:
        keys |= {("plan", str(plan.plan_id)), ("firm", plan.carrier_code)}
        keys |= {("courier", code) for code in plan.couriers}
    for each in told.concerned:
        keys |= {("firm", each.carrier_code), ("courier", each.courier_code)}
        keys |= _on_road(each)
    for each in fixes.concerned:
        # Not the firm's whole board: that would fetch itself again with every fix.
        keys |= _on_road(each)
    read = (changes.numbers, plans.numbers, told.numbers, fixes.numbers)
    return News(read, frozenset(keys))


def _on_road(each: Concerned) -> set[Key]:
    return {
        ("fleet", each.carrier_code),
        *(("order", str(order)) for order in each.orders),
    }


def _keys(touched: Touched) -> set[Key]:
    return {
        ("prescription", str(touched.prescription_id)),
        ("person", touched.person_no),
        ("area", touched.area),
        *(("outlet", code) for code in touched.outlets),
        *(("firm", code) for code in touched.carriers),
        *(("order", str(order)) for order in touched.orders),
    }

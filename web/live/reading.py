"""What happened since a place, as the keys of those whom it concerns."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from dispensing import service as dispensing
from dispensing.service.changed import Touched
from routing import service as routing
from web.live.place import Place

# What is listened to: a kind and whose it is, as ("outlet", "P33030200001").
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class News:
    """The numbers that were read of either sequence, and whom they concern."""

    records: tuple[int, ...]
    acts: tuple[int, ...]
    keys: frozenset[Key]


def last_place(session: Session) -> Place:
    """Tell the place of somebody who has heard everything."""
    return Place(dispensing.last_record(session), routing.last_act(session))


def news_after(
    session: Session,
    place: Place,
    records: Collection[int] = (),
    acts: Collection[int] = (),
) -> News:
    """Read what came after a place, and the records and acts missing before it."""
    changes = dispensing.changes_after(session, place.record, records)
    plans = routing.acts_after(session, place.act, acts)
    orders = {order for each in changes.touched for order in each.orders}
    couriers = routing.couriers_of(session, orders)
    keys: set[Key] = set()
    for touched in changes.touched:
        keys |= _keys(touched)
        for order in touched.orders:
            keys |= {("courier", code) for code in couriers.get(order, ())}
    for plan in plans.touched:
        keys |= {("plan", str(plan.plan_id)), ("firm", plan.carrier_code)}
        keys |= {("courier", code) for code in plan.couriers}
    return News(changes.numbers, plans.numbers, frozenset(keys))


def _keys(touched: Touched) -> set[Key]:
    return {
        ("prescription", str(touched.prescription_id)),
        ("person", touched.person_no),
        ("area", touched.area),
        *(("outlet", code) for code in touched.outlets),
        *(("firm", code) for code in touched.carriers),
        *(("order", str(order)) for order in touched.orders),
    }

"""When a parcel was out of the fridge, and in whose box: from what couriers and counters noted."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.tables import EventRow, OrderRow
from routing.cold_chain import Span
from routing.tables import RouteRow, StopRow

_ENDS = ("order_packed", "order_handed_over", "order_returned")


@dataclass(frozen=True, slots=True)
class Ride:
    """One stretch of a parcel's way in one courier's box."""

    courier_code: str
    span: Span


def rides_of(
    session: Session, orders: Iterable[OrderRow], now: datetime
) -> dict[UUID, tuple[Ride, ...]]:
    """Tell the rides of some orders, each in its order; one that goes on ends now.

    A ride begins when a courier takes the parcel, and ends at the door, back at the
    counter, or when another courier takes it over.
    """
    listed = list(orders)
    taken = _taken(session, [row.id for row in listed])
    ended = _ended(session, {row.prescription_id for row in listed})
    return {
        row.id: _rides(
            sorted(taken[row.id]),
            # A prescription's other orders were before this one, or come after it.
            [at for at in ended[row.prescription_id] if at > row.placed_at],
            row.ended_at or now,
        )
        for row in listed
    }


def aboard(
    session: Session, courier_code: str, span: Span, now: datetime
) -> dict[UUID, tuple[Span, ...]]:
    """Tell which cold parcels were in a courier's box within a span, and when."""
    query = (
        select(OrderRow)
        .join(StopRow, col(StopRow.order_id) == col(OrderRow.id))
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .where(
            col(RouteRow.courier_code) == courier_code,
            col(StopRow.kind) == "pickup",
            col(StopRow.done_at) <= span.ends,
            col(OrderRow.storage) == "cold",
            col(OrderRow.ended_at).is_(None) | (col(OrderRow.ended_at) >= span.begins),
        )
        .distinct()
    )
    rides = rides_of(session, session.exec(query), now)
    mine = {
        order_id: tuple(it.span for it in all_ if it.courier_code == courier_code)
        for order_id, all_ in rides.items()
    }
    return {order_id: spans for order_id, spans in mine.items() if spans}


def _taken(
    session: Session, ids: Collection[UUID]
) -> dict[UUID, set[tuple[datetime, str]]]:
    """Tell who took each parcel when; versions of a plan tell the same again."""
    query = (
        select(StopRow.order_id, StopRow.done_at, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .where(
            col(StopRow.order_id).in_(ids),
            col(StopRow.kind) == "pickup",
            col(StopRow.outcome) == "picked_up",
        )
    )
    found: dict[UUID, set[tuple[datetime, str]]] = defaultdict(set)
    for order_id, at, code in session.exec(query):
        if order_id is not None and at is not None:
            found[order_id].add((at, code))
    return found


def _ended(session: Session, ids: Collection[UUID]) -> dict[UUID, list[datetime]]:
    query = (
        select(EventRow.prescription_id, EventRow.at)
        .where(col(EventRow.prescription_id).in_(ids), col(EventRow.kind).in_(_ENDS))
        .order_by(col(EventRow.at))
    )
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for prescription_id, at in session.exec(query):
        found[prescription_id].append(at)
    return found


def _rides(
    taken: list[tuple[datetime, str]], ended: list[datetime], last: datetime
) -> tuple[Ride, ...]:
    """End each ride at the next one, or at the first end after its beginning."""
    begins = [at for at, _ in taken]
    return tuple(
        Ride(
            code, Span(at, min([*begins[no + 1 :], *_after(ended, at), max(last, at)]))
        )
        for no, (at, code) in enumerate(taken)
    )


def _after(ended: list[datetime], at: datetime) -> list[datetime]:
    return [each for each in ended if each > at]

"""Promises of orders (送达承诺) as they stand, from what was recorded and planned."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from dispensing.service.ordering import order_row
from dispensing.tables import EventRow, OrderRow
from routing.promise import Course, Happened, Promise, judge
from routing.tables import CourierActRow, PlanRow, RouteRow, StopRow

_KINDS = (
    "order_packed",
    "order_out",
    "attempt_failed",
    "order_handed_over",
    "order_returned",
    "order_cancelled",
    "delay_explained",
)
_ENDS = ("order_handed_over", "order_returned")


@dataclass(frozen=True, slots=True)
class PromiseView:
    """What an order was promised and what became of it; `own_window` where the patient chose."""

    order_id: UUID
    own_window: bool
    promise: Promise


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as a phone told it: when it was, when that came, whether its clock agreed."""

    kind: str
    at: datetime
    received_at: datetime
    sure: bool


def promise(session: Session, order_id: UUID, *, now: datetime) -> PromiseView:
    """Tell how the promise of an order stands, and by whom it was broken."""
    (found,) = promises(session, [order_row(session, order_id)], now=now)
    return found


def promises(
    session: Session, orders: Sequence[OrderRow], *, now: datetime
) -> tuple[PromiseView, ...]:
    """Tell the same of many orders, with as many questions as for one."""
    return tuple(_view(row, course, now) for row, course in _courses(session, orders))


def _view(row: OrderRow, course: Course, now: datetime) -> PromiseView:
    own_window = row.promised_until is None or until_of(row) == _window(row)
    return PromiseView(row.id, own_window, judge(course, now))


def _courses(
    session: Session, orders: Sequence[OrderRow]
) -> tuple[tuple[OrderRow, Course], ...]:
    """Read the way of each order: what was promised, planned, recorded."""
    ids = [row.id for row in orders]
    events = _events(session, {row.prescription_id for row in orders})
    later = _later(session, {row.prescription_id for row in orders})
    planned, returns = _planned(session, ids), _returns(session, ids)
    visits = _visits(session, ids)
    return tuple(
        (
            row,
            Course(
                placed_at=row.placed_at,
                window_opens=row.window_opens - _put_off(row.attempts, row.state),
                until=until_of(row),
                facts=tuple(
                    _timed(it, visits.get(row.id, ()))
                    for it in _facts(row, events, later, returns.get(row.id, ""))
                ),
                planned_leave_at=planned.get(row.id, (None, None))[0],
                planned_arrive_at=planned.get(row.id, (None, None))[1],
            ),
        )
        for row in orders
    )


def foretold(
    session: Session, expected: Mapping[UUID, datetime]
) -> tuple[PromiseView, ...]:
    """Tell how the promises of orders will stand once each is handed over as expected."""
    query = select(OrderRow).where(col(OrderRow.id).in_(expected))
    courses = _courses(session, session.exec(query).all())
    return tuple(_view(row, course, expected[row.id]) for row, course in courses)


def until_of(row: OrderRow) -> datetime:
    """Tell until when an order was promised; one of before had its first window."""
    return promised_until(
        row.promised_until, row.window_closes, row.attempts, row.state
    )


def promised_until(
    until: datetime | None, closes: datetime, attempts: int, state: str
) -> datetime:
    """Tell until when an order was promised, from its columns."""
    return until or closes - _put_off(attempts, state)


def _window(row: OrderRow) -> datetime:
    """Tell the end of the first window."""
    return row.window_closes - _put_off(row.attempts, row.state)


def _put_off(attempts: int, state: str) -> timedelta:
    """Tell how far visits that failed have put the window off: each that did not end it, a day."""
    return timedelta(days=attempts - (state == "returned"))


def _events(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Happened]]:
    """Read what happened as plain values: as objects of the session it takes far longer."""
    query = (
        select(EventRow.prescription_id, EventRow.at, EventRow.kind, EventRow.detail)
        .where(col(EventRow.prescription_id).in_(ids), col(EventRow.kind).in_(_KINDS))
        .order_by(col(EventRow.at), col(EventRow.id))
    )
    found: dict[UUID, list[Happened]] = defaultdict(list)
    for prescription_id, at, kind, detail in session.exec(query):
        found[prescription_id].append(Happened(at, kind, detail))
    return found


def _later(session: Session, ids: Collection[UUID]) -> dict[UUID, list[datetime]]:
    """Tell when orders of some prescriptions were placed: each ends what the one before had."""
    query = select(OrderRow.prescription_id, OrderRow.placed_at).where(
        col(OrderRow.prescription_id).in_(ids)
    )
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for prescription_id, at in session.exec(query.order_by(col(OrderRow.placed_at))):
        found[prescription_id].append(at)
    return found


def _facts(
    row: OrderRow,
    events: dict[UUID, list[Happened]],
    later: dict[UUID, list[datetime]],
    returned: str,
) -> tuple[Happened, ...]:
    ends = next((at for at in later[row.prescription_id] if at > row.placed_at), None)
    return tuple(
        Happened(
            _happened_at(row, it),
            it.kind,
            returned if it.kind == "order_returned" else it.detail,
        )
        for it in events[row.prescription_id]
        if row.placed_at <= it.at and (ends is None or it.at < ends)
    )


def _visits(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Visit]]:
    """Read which visits couriers' phones have told of, the first told first."""
    query = (
        sa_select(
            col(CourierActRow.order_id),
            col(CourierActRow.kind),
            col(CourierActRow.at),
            col(CourierActRow.received_at),
            col(CourierActRow.sure),
        )
        .where(
            col(CourierActRow.order_id).in_(ids),
            col(CourierActRow.kind).in_(("fail", "hand_over")),
            col(CourierActRow.status) == "done",
        )
        .order_by(col(CourierActRow.received_at))
    )
    found: dict[UUID, list[Visit]] = defaultdict(list)
    for order_id, kind, at, received_at, sure in session.execute(query):
        assert order_id is not None
        found[order_id].append(Visit(kind, at, received_at, sure))
    return found


def _timed(fact: Happened, visits: Sequence[Visit]) -> Happened:
    """Time a failed visit by when it happened; the desk may have decided on it later still.

    The end of an order is timed with the order; what an untrusted clock said of it goes along.
    """
    if fact.kind in _ENDS:
        ends = [it.at for it in visits if not it.sure and it.received_at == fact.at]
        return replace(fact, said_at=ends[-1]) if ends else fact
    told = [it for it in visits if it.kind == "fail" and it.received_at <= fact.at]
    if fact.kind != "attempt_failed" or not told:
        return fact
    if told[-1].sure:
        return replace(fact, at=told[-1].at)
    return replace(fact, said_at=told[-1].at)


def _happened_at(row: OrderRow, event: Happened) -> datetime:
    """Tell when an order came to its end: a phone without a line tells of it later."""
    ended = row.ended_at if event.kind in _ENDS else None
    return ended or event.at


def _planned(
    session: Session, ids: Collection[UUID]
) -> dict[UUID, tuple[datetime | None, datetime | None]]:
    """Tell when the first plan that was committed wanted each order to leave and to arrive."""
    query = (
        select(StopRow.order_id, StopRow.kind, StopRow.depart_at, StopRow.start_at)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(col(StopRow.order_id).in_(ids), col(PlanRow.state) != "draft")
        .order_by(col(PlanRow.made_at).desc())
    )
    found: dict[UUID, tuple[datetime | None, datetime | None]] = {}
    for order_id, kind, depart_at, start_at in session.exec(query):
        assert order_id is not None
        leave_at, arrive_at = found.get(order_id, (None, None))
        if kind == "pickup":
            found[order_id] = (depart_at, arrive_at)
        else:
            found[order_id] = (leave_at, start_at)
    return found


def _returns(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    query = select(StopRow.order_id, StopRow.detail).where(
        col(StopRow.order_id).in_(ids), col(StopRow.outcome) == "return"
    )
    return {each: detail for each, detail in session.exec(query) if each is not None}

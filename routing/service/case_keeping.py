"""Open cases for what nobody reports, and end those that ended by themselves."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.tables import OrderRow
from routing.handover import Failure
from routing.live_tables import CaseRow
from routing.service.alerting import Seen
from routing.service.case_rows import Concerns, ended, opened, same_day
from routing.service.desk_acts import SYSTEM
from routing.tables import PlanRow, RouteRow

# How an order stands whose case nobody has to see to any more.
_OVER = {
    "handed_over": "delivered",
    "returned": "return",
    "cancelled": "return",
    "packed": "retry",
}


def keep_cases(session: Session, seen: Sequence[Seen], *, now: datetime) -> None:
    """Open a case where a window has passed or a parcel is too warm; end what is over."""
    wrong = list(_wrong(seen, now))
    known = _known(session, [order_id for order_id, _, _ in wrong])
    for order_id, about, kind in wrong:
        if not known.get(order_id, set()) & {kind, "open"}:
            opened(session, about, kind, by=SYSTEM, at=now)
    session.flush()
    _end_over(session, now)
    session.commit()


def _wrong(seen: Sequence[Seen], now: datetime) -> Iterator[tuple[UUID, Concerns, str]]:
    for each in seen:
        for parcel in each.ride.parcels if each.ride.out else ():
            order_id = UUID(parcel.order)
            about = Concerns(
                each.carrier_code, each.courier_code, each.route_id, order_id
            )
            if parcel.too_warm:
                yield order_id, about, Failure.TOO_WARM
            elif parcel.closes < now:
                yield order_id, about, Failure.LATE


def _known(session: Session, orders: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Tell of which kinds each order has had cases, and whether one is open."""
    query = select(CaseRow.order_id, CaseRow.kind, CaseRow.state)
    known: dict[UUID, set[str]] = {}
    for order_id, kind, state in session.exec(
        query.where(col(CaseRow.order_id).in_(orders))
    ):
        if order_id is not None:
            kinds = known.setdefault(order_id, set())
            kinds |= {kind} if state == "ended" else {kind, "open"}
    return known


def _end_over(session: Session, now: datetime) -> None:
    query = select(CaseRow).where(col(CaseRow.state) == "open")
    rows = session.exec(query.with_for_update()).all()
    orders = [row.order_id for row in rows if row.order_id is not None]
    states = dict(
        session.exec(
            select(OrderRow.id, OrderRow.state).where(col(OrderRow.id).in_(orders))
        ).all()
    )
    driving = {
        row.id for row in rows if row.order_id is None and _is_driving(session, row)
    }
    for row in rows:
        way = _OVER.get(states[row.order_id]) if row.order_id else None
        if row.order_id is None and row.id not in driving:
            way = "replan"
        if way is not None:
            ended(session, row, way, by=SYSTEM, at=now)


def _is_driving(session: Session, row: CaseRow) -> bool:
    """Tell whether the courier of a breakdown still has a route of its day; few are open."""
    query = (
        select(RouteRow.id)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == row.courier_code,
            col(RouteRow.id).in_(same_day(row.route_id)),
            col(RouteRow.state).in_(("planned", "out")),
            col(PlanRow.state) == "committed",
        )
    )
    return session.exec(query).first() is not None

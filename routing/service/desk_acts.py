"""What the desk was told and did, in one sequence: alerts and cases, never changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from routing.live_tables import DeskActRow, PositionRow
from routing.tables import PlanRow, RouteRow, StopRow

READ_MAX = 1000  # at once
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom something on the road concerns: a firm, a courier, and orders."""

    carrier_code: str
    courier_code: str
    orders: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class RoadChanges:
    """The numbers that were read, and whom they concern."""

    numbers: tuple[int, ...]
    concerned: tuple[Concerned, ...]


def desk_act(
    subject: UUID,
    about: str,
    act: str,
    *,
    of: Mapping[str, Any],
    at: datetime,
    by: str,
    detail: Mapping[str, Any] | None = None,
) -> DeskActRow:
    """Make the entry of one act; `of` names kind, firm, courier, route and order."""
    told = dict(detail or {})
    return DeskActRow(
        subject=subject, about=about, act=act, at=at, by=by, detail=told, **of
    )


def last_desk_act(session: Session) -> int:
    """Tell the number of the last act that is there."""
    return session.exec(select(func.max(DeskActRow.id))).one() or 0


def desk_acts_after(
    session: Session, number: int, missing: Collection[int] = ()
) -> RoadChanges:
    """Read the acts after a number, and those that were missing before it."""
    wanted = or_(col(DeskActRow.id) > number, col(DeskActRow.id).in_(missing))
    query = select(DeskActRow).where(wanted).order_by(col(DeskActRow.id))
    found = session.exec(query.limit(READ_MAX)).all()
    return RoadChanges(
        tuple(row.id for row in found if row.id is not None),
        tuple(
            Concerned(
                row.carrier_code,
                row.courier_code,
                frozenset({row.order_id} if row.order_id else ()),
            )
            for row in found
        ),
    )


def last_position(session: Session) -> int:
    """Tell the number of the last fix that is there."""
    return session.exec(select(func.max(PositionRow.id))).one() or 0


def positions_after(
    session: Session, number: int, missing: Collection[int] = ()
) -> RoadChanges:
    """Read the fixes after a number; they concern the parcels that are still on the route."""
    wanted = or_(col(PositionRow.id) > number, col(PositionRow.id).in_(missing))
    query = select(PositionRow.id, PositionRow.route_id).where(wanted)
    found = session.exec(query.order_by(col(PositionRow.id)).limit(READ_MAX)).all()
    routes = {route_id for _, route_id in found}
    numbers = tuple(no for no, _ in found if no is not None)
    return RoadChanges(numbers, _riding(session, routes) if routes else ())


def _riding(session: Session, routes: Collection[UUID]) -> tuple[Concerned, ...]:
    query = (
        select(RouteRow.id, RouteRow.courier_code, PlanRow.carrier_code)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(col(RouteRow.id).in_(routes))
    )
    orders: dict[UUID, set[UUID]] = {}
    ahead = select(StopRow.route_id, StopRow.order_id).where(
        col(StopRow.route_id).in_(routes),
        col(StopRow.kind) == "dropoff",
        col(StopRow.done_at).is_(None),
    )
    for route_id, order_id in session.exec(ahead):
        if order_id is not None:
            orders.setdefault(route_id, set()).add(order_id)
    return tuple(
        Concerned(carrier, courier, frozenset(orders.get(route_id, ())))
        for route_id, courier, carrier in session.exec(query)
    )

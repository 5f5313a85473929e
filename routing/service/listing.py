"""A firm's plans of a day, a line each: counted by the database, however many stops they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from routing.service.reading import figures_view
from routing.service.views import FiguresView
from routing.tables import PlanRow, RouteRow, StopRow, UnservedRow

LISTED_MAX = 50


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One version of a plan: its routes, parcels, how many are done and how many stay behind."""

    id: UUID
    opens: time
    closes: time
    state: str
    version: int
    made_at: datetime
    routes: int
    parcels: int
    done: int
    unserved: int
    distance_m: int
    cost_fen: int
    figures: FiguresView | None


def plan_lines(session: Session, carrier_code: str, day: date) -> tuple[PlanLine, ...]:
    """List a firm's plans of a day, the latest first."""
    query = (
        select(PlanRow)
        .where(col(PlanRow.carrier_code) == carrier_code, col(PlanRow.day) == day)
        .order_by(col(PlanRow.made_at).desc(), col(PlanRow.version).desc())
        .limit(LISTED_MAX)
    )
    rows = session.exec(query).all()
    ids = [row.id for row in rows]
    counts, left = _counted(session, ids), _left(session, ids)
    return tuple(
        _line(row, *counts.get(row.id, (0, 0, 0)), unserved=left.get(row.id, 0))
        for row in rows
    )


def _line(
    row: PlanRow, routes: int, parcels: int, done: int, *, unserved: int
) -> PlanLine:
    return PlanLine(
        id=row.id,
        opens=row.opens,
        closes=row.closes,
        state=row.state,
        version=row.version,
        made_at=row.made_at,
        routes=routes,
        parcels=parcels,
        done=done,
        unserved=unserved,
        distance_m=row.distance_m,
        cost_fen=row.cost_fen,
        figures=figures_view(row.figures.get("plan")),
    )


def _counted(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Count the routes of plans, the parcels on them, and those that came to an end."""
    handed = case((col(StopRow.kind) == "dropoff", 1), else_=0)
    done = case((col(StopRow.done_at).is_not(None), handed), else_=0)
    query = (
        select(
            RouteRow.plan_id,
            func.count(func.distinct(RouteRow.id)),
            func.sum(handed),
            func.sum(done),
        )
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .where(col(RouteRow.plan_id).in_(ids))
        .group_by(col(RouteRow.plan_id))
    )
    return {
        plan_id: (int(routes), int(parcels), int(ended))
        for plan_id, routes, parcels, ended in session.exec(query)
    }


def _left(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(UnservedRow.plan_id, func.count())
        .where(col(UnservedRow.plan_id).in_(ids))
        .group_by(col(UnservedRow.plan_id))
    )
    return {plan_id: int(count) for plan_id, count in session.exec(query)}

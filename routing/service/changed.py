"""What was changed about plans since an act, and who drives the orders that were touched."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from routing.tables import PlanActRow, PlanRow, RouteRow, StopRow

READ_MAX = 1000  # acts at once
# Acts that a plan's own state tells of; they are written so that others learn of them.
STATES = ("drafted", "committed")


@dataclass(frozen=True, slots=True)
class TouchedPlan:
    """One plan that something was done with, its firm, and its couriers."""

    plan_id: UUID
    carrier_code: str
    couriers: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """The numbers that were read, and the plans that they tell of."""

    numbers: tuple[int, ...]
    touched: tuple[TouchedPlan, ...]


def last_act(session: Session) -> int:
    """Tell the number of the last act that is there."""
    return session.exec(select(func.max(PlanActRow.id))).one() or 0


def acts_after(
    session: Session, number: int, missing: Collection[int] = ()
) -> PlanChanges:
    """Read the acts after a number, and those that were missing before it."""
    wanted = or_(col(PlanActRow.id) > number, col(PlanActRow.id).in_(missing))
    query = select(PlanActRow.id, PlanActRow.plan_id).where(wanted)
    found = session.exec(query.order_by(col(PlanActRow.id)).limit(READ_MAX)).all()
    plans = {plan_id for _, plan_id in found}
    touched = _touched(session, plans) if plans else ()
    return PlanChanges(tuple(no for no, _ in found if no is not None), touched)


def couriers_of(session: Session, orders: Collection[UUID]) -> dict[UUID, set[str]]:
    """Tell which couriers have or had each of these orders on a route that was committed."""
    if not orders:
        return {}
    query = (
        select(StopRow.order_id, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(col(StopRow.order_id).in_(orders), col(PlanRow.state) != "draft")
        .distinct()
    )
    couriers: dict[UUID, set[str]] = {}
    for order_id, courier_code in session.exec(query):
        if order_id is not None:
            couriers.setdefault(order_id, set()).add(courier_code)
    return couriers


def told(plan: PlanRow, kind: str, at: datetime) -> PlanActRow:
    """Write down that a plan was drafted or committed."""
    return PlanActRow(
        plan_id=plan.id, at=at, by=plan.carrier_code, kind=kind, reason="", detail={}
    )


def _touched(session: Session, plans: Collection[UUID]) -> tuple[TouchedPlan, ...]:
    rows = session.exec(select(PlanRow).where(col(PlanRow.id).in_(plans))).all()
    both = {row.id for row in rows} | {row.base_id for row in rows}
    couriers: dict[UUID, set[str]] = {}
    query = select(RouteRow.plan_id, RouteRow.courier_code)
    for plan_id, code in session.exec(query.where(col(RouteRow.plan_id).in_(both))):
        couriers.setdefault(plan_id, set()).add(code)
    return tuple(
        TouchedPlan(
            row.id,
            row.carrier_code,
            frozenset(couriers.get(row.id, set()))
            | frozenset(couriers.get(row.base_id, set()) if row.base_id else ()),
        )
        for row in rows
    )

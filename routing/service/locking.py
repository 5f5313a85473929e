"""Locks of a dispatcher: stops and routes that no planning may touch; and what was done when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import FieldError, Malformed, NotFound
from routing.service.changed import STATES
from routing.service.committing import locked_plan
from routing.service.keeping import routes_of
from routing.service.reading import plan_view
from routing.service.replanning import act, reject_superseded
from routing.service.views import PlanView
from routing.tables import PlanActRow, PlanRow, StopRow


@dataclass(frozen=True, slots=True)
class Locks:
    """Stops and whole routes to lock, or to set free; a stop is a route's and its number.

    A stop that is locked holds all stops before it: they stay first, in their order.
    """

    stops: Sequence[tuple[UUID, int]] = ()
    routes: Sequence[UUID] = ()
    locked: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanAct:
    """What a dispatcher did with a plan, and why."""

    at: datetime
    by: str
    kind: str
    reason: str
    detail: dict[str, Any]


def lock(
    session: Session,
    desk: Desk,
    plan_id: UUID,
    asked: Locks,
    *,
    carrier_code: str,
    by: str,
    now: datetime,
) -> PlanView:
    """Lock stops and routes of a plan, or set them free; on record."""
    plan = locked_plan(session, plan_id, carrier_code)
    reject_superseded(plan)
    own = {row.id for row in session.exec(routes_of(plan_id)).all()}
    if not own.issuperset({*asked.routes, *(route_id for route_id, _ in asked.stops)}):
        raise NotFound("路线", "route")
    for stop in _stops(session, asked):
        stop.locked = asked.locked
    kind = "locked" if asked.locked else "unlocked"
    detail = {
        "stops": [[str(route_id), no] for route_id, no in asked.stops],
        "routes": [str(route_id) for route_id in asked.routes],
    }
    session.add(act(plan, kind, by=by, at=now, reason=asked.reason, detail=detail))
    session.flush()
    view = plan_view(session, desk, plan)
    session.commit()
    return view


def acts(session: Session, plan_id: UUID, *, carrier_code: str) -> tuple[PlanAct, ...]:
    """List what was done with a plan beside its states, the earliest first, or raise NotFound."""
    plan = session.get(PlanRow, plan_id)
    if plan is None or plan.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    query = select(PlanActRow).where(
        col(PlanActRow.plan_id) == plan_id, col(PlanActRow.kind).not_in(STATES)
    )
    found = session.exec(query.order_by(col(PlanActRow.id))).all()
    return tuple(PlanAct(it.at, it.by, it.kind, it.reason, it.detail) for it in found)


def _stops(session: Session, asked: Locks) -> list[StopRow]:
    """Return the stops that are asked for; a start or an end cannot be locked."""
    kinds = ("pickup", "dropoff")
    whole = select(StopRow).where(
        col(StopRow.route_id).in_(asked.routes), col(StopRow.kind).in_(kinds)
    )
    found = list(session.exec(whole).all())
    for route_id, no in asked.stops:
        stop = session.get(StopRow, (route_id, no))
        if stop is None or stop.kind not in kinds:
            raise Malformed([FieldError("stops", f"a pickup or a hand-over, not {no}")])
        found.append(stop)
    return found

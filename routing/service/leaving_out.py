"""Take orders out of a plan's routes that cannot go with them; the others keep their hours."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.vault import Vault
from routing.service.keeping import renumber, routes_of
from routing.service.refusals import REFUSALS
from routing.tables import PlanRow, RouteRow, StopRow, UnservedRow


def leave_out(
    session: Session, vault: Vault, plan: PlanRow, refused: Mapping[UUID, str]
) -> None:
    """Take orders off a plan and name each among the unserved, with its reason.

    The other stops stay at the hours that were planned and told to patients: a courier who
    drives less waits a little. The way of a stop that is gone is added to the next one's, an
    upper bound; the next planning tightens both. A route without orders is gone.
    """
    if not refused:
        return
    for route in session.exec(routes_of(plan.id)).all():
        query = select(StopRow).where(col(StopRow.route_id) == route.id)
        stops = session.exec(query.order_by(col(StopRow.no))).all()
        if any(it.order_id in refused for it in stops):
            _shorten(session, vault, route, stops, refused=refused)
    for order_id, reason in refused.items():
        chinese, _ = REFUSALS[reason]
        session.merge(
            UnservedRow(
                plan_id=plan.id, order_id=order_id, reason=reason, detail=chinese
            )
        )
    session.flush()
    _sum_up(session, plan, len(refused))


def _shorten(
    session: Session,
    vault: Vault,
    route: RouteRow,
    stops: Sequence[StopRow],
    *,
    refused: Mapping[UUID, str],
) -> None:
    kept: list[StopRow] = []
    more_m = 0
    for stop in stops:
        if stop.order_id in refused and stop.done_at is None:
            more_m += stop.distance_m
        else:
            values = {name: getattr(stop, name) for name in StopRow.model_fields}
            values["distance_m"] = stop.distance_m + more_m
            left = StopRow(**values)
            renumber(vault, left, route.id, len(kept))
            kept.append(left)
            more_m = 0
        session.delete(stop)
    session.flush()
    if any(it.order_id is not None for it in kept):
        session.add_all(kept)
        route.distance_m = sum(it.distance_m for it in kept)
    else:
        session.delete(route)
    session.flush()


def _sum_up(session: Session, plan: PlanRow, fewer: int) -> None:
    routes = session.exec(routes_of(plan.id)).all()
    plan.distance_m = sum(it.distance_m for it in routes)
    told = dict(plan.figures)
    if told.get("plan"):
        mine = dict(told["plan"])
        mine["served"] -= fewer
        mine["on_time"] = min(mine["on_time"], mine["served"])
        mine["couriers"], mine["distance_m"] = len(routes), plan.distance_m
        told["plan"] = mine
    plan.figures = told

"""Write a plan down: its version, routes, stops, and what it leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.sealed import seal_in, unseal
from dispensing.vault import Vault
from pharmacies.places import Point
from routing.plan import Plan, Route, Unserved, Visit
from routing.problem import Fixed
from routing.service.changed import told
from routing.service.slices import instant
from routing.tables import PlanRow, RouteRow, StopRow, UnservedRow


@dataclass(frozen=True, slots=True)
class Before:
    """What a courier's route already has when it is planned anew.

    `done` are the stops behind the courier, the start among them; `locked` are those
    ahead that stay; `carried` are parcels on board that no stop of the plan hands over.
    `ahead` is what was left to do.
    """

    done: tuple[StopRow, ...] = ()
    locked: frozenset[Fixed] = frozenset()
    carried: tuple[StopRow, ...] = ()
    out: bool = False
    ahead: tuple[StopRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a plan is written: its row, the points of its places, what routes have before."""

    session: Session
    vault: Vault
    plan: PlanRow
    points: Sequence[Point]
    before: Mapping[str, Before] = field(default_factory=dict)


def keep(kept: Kept, found: Plan) -> None:
    """Write a draft with its routes, stops and what it leaves behind."""
    session, plan = kept.session, kept.plan
    session.add(plan)
    session.flush()
    for route in found.routes:
        keep_route(kept, route)
    idle = set(kept.before) - {route.courier_id for route in found.routes}
    for courier_code in sorted(idle):
        _keep_rest(kept, courier_code)
    session.add_all(unserved_row(plan.id, each) for each in found.unserved)
    session.add(told(plan, "drafted", plan.made_at))
    session.flush()
    sum_up(kept)


def keep_route(kept: Kept, route: Route, *, id_: UUID | None = None) -> None:
    """Write one courier's route after what the courier has done already."""
    before = kept.before.get(route.courier_id, Before())
    ahead = route.visits[1:] if before.done else route.visits
    stops = [_stop_row(kept, visit) for visit in ahead]
    for stop in stops:
        stop.locked = (str(stop.order_id), stop.kind) in before.locked
    end = stops.pop()
    carried = [_copy(stop, end.arrive_at) for stop in before.carried]
    rows = [*map(_copy, before.done), *stops, *carried, end]
    _add(kept, id_ or uuid4(), route.courier_id, rows)


def _keep_rest(kept: Kept, courier_code: str) -> None:
    """Write the route of a courier who has nothing ahead but what is on board."""
    before = kept.before[courier_code]
    if before.done:
        last_at = before.done[-1].depart_at
        carried = [_copy(stop, last_at) for stop in before.carried]
        end = _copy(before.done[-1], last_at)
        end.kind, end.order_id, end.outcome, end.done_at = "end", None, None, None
        rows = [*map(_copy, before.done), *carried, end]
        _add(kept, uuid4(), courier_code, rows)


def _add(kept: Kept, id_: UUID, courier_code: str, stops: Sequence[StopRow]) -> None:
    """Add a route of stops, numbered in their order."""
    before = kept.before.get(courier_code, Before())
    ahead = any(it.done_at is None for it in stops[1:-1])
    out = "out" if ahead else "done"
    row = RouteRow(
        id=id_,
        plan_id=kept.plan.id,
        courier_code=courier_code,
        state=out if before.out else "planned",
        distance_m=sum(stop.distance_m for stop in stops),
        leaves_at=stops[0].depart_at,
        ends_at=max(stops[-1].arrive_at, stops[0].depart_at),
    )
    kept.session.add(row)
    kept.session.flush()
    for no, stop in enumerate(stops):
        renumber(kept.vault, stop, id_, no)
    kept.session.add_all(stops)
    kept.session.flush()


def _copy(stop: StopRow, at: datetime | None = None) -> StopRow:
    """Copy a stop of an earlier version; one that is only carried along is at an instant."""
    values = {name: getattr(stop, name) for name in StopRow.model_fields}
    if at is not None:
        values |= {"arrive_at": at, "start_at": at, "depart_at": at, "distance_m": 0}
    return StopRow(**values)


def renumber(vault: Vault, stop: StopRow, route_id: UUID, no: int) -> None:
    """Give a stop its route and number; where it is stands sealed in its new place then."""
    point = unseal(vault, stop, "point_sealed")
    stop.route_id, stop.no = route_id, no
    seal_in(vault, stop, "point_sealed", point)


def rewrite(kept: Kept, routes: Mapping[str, Route | None]) -> None:
    """Write some routes of a draft anew, each in its old one's place."""
    session = kept.session
    for courier_code, route in routes.items():
        found = session.exec(routes_of(kept.plan.id, courier_code)).first()
        old_id = found.id if found is not None else None
        if found is not None:
            session.exec(delete(StopRow).where(col(StopRow.route_id) == old_id))
            session.delete(found)
            session.flush()
        if route is not None:
            keep_route(kept, route, id_=old_id)
        elif courier_code in kept.before:
            _keep_rest(kept, courier_code)
    session.flush()
    sum_up(kept)


def sum_up(kept: Kept) -> None:
    """Add the metres of a plan's routes up."""
    routes = kept.session.exec(routes_of(kept.plan.id)).all()
    kept.plan.distance_m = sum(route.distance_m for route in routes)


def unserved_row(plan_id: UUID, each: Unserved) -> UnservedRow:
    """Turn what is told of a parcel left behind into its row."""
    fix = each.relaxation
    return UnservedRow(
        plan_id=plan_id,
        order_id=UUID(each.parcel_id),
        reason=str(each.reason),
        detail=each.detail,
        remedy=str(fix.remedy) if fix else None,
        remedy_courier=fix.courier_id if fix else None,
        remedy_s=fix.seconds if fix else 0,
    )


def routes_of(
    plan_id: UUID, courier_code: str | None = None
) -> SelectOfScalar[RouteRow]:
    """Ask for a plan's routes, or for one courier's."""
    query = select(RouteRow).where(col(RouteRow.plan_id) == plan_id)
    if courier_code is not None:
        query = query.where(col(RouteRow.courier_code) == courier_code)
    return query.order_by(col(RouteRow.courier_code))


def _stop_row(kept: Kept, visit: Visit) -> StopRow:
    """Turn a visit into a row, which gets its route and number when it is added."""
    point, day = kept.points[visit.place], kept.plan.day
    row = StopRow(
        route_id=kept.plan.id,
        no=0,
        kind=str(visit.kind),
        order_id=UUID(visit.parcel_id) if visit.parcel_id else None,
        point_sealed="",
        arrive_at=instant(day, visit.arrive_s),
        start_at=instant(day, visit.start_s),
        depart_at=instant(day, visit.depart_s),
        distance_m=visit.distance_m,
    )
    seal_in(kept.vault, row, "point_sealed", str(point))
    return row

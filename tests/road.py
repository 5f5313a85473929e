"""Put packed orders on a courier's route without asking the solver."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.sealed import at
from dispensing.service.ordering import order_row, shift
from dispensing.vault import Vault
from fixtures import cast
from routing import service as routing
from routing.tables import PlanRow, RouteRow, StopRow
from tests import world

COURIER = "C33030000101"
OTHER = "C33030000102"


def depart(
    session: Session, desk: Desk, order_ids: Iterable[UUID], *, now: datetime
) -> UUID:
    """Plan packed orders, commit the plan and leave with them; gives the route's id."""
    route_id = put_on_route(session, order_ids, now=now, vault=desk.vault)
    routing.depart(session, desk, route_id=route_id, courier_code=COURIER, now=now)
    return route_id


def put_on_route(
    session: Session,
    order_ids: Iterable[UUID],
    *,
    now: datetime,
    vault: Vault = world.VAULT,
) -> UUID:
    """Plan packed orders and commit the plan; gives the route's id."""
    ids = list(order_ids)
    for order_id in ids:
        shift(session, order_row(session, order_id), "planned", now, by=cast.CARRIER)
    return _committed(session, ids, COURIER, now, vault=vault)


def move(session: Session, route_id: UUID, order_id: UUID, *, now: datetime) -> UUID:
    """Let a new version give an order of a route to the other courier; gives that route's id."""
    old = session.get_one(RouteRow, route_id)
    session.get_one(PlanRow, old.plan_id).state = "superseded"
    old.state = "replaced"
    return _committed(session, [order_id], OTHER, now, vault=world.VAULT)


def _committed(
    session: Session,
    order_ids: Iterable[UUID],
    courier_code: str,
    now: datetime,
    *,
    vault: Vault,
) -> UUID:
    plan = plan_of(now)
    session.add(plan)
    session.flush()
    route = route_of(plan.id, courier_code, now)
    session.add(route)
    session.flush()
    id_, no = route.id, 0
    for order_id in order_ids:
        for kind in ("pickup", "dropoff"):
            no += 1
            stop = stop_of(id_, no, kind, order_id, now)
            stop.point_sealed = sealed_point(id_, no, vault)
            session.add(stop)
    session.commit()
    return id_


def plan_of(now: datetime) -> PlanRow:
    """Make a committed plan of a day."""
    return PlanRow(
        carrier_code=cast.CARRIER,
        day=day_of(now),
        opens=time(8),
        closes=time(20),
        state="committed",
        seed=1,
        seconds_max=1,
        distance_m=0,
        cost_fen=0,
        made_at=now,
    )


def route_of(plan_id: UUID, courier_code: str, now: datetime) -> RouteRow:
    """Make a route of two hours that is not left with yet."""
    return RouteRow(
        plan_id=plan_id,
        courier_code=courier_code,
        state="planned",
        distance_m=0,
        leaves_at=now,
        ends_at=now + timedelta(hours=2),
    )


def sealed_point(route_id: UUID, no: int, vault: Vault = world.VAULT) -> str:
    """Seal where a stop is."""
    place = at(StopRow, "point_sealed", route_id, no)
    return vault.seal("120.67,28.02", place)


def stop_of(
    route_id: UUID, no: int, kind: str, order_id: UUID, now: datetime
) -> StopRow:
    """Make one stop of a route."""
    return StopRow(
        route_id=route_id,
        no=no,
        kind=kind,
        order_id=order_id,
        point_sealed=sealed_point(route_id, no),
        arrive_at=now,
        start_at=now,
        depart_at=now,
        distance_m=0,
    )

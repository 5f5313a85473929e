"""A plan as the dispatcher's board draws it: every courier's day, in a fixed few questions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, func, select

from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.errors import NotFound
from dispensing.sealed import at
from dispensing.service.ordering import order_row, order_view
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from dispensing.vault import Vault
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier
from pharmacies.places import Point
from routing.reserve import reserve_s
from routing.service.conditions import conditions_of
from routing.service.reading import (
    Sign,
    figures_view,
    roads_view,
    signs_of,
    unserved_of,
)
from routing.service.views import FiguresView, RoadsView, UnservedView
from routing.tables import PlanActRow, PlanRow, RouteRow, StopRow


class BoardStop(NamedTuple):
    """One stop as it is drawn; its window and outlet are those of its order, if it has one."""

    no: int
    kind: str
    order_id: UUID | None
    point_sealed: str
    start_at: datetime
    depart_at: datetime
    distance_m: int
    done_at: datetime | None
    outcome: str | None
    locked: bool
    opens: datetime | None
    closes: datetime | None
    storage: str | None
    area: str | None
    outlet_code: str | None

    @property
    def late_s(self) -> int:
        """Tell by how many seconds a hand-over comes, or came, after its window."""
        if self.kind != "dropoff" or self.closes is None:
            return 0
        at = self.done_at or self.start_at
        return max(0, int((at - self.closes).total_seconds()))

    def is_tight(self, made_at: datetime, percent: int) -> bool:
        """Tell whether a hand-over was planned into the reserve of its window."""
        if self.kind != "dropoff" or self.closes is None or self.opens is None:
            return False
        left_s = int((self.closes - made_at).total_seconds())
        due = self.closes - timedelta(seconds=reserve_s(left_s, percent))
        return self.start_at > max(self.opens, due)


@dataclass(frozen=True, slots=True)
class Lane:
    """One courier's day: the shift, and the route with its stops; without one it is free.

    `number` counts the couriers from 1, and stays the same on list, timeline and map.
    """

    number: int
    courier: Courier
    route_id: UUID | None
    state: str | None
    changed: bool
    distance_m: int
    leaves_at: datetime | None
    ends_at: datetime | None
    stops: tuple[BoardStop, ...]

    @property
    def parcels(self) -> int:
        """Count the parcels that the route hands over."""
        return sum(it.kind == "dropoff" for it in self.stops)

    @property
    def done(self) -> int:
        """Count the parcels that came to an end."""
        return sum(it.kind == "dropoff" and it.done_at is not None for it in self.stops)

    @property
    def late(self) -> int:
        """Count the hand-overs that come after their window."""
        return sum(it.late_s > 0 for it in self.stops)

    @property
    def ahead(self) -> tuple[BoardStop, ...]:
        """Return the pickups and hand-overs that are still to be done, in their order."""
        return tuple(
            it for it in self.stops if it.order_id is not None and it.done_at is None
        )


@dataclass(frozen=True, slots=True)
class Board:
    """One version of a plan with all its lanes; `seen` is the last act that is in it."""

    id: UUID
    carrier_code: str
    day: date
    opens: time
    closes: time
    state: str
    version: int
    distance_m: int
    cost_fen: int
    made_at: datetime
    seconds_max: int
    seen: int
    figures: FiguresView | None
    by_hand: FiguresView | None
    roads: RoadsView | None
    lanes: tuple[Lane, ...]
    off: tuple[Courier, ...]
    unserved: tuple[UnservedView, ...]
    reserve_percent: int
    outlets: dict[str, str]

    @property
    def parcels(self) -> int:
        """Count the parcels on all routes."""
        return sum(it.parcels for it in self.lanes)

    @property
    def routes(self) -> tuple[Lane, ...]:
        """Return the lanes that have a route."""
        return tuple(it for it in self.lanes if it.route_id is not None)

    @property
    def late(self) -> int:
        """Count the hand-overs of all routes that come after their window."""
        return sum(it.late for it in self.lanes)

    @property
    def tight(self) -> int:
        """Count the hand-overs that were planned into the reserve of their window."""
        made_at, percent = self.made_at, self.reserve_percent
        ahead = [stop for it in self.lanes for stop in it.ahead]
        return sum(it.is_tight(made_at, percent) for it in ahead)

    @property
    def spans(self) -> tuple[datetime, datetime]:
        """Return the slice, and what of the routes lies before or after it."""
        begins = [it.leaves_at for it in self.routes if it.leaves_at]
        ends = [it.ends_at for it in self.routes if it.ends_at]
        opens = datetime.combine(self.day, self.opens, CHINA)
        closes = datetime.combine(self.day, self.closes, CHINA)
        return min([opens, *begins]), max([closes, *ends])


def board(session: Session, plan_id: UUID, *, carrier_code: str) -> Board:
    """Read a firm's plan for its board, or raise NotFound."""
    row = session.get(PlanRow, plan_id)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    crew = pharmacies.crew(session, carrier_code, row.day)
    routes = _routes(session, plan_id)
    stops = _stops(session, [it.id for it in routes.values()])
    codes = {it.outlet_code for listed in stops.values() for it in listed}
    working = [it for it in crew if it.works_on(row.day) or it.code in routes]
    return Board(
        id=row.id,
        carrier_code=carrier_code,
        day=row.day,
        opens=row.opens,
        closes=row.closes,
        state=row.state,
        version=row.version,
        distance_m=row.distance_m,
        cost_fen=row.cost_fen,
        made_at=row.made_at,
        seconds_max=row.seconds_max,
        seen=last_act_of(session, plan_id),
        figures=figures_view(row.figures.get("plan")),
        by_hand=figures_view(row.figures.get("hand")),
        roads=roads_view(row.figures.get("roads")),
        lanes=tuple(
            _lane(number, it, routes.get(it.code), row, stops=stops)
            for number, it in enumerate(working, 1)
        ),
        off=tuple(it for it in crew if it not in working),
        unserved=unserved_of(session, plan_id),
        reserve_percent=conditions_of(row.conditions).reserve_percent,
        outlets=pharmacies.outlet_names(session, [it for it in codes if it]),
    )


def last_act_of(session: Session, plan_id: UUID) -> int:
    """Tell the number of the last act on a plan; 0 where there is none."""
    query = select(func.max(PlanActRow.id)).where(col(PlanActRow.plan_id) == plan_id)
    return session.exec(query).one() or 0


def _routes(session: Session, plan_id: UUID) -> dict[str, RouteRow]:
    query = select(RouteRow).where(col(RouteRow.plan_id) == plan_id)
    return {row.courier_code: row for row in session.exec(query)}


def _stops(session: Session, route_ids: Sequence[UUID]) -> dict[UUID, list[BoardStop]]:
    """Read the stops of all routes with what their orders say of them, as plain values."""
    mine, order = StopRow, OrderRow
    columns: tuple[Any, ...] = (
        *(mine.no, mine.kind, mine.order_id, mine.point_sealed, mine.start_at),
        *(mine.depart_at, mine.distance_m, mine.done_at, mine.outcome, mine.locked),
        *(order.window_opens, order.window_closes, order.storage, order.area),
        order.outlet_code,
    )
    query = (
        select(mine.route_id, *columns)
        .join(order, col(order.id) == col(mine.order_id), isouter=True)
        .where(col(mine.route_id).in_(route_ids))
        .order_by(col(mine.route_id), col(mine.no))
    )
    found: dict[UUID, list[BoardStop]] = defaultdict(list)
    for route_id, *values in session.exec(query):
        found[route_id].append(BoardStop(*values))
    return found


def _lane(
    number: int,
    courier: Courier,
    row: RouteRow | None,
    plan: PlanRow,
    *,
    stops: dict[UUID, list[BoardStop]],
) -> Lane:
    if row is None:
        return Lane(
            number=number,
            courier=courier,
            route_id=None,
            state=None,
            changed=False,
            distance_m=0,
            leaves_at=None,
            ends_at=None,
            stops=(),
        )
    return Lane(
        number=number,
        courier=courier,
        route_id=row.id,
        state=row.state,
        changed=row.courier_code in plan.figures.get("changed", ()),
        distance_m=row.distance_m,
        leaves_at=row.leaves_at,
        ends_at=row.ends_at,
        stops=tuple(stops.get(row.id, ())),
    )


@dataclass(frozen=True, slots=True)
class Picked:
    """One order of a plan: where it stands on a lane, or why it stays behind."""

    order: OrderView
    outlet_name: str
    outlet_address: str
    outlet_phone: str | None
    lane: Lane | None
    pickup: BoardStop | None
    dropoff: BoardStop | None
    left: UnservedView | None


def picked(session: Session, desk: Desk, plan: Board, order_id: UUID) -> Picked:
    """Read one order of a plan with its place in it, or raise NotFound."""
    left = next((it for it in plan.unserved if it.order_id == order_id), None)
    lane = next((it for it in plan.routes if _stop(it, order_id, "dropoff")), None)
    if left is None and lane is None:
        raise NotFound("订单", "order")
    row = order_row(session, order_id)
    shop = pharmacies.outlet(session, row.outlet_code)
    return Picked(
        order=order_view(desk.vault, row),
        outlet_name=shop.name,
        outlet_address=shop.address,
        outlet_phone=shop.phone,
        lane=lane,
        pickup=_stop(lane, order_id, "pickup"),
        dropoff=_stop(lane, order_id, "dropoff"),
        left=left,
    )


def points_of(vault: Vault, lane: Lane) -> tuple[Point, ...]:
    """Open where the stops of a lane are, for a map: the lists do without."""
    return tuple(
        Point.read(
            vault.open(
                it.point_sealed, at(StopRow, "point_sealed", lane.route_id, it.no)
            )
        )
        for it in lane.stops
    )


def signs(session: Session, desk: Desk, lane: Lane) -> tuple[Sign, ...]:
    """Name what is at each stop of a lane: the outlet at a pickup, the door at a hand-over."""
    return signs_of(session, desk, lane.stops)


def _stop(lane: Lane | None, order_id: UUID, kind: str) -> BoardStop | None:
    stops = lane.stops if lane is not None else ()
    found = (it for it in stops if it.order_id == order_id and it.kind == kind)
    return next(found, None)

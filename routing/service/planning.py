"""Plan a time slice of a firm's day: orders in, a verified plan out, committed by a dispatcher."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.days import CHINA, day_of
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.ordering import order_row, order_view, shift
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier as CourierValue
from pharmacies.places import Point
from routing.plan import Plan, Route, Unserved
from routing.problem import Courier, Parcel, Problem
from routing.service.reading import plan_view
from routing.service.views import PlanView
from routing.solve import solve
from routing.tables import PlanRow, RouteRow, StopRow, UnservedRow
from routing.travel import GeodesicTravel, TravelTimes
from routing.verify import verify

LEAD = timedelta(hours=1)  # couriers collect before the first window opens
SLICE_ORDERS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Slice:
    """What one plan covers, and how long the planner may think.

    `out_of_fridge_s_max` is the operator's own limit for 2-8 °C parcels: no text gives one.
    """

    carrier_code: str
    day: date
    opens: time
    closes: time
    seed: int = 1
    seconds_max: int = 10
    out_of_fridge_s_max: int = 2 * 3600

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise Malformed([FieldError("closes", "a time after opens")])


def plan_slice(
    session: Session,
    desk: Desk,
    asked: Slice,
    *,
    now: datetime,
    travel: TravelTimes | None = None,
) -> PlanView:
    """Plan the packed orders whose window opens within the slice; keeps the plan as a draft.

    Every order is on a route or stays behind with a checked reason. A plan that the
    independent checker objects to is never kept.
    """
    orders = _open_orders(session, desk, asked)
    staff = _free_couriers(session, asked)
    drawn = _Drawn(Work(session, desk, now), asked)
    problem = drawn.problem(orders, staff, travel or GeodesicTravel())
    found = solve(problem, seed=asked.seed, seconds_max=asked.seconds_max)
    objections = verify(problem, found)
    assert not objections, objections
    row = _keep(drawn, found)
    view = plan_view(session, desk, row)
    session.commit()
    return view


def commit_plan(
    session: Session, desk: Desk, *, plan_id: UUID, carrier_code: str, now: datetime
) -> PlanView:
    """Put a draft on the road: its orders become planned; asking again changes nothing.

    Conflict where an order or a courier was taken by another plan meanwhile.
    """
    row = _locked_plan(session, plan_id, carrier_code)
    if row.state == "draft":
        routes = session.exec(
            select(RouteRow).where(col(RouteRow.plan_id) == plan_id)
        ).all()
        for route in routes:
            _reject_double_booking(session, route)
        for order_id in _orders_on(session, [route.id for route in routes]):
            _take(session, row, order_id, now)
        row.state = "committed"
    view = plan_view(session, desk, row)
    session.commit()
    return view


def orders_waiting(
    session: Session, desk: Desk, carrier_code: str, day: date
) -> tuple[OrderView, ...]:
    """List a firm's orders of a day that no route has taken yet, by window."""
    opens = datetime.combine(day, time(), CHINA)
    query = _orders(
        carrier_code, opens, opens + timedelta(days=1), ("placed", "packed")
    )
    return tuple(order_view(desk.vault, row) for row in session.exec(query))


def _open_orders(session: Session, desk: Desk, asked: Slice) -> tuple[OrderView, ...]:
    opens, closes = _bounds(asked)
    rows = session.exec(_orders(asked.carrier_code, opens, closes, ("packed",))).all()
    if len(rows) > SLICE_ORDERS_MAX:
        raise Conflict(
            Words(
                f"本时段有 {len(rows)} 单，超过一次计划的上限 {SLICE_ORDERS_MAX} 单。",
                f"{len(rows)} orders are more than one plan takes ({SLICE_ORDERS_MAX}).",
                "请缩短时段，分几次计划。",
                "Shorten the slice and plan it in parts.",
            ),
            code="slice-too-large",
        )
    return tuple(order_view(desk.vault, row) for row in rows)


def _orders(
    carrier_code: str, opens: datetime, closes: datetime, states: Sequence[str]
) -> SelectOfScalar[OrderRow]:
    return (
        select(OrderRow)
        .where(
            col(OrderRow.carrier_code) == carrier_code,
            col(OrderRow.state).in_(states),
            col(OrderRow.window_opens) >= opens,
            col(OrderRow.window_opens) < closes,
        )
        .order_by(col(OrderRow.window_opens), col(OrderRow.id))
    )


def _free_couriers(
    session: Session, asked: Slice
) -> tuple[tuple[CourierValue, datetime], ...]:
    """List the couriers of the day with the instant from which each is free."""
    opens, closes = _bounds(asked)
    free = []
    for courier in pharmacies.couriers(session, asked.carrier_code, asked.day):
        begins = datetime.combine(asked.day, courier.shift_begins, CHINA)
        begins = max(
            begins, opens - LEAD, _busy_until(session, courier.code, asked.day)
        )
        if begins < min(closes, datetime.combine(asked.day, courier.shift_ends, CHINA)):
            free.append((courier, begins))
    return tuple(free)


def _busy_until(session: Session, courier_code: str, day: date) -> datetime:
    """Return when a courier's committed routes of a day end."""
    query = (
        select(RouteRow.ends_at)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == courier_code,
            col(PlanRow.day) == day,
            col(PlanRow.state) == "committed",
        )
        .order_by(col(RouteRow.ends_at).desc())
    )
    return session.exec(query).first() or datetime.combine(day, time(), CHINA)


class _Drawn:
    """A slice drawn in plain numbers; equal points are one place of the matrices."""

    def __init__(self, work: Work, asked: Slice) -> None:
        self.work, self.asked = work, asked
        self.places: dict[Point, int] = {}
        self._earliest_s = _second(work.now, asked.day)

    def problem(
        self,
        orders: Sequence[OrderView],
        staff: Sequence[tuple[CourierValue, datetime]],
        travel: TravelTimes,
    ) -> Problem:
        """Turn orders and couriers into a problem of seconds, metres and parcels."""
        codes = {order.outlet_code for order in orders}
        shops = {code: pharmacies.outlet(self.work.session, code) for code in codes}
        parcels = [self._parcel(each, shops[each.outlet_code].point) for each in orders]
        couriers = [self._courier(each, free) for each, free in staff]
        # Road engine and planner take their time: they do not hold the database.
        self.work.session.rollback()
        travel_s, distance_m = travel.matrices(list(self.places))
        return Problem(travel_s, distance_m, tuple(parcels), tuple(couriers))

    def _place(self, point: Point) -> int:
        return self.places.setdefault(point, len(self.places))

    def _parcel(self, order: OrderView, shop: Point) -> Parcel:
        day = self.asked.day
        packed_s = _second(order.packed_at, day) if order.packed_at else 0
        cold = order.storage == "cold"
        return Parcel(
            id=str(order.id),
            pickup=self._place(shop),
            dropoff=self._place(order.point),
            ready_s=max(packed_s, self._earliest_s),
            open_s=_second(order.window_opens, day),
            close_s=_second(order.window_closes, day),
            area=order.area,
            cold=cold,
            out_of_fridge_s_max=self.asked.out_of_fridge_s_max if cold else None,
        )

    def _courier(self, courier: CourierValue, free: datetime) -> Courier:
        day = self.asked.day
        ends_s = _second(datetime.combine(day, courier.shift_ends, CHINA), day)
        begins_s = min(max(_second(free, day), self._earliest_s), ends_s)
        start = self._place(courier.start)
        return Courier(
            id=courier.code,
            start=start,
            end=start,
            start_s=begins_s,
            end_s=ends_s,
            capacity_parcels=courier.capacity_parcels,
            cold_capacity_parcels=courier.cold_capacity_parcels,
            areas=frozenset(courier.areas),
        )


def _keep(drawn: _Drawn, found: Plan) -> PlanRow:
    """Store a plan as a draft, with its routes, stops and what it leaves behind."""
    asked, session = drawn.asked, drawn.work.session
    row = PlanRow(
        carrier_code=asked.carrier_code,
        day=asked.day,
        opens=asked.opens,
        closes=asked.closes,
        state="draft",
        seed=asked.seed,
        seconds_max=asked.seconds_max,
        distance_m=found.distance_m,
        cost_fen=found.cost_fen,
        made_at=drawn.work.now,
    )
    session.add(row)
    session.flush()
    points = list(drawn.places)
    for route in found.routes:
        _keep_route(session, row, route, points)
    session.add_all(_unserved_row(row.id, each) for each in found.unserved)
    session.flush()
    return row


def _keep_route(
    session: Session, plan: PlanRow, route: Route, points: Sequence[Point]
) -> None:
    kept = RouteRow(
        plan_id=plan.id,
        courier_code=route.courier_id,
        state="planned",
        distance_m=route.distance_m,
        leaves_at=_instant(plan.day, route.visits[0].depart_s),
        ends_at=_instant(plan.day, route.visits[-1].arrive_s),
    )
    session.add(kept)
    session.flush()
    session.add_all(
        StopRow(
            route_id=kept.id,
            no=no,
            kind=str(visit.kind),
            order_id=UUID(visit.parcel_id) if visit.parcel_id else None,
            lon=points[visit.place].lon,
            lat=points[visit.place].lat,
            arrive_at=_instant(plan.day, visit.arrive_s),
            start_at=_instant(plan.day, visit.start_s),
            depart_at=_instant(plan.day, visit.depart_s),
            distance_m=visit.distance_m,
        )
        for no, visit in enumerate(route.visits)
    )


def _unserved_row(plan_id: UUID, each: Unserved) -> UnservedRow:
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


def _orders_on(session: Session, route_ids: Sequence[UUID]) -> list[UUID]:
    query = select(StopRow.order_id).where(
        col(StopRow.route_id).in_(route_ids), col(StopRow.kind) == "dropoff"
    )
    # In one order for all, so that two dispatchers never wait for each other in a ring.
    return sorted(found for found in session.exec(query) if found is not None)


def _locked_plan(session: Session, plan_id: UUID, carrier_code: str) -> PlanRow:
    """Lock a plan and all others of the firm's day, or raise NotFound.

    Two plans with other orders may still send one courier to two places at once.
    """
    found = session.get(PlanRow, plan_id)
    if found is None or found.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    query = (
        select(PlanRow)
        .where(col(PlanRow.carrier_code) == carrier_code, col(PlanRow.day) == found.day)
        .order_by(col(PlanRow.id))
        .with_for_update()
    )
    session.exec(query.execution_options(populate_existing=True)).all()
    return found


def _take(session: Session, plan: PlanRow, order_id: UUID, now: datetime) -> None:
    """Put an order on a plan's route, as long as it is still one for the plan's slice."""
    order = order_row(session, order_id, lock=True)
    opens, closes = _bounds(plan)
    if order.state != "packed" or not opens <= order.window_opens < closes:
        session.rollback()
        raise Conflict(
            Words(
                "有订单已被取消或排入别的路线。",
                "An order was cancelled or taken by another route meanwhile.",
                "请重新计划本时段。",
                "Plan this slice again.",
            ),
            code="plan-outdated",
        )
    shift(session, order, "planned", now, by=plan.carrier_code)


def _reject_double_booking(session: Session, route: RouteRow) -> None:
    query = (
        select(RouteRow.id)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == route.courier_code,
            col(PlanRow.state) == "committed",
            col(RouteRow.leaves_at) < route.ends_at,
            col(RouteRow.ends_at) > route.leaves_at,
        )
    )
    if session.exec(query).first() is not None:
        session.rollback()
        raise Conflict(
            Words(
                "有配送员在同一时间已有别的路线。",
                "A courier has another route at the same time.",
                "请重新计划本时段。",
                "Plan this slice again.",
            ),
            code="courier-busy",
        )


def _bounds(asked: Slice | PlanRow) -> tuple[datetime, datetime]:
    return (
        datetime.combine(asked.day, asked.opens, CHINA),
        datetime.combine(asked.day, asked.closes, CHINA),
    )


def _second(instant: datetime, day: date) -> int:
    """Return an instant as seconds of a business day, 0 where it lies before the day."""
    if day_of(instant) < day:
        return 0
    midnight = datetime.combine(day, time(), CHINA)
    return int((instant - midnight).total_seconds())


def _instant(day: date, second: int) -> datetime:
    return datetime.combine(day, time(), CHINA) + timedelta(seconds=second)

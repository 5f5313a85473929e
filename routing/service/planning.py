"""Plan a time slice of a firm's day, and commit a version of its plan."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, NotFound, Words
from dispensing.service.ordering import order_row, shift
from routing.baseline import compared
from routing.plan import Plan
from routing.problem import Problem
from routing.service.conditions import Conditions
from routing.service.drawing import Drawn
from routing.service.keeping import Kept, keep, routes_of
from routing.service.reading import plan_view
from routing.service.slices import Slice, bounds, free_couriers, open_orders
from routing.service.solving import Effort, planned
from routing.service.views import PlanView
from routing.tables import PlanRow, RouteRow, StopRow
from routing.travel import GeodesicTravel, TravelTimes


def plan_slice(
    session: Session,
    desk: Desk,
    asked: Slice,
    *,
    now: datetime,
    travel: TravelTimes | None = None,
    effort: Effort | None = None,
    id_: UUID | None = None,
) -> PlanView:
    """Plan the packed orders whose window opens within the slice; keeps the plan as a draft.

    Every order is on a route or stays behind with a checked reason. A plan that the
    independent checker objects to is never kept.
    """
    conditions = Conditions(out_of_fridge_s_max=asked.out_of_fridge_s_max)
    drawn = Drawn(Work(session, desk, now), asked.day, conditions)
    parcels = drawn.parcels(open_orders(session, asked))
    couriers = drawn.couriers(free_couriers(session, asked, conditions))
    problem = drawn.problem(parcels, couriers, travel or GeodesicTravel())
    found = planned(problem, effort or Effort(asked.seconds_max, asked.seed))
    row = draft_of(asked, problem, found, now=now)
    row.id, row.conditions = id_ or uuid4(), conditions.told()
    keep(Kept(session, row, drawn.points), found)
    view = plan_view(session, desk, row)
    session.commit()
    return view


def draft_of(
    asked: Slice | PlanRow, problem: Problem, found: Plan, *, now: datetime
) -> PlanRow:
    """Make the row of a draft, with its figures beside those of planning by hand."""
    return PlanRow(
        carrier_code=asked.carrier_code,
        day=asked.day,
        opens=asked.opens,
        closes=asked.closes,
        state="draft",
        seed=asked.seed,
        seconds_max=asked.seconds_max,
        distance_m=found.distance_m,
        cost_fen=found.cost_fen,
        made_at=now,
        figures=compared(problem, found),
    )


def commit_plan(
    session: Session, desk: Desk, *, plan_id: UUID, carrier_code: str, now: datetime
) -> PlanView:
    """Put a draft on the road: its orders become planned; asking again changes nothing.

    Conflict where an order or a courier was taken by another plan meanwhile.
    """
    row = locked_plan(session, plan_id, carrier_code)
    if row.state == "draft":
        routes = session.exec(routes_of(plan_id)).all()
        for route in routes:
            _reject_double_booking(session, route)
        for order_id in orders_on(session, [route.id for route in routes]):
            take(session, row, order_id, now)
        row.state = "committed"
    view = plan_view(session, desk, row)
    session.commit()
    return view


def orders_on(session: Session, route_ids: Sequence[UUID]) -> list[UUID]:
    """List the orders that routes hand over."""
    query = select(StopRow.order_id).where(
        col(StopRow.route_id).in_(route_ids), col(StopRow.kind) == "dropoff"
    )
    # In one order for all, so that two dispatchers never wait for each other in a ring.
    return sorted(found for found in session.exec(query) if found is not None)


def locked_plan(session: Session, plan_id: UUID, carrier_code: str) -> PlanRow:
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


def take(session: Session, plan: PlanRow, order_id: UUID, now: datetime) -> None:
    """Put an order on a plan's route, as long as it is still one for the plan's slice."""
    order = order_row(session, order_id, lock=True)
    opens, closes = bounds(plan)
    if order.state != "packed" or not opens <= order.window_opens < closes:
        session.rollback()
        raise outdated()
    shift(session, order, "planned", now, by=plan.carrier_code)


def outdated() -> Conflict:
    """Say that a draft no longer fits what has happened meanwhile."""
    return Conflict(
        Words(
            "有订单已被取消或排入别的路线。",
            "An order was cancelled or taken by another route meanwhile.",
            "请重新计划本时段。",
            "Plan this slice again.",
        ),
        code="plan-outdated",
    )


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

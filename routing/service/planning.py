"""Plan a time slice of a firm's day: orders in, a verified draft out."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from dispensing.desk import Desk, Work
from routing.baseline import compared
from routing.plan import Plan
from routing.problem import Problem
from routing.service.conditions import Conditions
from routing.service.drawing import Drawn
from routing.service.keeping import Kept, keep
from routing.service.reading import plan_view
from routing.service.slices import Slice, free_couriers, open_orders
from routing.service.solving import Effort, planned
from routing.service.views import PlanView
from routing.tables import PlanRow
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
    conditions = Conditions(
        out_of_fridge_s_max=asked.out_of_fridge_s_max,
        reserve_percent=asked.reserve_percent,
    )
    drawn = Drawn(Work(session, desk, now), asked.day, conditions)
    parcels = drawn.parcels(open_orders(session, asked, asked.only))
    couriers = drawn.couriers(free_couriers(session, asked, conditions))
    problem = drawn.problem(parcels, couriers, travel or GeodesicTravel())
    found = planned(problem, effort or Effort(asked.seconds_max, asked.seed))
    row = draft_of(asked, problem, found, now=now)
    row.id, row.conditions = id_ or uuid4(), conditions.told()
    row.figures = {**row.figures, "roads": drawn.roads}
    keep(Kept(session, desk.vault, row, drawn.points), found)
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

"""The units of work of delivery: what a view may ask, in one place."""

from routing.service.driving import (
    OUTCOMES,
    Door,
    depart,
    fail,
    finish_returns,
    hand_over,
)
from routing.service.planning import commit_plan, plan_slice
from routing.service.planning_jobs import (
    PlanningView,
    ask_plan,
    cancel_planning,
    carry_out,
    planning,
    plannings,
    waiting_plannings,
)
from routing.service.reading import plan, plans, route, routes, tracking
from routing.service.slices import Slice, orders_waiting

__all__ = [
    "OUTCOMES",
    "Door",
    "PlanningView",
    "Slice",
    "ask_plan",
    "cancel_planning",
    "carry_out",
    "commit_plan",
    "depart",
    "fail",
    "finish_returns",
    "hand_over",
    "orders_waiting",
    "plan",
    "plan_slice",
    "planning",
    "plannings",
    "plans",
    "route",
    "routes",
    "tracking",
    "waiting_plannings",
]

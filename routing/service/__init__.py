"""The units of work of delivery: what a view may ask, in one place."""

from routing.service.changed import acts_after, couriers_of, last_act
from routing.service.committing import commit_plan
from routing.service.driving import (
    OUTCOMES,
    Door,
    depart,
    fail,
    finish_returns,
    hand_over,
    pick_up,
)
from routing.service.editing import Edit, apply_edit, try_edit, undo_edit
from routing.service.locking import Locks, PlanAct, acts, lock
from routing.service.planning import plan_slice
from routing.service.planning_jobs import (
    ask_plan,
    cancel_planning,
    carry_out,
    waiting_plannings,
)
from routing.service.planning_views import PlanningView, planning, plannings
from routing.service.reading import plan, plans, route, routes, tracking
from routing.service.relaxing import Relax, relax
from routing.service.replanning import Absent, Replan, ask_replan
from routing.service.slices import Slice, orders_waiting

__all__ = [
    "OUTCOMES",
    "Absent",
    "Door",
    "Edit",
    "Locks",
    "PlanAct",
    "PlanningView",
    "Relax",
    "Replan",
    "Slice",
    "acts",
    "acts_after",
    "apply_edit",
    "ask_plan",
    "ask_replan",
    "cancel_planning",
    "carry_out",
    "commit_plan",
    "couriers_of",
    "depart",
    "fail",
    "finish_returns",
    "hand_over",
    "last_act",
    "lock",
    "orders_waiting",
    "pick_up",
    "plan",
    "plan_slice",
    "planning",
    "plannings",
    "plans",
    "relax",
    "route",
    "routes",
    "tracking",
    "try_edit",
    "undo_edit",
    "waiting_plannings",
]

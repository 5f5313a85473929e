"""The units of work of delivery: what a view may ask, in one place."""

from routing.service.board import Board, BoardStop, Lane, Picked, board, picked, signs
from routing.service.changed import acts_after, couriers_of, last_act
from routing.service.committing import commit_plan
from routing.service.committing_many import ManyCommitted, commit_plans
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
from routing.service.holding_back import hold_back, release
from routing.service.listing import PlanLine, plan_lines
from routing.service.locking import Locks, PlanAct, acts, lock
from routing.service.planning import plan_slice
from routing.service.planning_jobs import (
    ask_plan,
    cancel_planning,
    carry_out,
    waiting_plannings,
)
from routing.service.planning_views import PlanningView, planning, plannings
from routing.service.pool import Filter, Pool, matching, pool
from routing.service.reading import plan, route, routes, tracking
from routing.service.refusals import BulkDone
from routing.service.relaxing import Relax, relax
from routing.service.replanning import Absent, Replan, ask_replan
from routing.service.slices import Slice, slice_around

__all__ = [
    "OUTCOMES",
    "Absent",
    "Board",
    "BoardStop",
    "BulkDone",
    "Door",
    "Edit",
    "Filter",
    "Lane",
    "Locks",
    "ManyCommitted",
    "Picked",
    "PlanAct",
    "PlanLine",
    "PlanningView",
    "Pool",
    "Relax",
    "Replan",
    "Slice",
    "acts",
    "acts_after",
    "apply_edit",
    "ask_plan",
    "ask_replan",
    "board",
    "cancel_planning",
    "carry_out",
    "commit_plan",
    "commit_plans",
    "couriers_of",
    "depart",
    "fail",
    "finish_returns",
    "hand_over",
    "hold_back",
    "last_act",
    "lock",
    "matching",
    "pick_up",
    "picked",
    "plan",
    "plan_lines",
    "plan_slice",
    "planning",
    "plannings",
    "pool",
    "relax",
    "release",
    "route",
    "routes",
    "signs",
    "slice_around",
    "tracking",
    "try_edit",
    "undo_edit",
    "waiting_plannings",
]

"""The units of work of delivery: what a view may ask, in one place."""

from routing.service.act import Act, Answer
from routing.service.acts import ACTS_MAX, apply
from routing.service.alerting import Seen, Told, acknowledge, alerts, look, tell
from routing.service.blaming import judge_unjudged
from routing.service.board import Board, BoardStop, Lane, Picked, board, picked, signs
from routing.service.breakdowns import breakdown_since, report_breakdown
from routing.service.case_keeping import keep_cases
from routing.service.case_rows import CaseWords, case_words
from routing.service.case_views import CaseView, desk_case, desk_cases
from routing.service.cases import (
    Again,
    Asker,
    NewDoor,
    bring_back,
    close_case,
    end_returned,
    let_go_case,
    plan_without,
    take_case,
    try_again,
)
from routing.service.changed import acts_after, couriers_of, last_act
from routing.service.committing import commit_plan
from routing.service.committing_many import ManyCommitted, commit_plans
from routing.service.desk_acts import (
    Concerned,
    desk_acts_after,
    last_desk_act,
    last_position,
    positions_after,
)
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
from routing.service.feeding import (
    FeedDevice,
    FeedKey,
    WrongKey,
    courier_of_device,
    end_feed_key,
    feed_devices,
    feed_keys,
    give_device,
    make_feed_key,
)
from routing.service.fleet import (
    Coming,
    arrival,
    arrivals_of_courier,
    coming,
    riders,
    route_track,
)
from routing.service.following import Taken, forget_positions, record_positions
from routing.service.forgetting import forget_doors
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
from routing.service.proving import (
    ProofFile,
    ProofView,
    proof_file,
    proof_order,
    proofs,
)
from routing.service.reading import (
    phone_at_door,
    plan,
    route,
    routes,
    tracking,
)
from routing.service.refusals import BulkDone
from routing.service.relaxing import Relax, relax
from routing.service.replanning import Absent, Replan, ask_replan
from routing.service.road import road_of
from routing.service.slices import Slice, slice_around

__all__ = [
    "ACTS_MAX",
    "OUTCOMES",
    "Absent",
    "Act",
    "Again",
    "Answer",
    "Asker",
    "Board",
    "BoardStop",
    "BulkDone",
    "CaseView",
    "CaseWords",
    "Coming",
    "Concerned",
    "Door",
    "Edit",
    "FeedDevice",
    "FeedKey",
    "Filter",
    "Lane",
    "Locks",
    "ManyCommitted",
    "NewDoor",
    "Picked",
    "PlanAct",
    "PlanLine",
    "PlanningView",
    "Pool",
    "ProofFile",
    "ProofView",
    "Relax",
    "Replan",
    "Seen",
    "Slice",
    "Taken",
    "Told",
    "WrongKey",
    "acknowledge",
    "acts",
    "acts_after",
    "alerts",
    "apply",
    "apply_edit",
    "arrival",
    "arrivals_of_courier",
    "ask_plan",
    "ask_replan",
    "board",
    "breakdown_since",
    "bring_back",
    "cancel_planning",
    "carry_out",
    "case_words",
    "close_case",
    "coming",
    "commit_plan",
    "commit_plans",
    "courier_of_device",
    "couriers_of",
    "depart",
    "desk_acts_after",
    "desk_case",
    "desk_cases",
    "end_feed_key",
    "end_returned",
    "fail",
    "feed_devices",
    "feed_keys",
    "finish_returns",
    "forget_doors",
    "forget_positions",
    "give_device",
    "hand_over",
    "hold_back",
    "judge_unjudged",
    "keep_cases",
    "last_act",
    "last_desk_act",
    "last_position",
    "let_go_case",
    "lock",
    "look",
    "make_feed_key",
    "matching",
    "orders_waiting",
    "phone_at_door",
    "pick_up",
    "picked",
    "plan",
    "plan_lines",
    "plan_slice",
    "plan_without",
    "planning",
    "plannings",
    "plans",
    "pool",
    "positions_after",
    "proof_file",
    "proof_order",
    "proofs",
    "record_positions",
    "relax",
    "release",
    "report_breakdown",
    "riders",
    "road_of",
    "route",
    "route_track",
    "routes",
    "signs",
    "slice_around",
    "take_case",
    "tell",
    "tracking",
    "try_again",
    "try_edit",
    "undo_edit",
    "waiting_plannings",
]

"""For each rule of the checker a plan that breaks this rule and no other.

Most are good plans of a problem that asks for a little less; the others tell one
thing that is not so.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from routing.plan import Kind, Plan, Reason, Rest, Route, Unserved, Visit
from routing.problem import INSTANT_S_MAX, Break, Problem
from tests.routing.plans import Calls, plan_of
from tests.routing.tiny import BOB, CHARLIE, COURIER, EIGHT, INSULIN, PARCEL, street

Bad = tuple[Problem, Plan]

OTHER = replace(COURIER, id="two")
ALICE_CALLS: Calls = [("alice", Kind.PICKUP), ("alice", Kind.DROPOFF)]
BOB_CALLS: Calls = [("bob", Kind.PICKUP), ("bob", Kind.DROPOFF)]
RESTED = replace(COURIER, breaks=(Break(EIGHT, EIGHT + 500, 50),))
# Positions on the route of the plan below.
START, PICKUP, DOOR, END = 0, 1, 2, -1

BOTH = street(couriers=(COURIER, OTHER))
LONE = street(PARCEL)
PLAN = plan_of(LONE, {"one": ALICE_CALLS})
SPLIT = plan_of(BOTH, {"one": ALICE_CALLS, "two": BOB_CALLS})


def left(name: str, reason: Reason = Reason.FLEET_FULL, detail: str = "x") -> Unserved:
    return Unserved(name, reason, detail, None)


def asking(courier: dict[str, Any], parcel: dict[str, Any] | None = None) -> Bad:
    """Hold the plan of alice's parcel against a stricter courier or parcel."""
    strict = replace(
        LONE,
        couriers=(replace(COURIER, **courier),),
        parcels=(replace(PARCEL, **(parcel or {})),),
    )
    return strict, PLAN


def telling(position: int, *, cost_fen: int = 0, metres: int = 0, **told: Any) -> Bad:
    """Change what the plan of alice's parcel tells of a visit, and the sums with it."""
    (route,) = PLAN.routes
    visits = list(route.visits)
    visits[position] = replace(visits[position], **told)
    return LONE, replace(
        PLAN,
        routes=(replace(route, visits=tuple(visits)),),
        cost_fen=PLAN.cost_fen + cost_fen,
        distance_m=PLAN.distance_m + metres,
    )


def slow_setup() -> Bad:
    return replace(LONE, dropoff_setup_s=31), replace(PLAN, cost_fen=PLAN.cost_fen + 1)


def unfetched() -> Bad:
    """A parcel that takes no room is handed over without having been fetched."""
    light = replace(PARCEL, size_parcels=0)
    aboard = replace(LONE, parcels=(replace(light, pickup=None),))
    plan = plan_of(aboard, {"one": ALICE_CALLS[1:]})
    return replace(LONE, parcels=(light,)), plan


def too_late() -> Bad:
    late = replace(PARCEL, close_s=EIGHT + 300, late_s_max=10)
    problem = replace(LONE, parcels=(late,))
    plan = plan_of(problem, {"one": ALICE_CALLS})
    return replace(LONE, parcels=(replace(late, late_s_max=9),)), plan


def too_warm() -> Bad:
    plan = plan_of(street(INSULIN), {"one": BOB_CALLS})
    return street(replace(INSULIN, out_of_fridge_s_max=229)), plan


def cold() -> Bad:
    plan = plan_of(street(INSULIN), {"one": BOB_CALLS})
    boxless = replace(COURIER, cold_capacity_parcels=0)
    return street(INSULIN, couriers=(boxless,)), plan


def resting(courier: Any, rest: Rest | None = None) -> Bad:
    """Hold a plan with a break of 50 s against other breaks, or tell another rest."""
    problem = replace(LONE, couriers=(RESTED,))
    plan = plan_of(problem, {"one": ALICE_CALLS})
    if rest is not None:
        plan = replace(plan, routes=(replace(plan.routes[0], breaks=(rest,)),))
    return replace(LONE, couriers=(courier,)), plan


def without_a_road() -> Bad:
    """A parcel on board, and a place that only time beyond all time leads to."""
    far = [[0, INSTANT_S_MAX], [0, 0]]
    parcel = replace(
        PARCEL, pickup=None, dropoff=1, ready_s=0, open_s=0, close_s=INSTANT_S_MAX
    )
    courier = replace(COURIER, start_s=0, end_s=INSTANT_S_MAX)
    problem = street(
        parcel,
        travel_s=far,
        distance_m=[[0, 0], [0, 0]],
        couriers=(courier,),
        dropoff_setup_s=0,
        dropoff_service_s=0,
    )
    late_s = INSTANT_S_MAX
    visits = (
        Visit(Kind.START, 0, None, 0, 0, 0, 0, 0, 1, 0),
        Visit(Kind.DROPOFF, 1, "alice", late_s, 0, late_s, late_s, late_s, 0, 0),
        Visit(Kind.END, 0, None, 0, 0, late_s, late_s, late_s, 0, 0),
    )
    route = Route("one", visits)
    return problem, Plan((route,), (), 0, late_s + 1_000)


def nobody() -> Bad:
    route = replace(PLAN.routes[0], courier_id="nobody")
    return LONE, replace(PLAN, routes=(route,), cost_fen=0)


def twice() -> Bad:
    routes = tuple(replace(route, courier_id="one") for route in SPLIT.routes)
    return BOTH, replace(SPLIT, routes=routes)


def crowded() -> Bad:
    """Two parcels at once in a box for one."""
    calls: Calls = [ALICE_CALLS[0], BOB_CALLS[0], ALICE_CALLS[1], BOB_CALLS[1]]
    narrow = replace(COURIER, capacity_parcels=1, cold_capacity_parcels=1)
    return street(couriers=(narrow,)), plan_of(street(), {"one": calls})


BAD: dict[str, Callable[[], Bad]] = {
    "unknown_parcel": lambda: (LONE, replace(PLAN, unserved=(left("dora"),))),
    "parcel_lost": lambda: (street(), PLAN),
    "parcel_twice": lambda: (
        LONE,
        replace(PLAN, unserved=(left("alice"),), cost_fen=PLAN.cost_fen + 1_000_000),
    ),
    "courier_twice": twice,
    "unknown_courier": nobody,
    "fixed": lambda: (
        street(couriers=(replace(COURIER, fixed=(("bob", Kind.PICKUP),)), OTHER)),
        SPLIT,
    ),
    "no_reason": lambda: (
        street(),
        plan_of(street(), {"one": ALICE_CALLS}, (left("bob", detail=" "),)),
    ),
    "untrue_reason": lambda: (
        street(),
        plan_of(street(), {"one": ALICE_CALLS}, (left("bob", Reason.NO_LICENCE),)),
    ),
    "distance_sum": lambda: (LONE, replace(PLAN, distance_m=PLAN.distance_m + 1)),
    "cost_sum": lambda: (LONE, replace(PLAN, cost_fen=PLAN.cost_fen - 1)),
    "shape": lambda: telling(START, kind=Kind.END),
    "start_place": lambda: asking({"start": BOB}),
    "end_place": lambda: asking({"end": CHARLIE}),
    "idle_service": lambda: telling(START, start_s=EIGHT - 5),
    "shift_start": lambda: asking({"start_s": EIGHT + 1}),
    "shift_end": lambda: asking({"end_s": EIGHT + 599}),
    "pairing": unfetched,
    "capacity": crowded,
    "cold_capacity": cold,
    "weight": lambda: asking({"capacity_g": 899}, {"weight_g": 900}),
    "load_told": lambda: telling(DOOR, load_parcels=1),
    "out_of_fridge": too_warm,
    "aboard": lambda: asking({}, {"aboard_s_max": 129}),
    "break_taken": lambda: asking({"breaks": (Break(EIGHT, EIGHT + 599, 50),)}),
    "break_window": lambda: resting(
        replace(COURIER, breaks=(Break(EIGHT + 1, EIGHT + 500, 50),))
    ),
    "break_length": lambda: resting(
        replace(COURIER, breaks=(Break(EIGHT, EIGHT + 500, 49),))
    ),
    "break_place": lambda: resting(RESTED, Rest(EIGHT + 215, EIGHT + 265)),
    "no_way": without_a_road,
    "travel": lambda: telling(DOOR, travel_s=99, cost_fen=-1),
    "distance": lambda: telling(DOOR, distance_m=999, metres=-1),
    "arrival": lambda: telling(DOOR, arrive_s=EIGHT),
    "setup": slow_setup,
    "place": lambda: asking({}, {"dropoff": CHARLIE}),
    "ready": lambda: asking({}, {"ready_s": EIGHT + 161}),
    "pickup_close": lambda: asking({}, {"pickup_close_s": EIGHT + 159}),
    "window_open": lambda: asking({}, {"open_s": EIGHT + 311}),
    "window_close": too_late,
    "late_told": lambda: telling(DOOR, late_s=1),
    "service": lambda: asking({}, {"dropoff_service_s": 91}),
    "licence": lambda: asking({"areas": frozenset({"330303"})}),
    "named_courier": lambda: (
        replace(
            BOTH,
            parcels=(replace(PARCEL, courier_id="two"), INSULIN),
        ),
        SPLIT,
    ),
    "skills": lambda: asking({}, {"skills": frozenset({"narcotic"})}),
}

"""The checker finds what is wrong with a plan, whoever made it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.plan import Kind, Plan, Reason, Route, Unserved, Visit
from routing.problem import Problem
from routing.solve import solve
from routing.verify import verify
from tests.routing.tiny import COURIER, EIGHT, INSULIN, PARCEL, street

OTHER = replace(COURIER, id="two")
THIRD = replace(PARCEL, id="charlie", dropoff=4)
# Alice's window makes the only cheapest way: alice, bob, charlie.
PROBLEM = street(
    replace(PARCEL, close_s=EIGHT + 500), INSULIN, THIRD, couriers=(COURIER, OTHER)
)
PLAN = solve(PROBLEM, seed=1, seconds_max=5)

# Positions on the route of PLAN.
START, PICKUPS, ALICE, BOB, CHARLIE, END = 0, (1, 2, 3), 4, 5, 6, 7


def rules(plan: Plan, problem: Problem = PROBLEM) -> set[str]:
    return {violation.rule for violation in verify(problem, plan)}


def with_route(change: Callable[[list[Visit]], list[Visit]]) -> Plan:
    (route,) = PLAN.routes
    return replace(
        PLAN, routes=(replace(route, visits=tuple(change([*route.visits]))),)
    )


def with_visit(position: int, **changes: object) -> Plan:
    def change(visits: list[Visit]) -> list[Visit]:
        visits[position] = replace(visits[position], **changes)
        return visits

    return with_route(change)


def test_a_good_plan_has_nothing_wrong():
    (route,) = PLAN.routes
    assert route.parcel_ids == ("alice", "bob", "charlie")
    assert verify(PROBLEM, PLAN) == ()


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (replace(PLAN, routes=()), "parcel_lost"),
        (replace(PLAN, routes=PLAN.routes * 2), "parcel_twice"),
        (replace(PLAN, routes=PLAN.routes * 2), "courier_twice"),
        (
            replace(PLAN, unserved=(Unserved("bob", Reason.FLEET_FULL, "x", None),)),
            "parcel_twice",
        ),
        (
            replace(PLAN, unserved=(Unserved("dora", Reason.FLEET_FULL, "x", None),)),
            "unknown_parcel",
        ),
        (
            replace(PLAN, unserved=(Unserved("bob", Reason.FLEET_FULL, " ", None),)),
            "no_reason",
        ),
        (replace(PLAN, distance_m=PLAN.distance_m - 1), "distance_sum"),
        (replace(PLAN, cost_fen=PLAN.cost_fen + 1), "cost_sum"),
        (
            replace(PLAN, routes=(replace(PLAN.routes[0], courier_id="nobody"),)),
            "unknown_courier",
        ),
        (with_route(lambda visits: visits[1:]), "shape"),
        (with_route(lambda visits: visits[:-1]), "shape"),
        (with_route(lambda visits: [visits[0], visits[-1]]), "shape"),
        (with_route(lambda visits: []), "shape"),
        (with_visit(ALICE, place=99), "shape"),
        (with_visit(ALICE, place=-3), "shape"),
        (with_route(lambda visits: visits[:3] + visits[4:]), "pairing"),
        (with_visit(ALICE, kind=Kind.PICKUP), "pairing"),
        (with_visit(START, place=1), "start_place"),
        (with_visit(END, place=1), "end_place"),
        (with_visit(START, start_s=EIGHT - 1), "idle_service"),
        (with_visit(START, depart_s=EIGHT - 1), "shift_start"),
        (with_visit(END, arrive_s=COURIER.end_s + 1), "shift_end"),
        (with_visit(ALICE, load_parcels=1), "load_told"),
        (with_visit(BOB, cold_parcels=1), "load_told"),
        (with_visit(ALICE, travel_s=99), "travel"),
        (with_visit(ALICE, distance_m=999), "distance"),
        (with_visit(ALICE, arrive_s=EIGHT), "arrival"),
        (with_visit(ALICE, start_s=EIGHT + 320), "setup"),
        (with_visit(ALICE, place=3), "place"),
        (with_visit(1, start_s=EIGHT - 1), "ready"),
        (with_visit(ALICE, start_s=EIGHT - 1), "window_open"),
        (with_visit(ALICE, start_s=EIGHT + 501), "window_close"),
        (with_visit(ALICE, late_s=1), "late_told"),
        (with_visit(ALICE, depart_s=EIGHT + 400), "service"),
    ],
)
def test_a_tampered_plan_is_found_out(plan, rule):
    assert rule in rules(plan)


@pytest.mark.parametrize(
    ("parcel", "changes", "rule"),
    [
        ("bob", {"out_of_fridge_s_max": 240}, "out_of_fridge"),
        ("bob", {"courier_id": "two"}, "named_courier"),
        ("alice", {"ready_s": EIGHT + 900, "close_s": EIGHT + 2000}, "ready"),
        ("alice", {"open_s": EIGHT + 480}, "window_open"),
        ("bob", {"close_s": EIGHT + 500}, "window_close"),
        ("alice", {"dropoff_service_s": 300}, "service"),
    ],
)
def test_a_plan_for_another_parcel_is_found_out(parcel, changes, rule):
    parcels = tuple(
        replace(it, **changes) if it.id == parcel else it for it in PROBLEM.parcels
    )
    assert rule in rules(PLAN, replace(PROBLEM, parcels=parcels))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"capacity_parcels": 2}, "capacity"),
        ({"cold_capacity_parcels": 0}, "cold_capacity"),
        ({"areas": frozenset({"330303"})}, "licence"),
        ({"end_s": EIGHT + 900}, "shift_end"),
        ({"start_s": EIGHT + 1}, "shift_start"),
        ({"start": 1}, "start_place"),
    ],
)
def test_a_plan_for_another_courier_is_found_out(changes, rule):
    couriers = tuple(replace(it, **changes) for it in PROBLEM.couriers)
    assert rule in rules(PLAN, replace(PROBLEM, couriers=couriers))


@pytest.mark.parametrize(
    "reason",
    [
        Reason.NO_LICENCE,
        Reason.NO_COLD_BOX,
        Reason.COURIER_UNABLE,
        Reason.FRIDGE_LIMIT,
    ],
)
def test_a_reason_made_up_is_found_out(reason):
    told = (Unserved("bob", reason, "x", None),)
    assert "untrue_reason" in rules(replace(PLAN, unserved=told))


def test_a_full_fleet_without_anybody_able_is_found_out():
    told = tuple(
        Unserved(it.id, Reason.FLEET_FULL, "x", None) for it in PROBLEM.parcels
    )
    empty = replace(PROBLEM, couriers=())
    assert "untrue_reason" in rules(replace(PLAN, routes=(), unserved=told), empty)


def test_a_drop_off_before_its_pickup_is_found_out():
    def swap(visits: list[Visit]) -> list[Visit]:
        pickup, dropoff = (
            number for number, it in enumerate(visits) if it.parcel_id == "bob"
        )
        visits[pickup], visits[dropoff] = visits[dropoff], visits[pickup]
        return visits

    assert {"pairing", "load_told"} <= rules(with_route(swap))


def test_a_parcel_picked_up_by_another_courier_is_found_out():
    (route,) = PLAN.routes
    pickup = next(it for it in route.visits[1:4] if it.parcel_id == "bob")
    mine = tuple(it for it in route.visits if it is not pickup)
    theirs = (route.visits[0], pickup, pickup, route.visits[-1])
    plan = replace(PLAN, routes=(Route("one", mine), Route("two", theirs)))
    assert "pairing" in rules(plan)


def test_a_lateness_within_the_bounds_is_allowed_but_must_be_told():
    parcels = (replace(PARCEL, close_s=EIGHT + 300),)
    problem = street(*parcels, late_s_max=60)
    plan = solve(problem, seed=1, seconds_max=5)
    assert verify(problem, plan) == ()
    assert plan.routes[0].visits[2].late_s == 10
    assert "window_close" in rules(plan, replace(problem, late_s_max=9))

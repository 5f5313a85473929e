"""Plans from the solver: as good as can be, never broken, never silent."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing.insertion import Gaps, best_insertion
from routing.plan import Kind, Reason
from routing.problem import Prices
from routing.reasons import servable
from routing.solve import improvers, solve
from routing.solve.board import Board
from routing.solve.cutting import cut, hear
from routing.solve.recipes import Recipe
from routing.timing import Stop, stops_of
from routing.verify import verify
from tests.routing.brute import optimum_fen
from tests.routing.cities import random_city
from tests.routing.small import full_problems, small_problems
from tests.routing.tiny import (
    BOB,
    CHARLIE,
    COURIER,
    EIGHT,
    INSULIN,
    NOON,
    OUTLET,
    PARCEL,
    YARD,
    street,
)

SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_the_street_is_walked_out_and_back():
    # Out or back is the same way for bob: alice's window decides.
    problem = street(replace(PARCEL, close_s=EIGHT + 400), INSULIN)
    plan = solve(problem, seed=1, seconds_max=5)
    assert verify(problem, plan) == ()
    (route,) = plan.routes
    assert [visit.place for visit in route.visits] == [YARD, OUTLET, OUTLET, 2, BOB, 0]
    assert [visit.start_s - EIGHT for visit in route.visits[1:-1]] == [
        160,
        180,
        330,
        550,
    ]
    assert (plan.distance_m, plan.cost_fen) == (6_000, 1_720)
    assert plan.route_of("bob") == route
    assert (plan.served, plan.unserved) == (2, ())


def test_no_parcels_and_no_couriers_make_an_empty_plan():
    empty = replace(street(), parcels=(), couriers=())
    plan = solve(empty, seed=1, seconds_max=1)
    assert (plan.routes, plan.unserved, plan.cost_fen) == ((), (), 0)


def test_a_parcel_stays_with_the_courier_the_dispatcher_named():
    far = replace(COURIER, id="far", start=CHARLIE, end=CHARLIE)
    for name in ("one", "far"):
        parcel = replace(PARCEL, courier_id=name)
        plan = solve(street(parcel, couriers=(COURIER, far)), seed=1, seconds_max=5)
        assert [route.courier_id for route in plan.routes] == [name]


def test_an_insulin_that_may_be_out_for_minutes_only_goes_straight_to_the_door():
    quick = replace(INSULIN, out_of_fridge_s_max=230)
    plan = solve(street(PARCEL, quick), seed=1, seconds_max=5)
    assert verify(street(PARCEL, quick), plan) == ()
    kinds = [(it.parcel_id, it.kind) for it in plan.routes[0].visits]
    pickup = kinds.index(("bob", Kind.PICKUP))
    assert kinds[pickup + 1] == ("bob", Kind.DROPOFF)


def test_the_search_ends_where_only_the_last_of_three_couriers_is_of_use():
    """Two idle couriers in front once kept the ruin looking for a visit for ever."""
    idle = [
        replace(COURIER, id=name, start=place, end=place, end_s=EIGHT + 60)
        for name, place in (("idle", BOB), ("off", CHARLIE))
    ]
    problem = street(PARCEL, couriers=(*idle, COURIER))
    assert solve(problem, seed=1, seconds_max=5).served == 1


def test_a_second_courier_goes_out_only_where_it_pays():
    east = replace(COURIER, id="east", start=CHARLIE, end=CHARLIE)
    parcels = [
        replace(PARCEL, id=str(number), dropoff=2 + number % 3, close_s=EIGHT + 1200)
        for number in range(9)
    ]
    calm = replace(street(*parcels[:3]), couriers=(COURIER, east))
    assert len(solve(calm, seed=1, seconds_max=5).routes) == 1
    busy = replace(street(*parcels), couriers=(COURIER, east))
    plan = solve(busy, seed=1, seconds_max=5)
    assert (len(plan.routes), plan.unserved) == (2, ())


def test_a_dear_delay_beats_a_cheap_way():
    problem = street(PARCEL, replace(INSULIN, close_s=EIGHT + 345), late_s_max=3600)
    first = solve(problem, seed=1, seconds_max=5).routes[0]
    late = {visit.parcel_id: visit.late_s for visit in first.visits}
    assert first.parcel_ids[0] == "bob"
    assert late["bob"] < 550 - 345


def test_the_urgent_parcel_is_served_where_only_one_can_be():
    hurried = replace(COURIER, end_s=EIGHT + 800)
    urgent = replace(PARCEL, id="urgent", dropoff=BOB, priority=3)
    problem = street(PARCEL, urgent, couriers=(hurried,))
    plan = solve(problem, seed=1, seconds_max=5)
    assert plan.routes[0].parcel_ids == ("urgent",)
    assert plan.unserved[0].reason is Reason.FLEET_FULL


@pytest.mark.parametrize("seed", range(6))
def test_four_parcels_and_two_couriers_are_planned_at_the_optimum(seed):
    problem = random_city(4, seed, n_couriers=2, n_outlets=2)
    plan = solve(problem, seed=seed, seconds_max=5)
    assert plan.cost_fen == optimum_fen(problem)


def test_five_parcels_of_one_courier_are_planned_at_the_optimum():
    problem = random_city(5, 3, n_couriers=1, n_outlets=2)
    plan = solve(problem, seed=3, seconds_max=5)
    assert plan.cost_fen == optimum_fen(problem)


@SLOW
@given(small_problems(parcels_max=3, couriers_max=2))
def test_small_slices_are_planned_at_the_optimum(problem):
    assert solve(problem, seed=1, seconds_max=5).cost_fen == optimum_fen(problem)


@SLOW
@given(small_problems())
def test_every_parcel_is_served_or_told_why_not(problem):
    plan = solve(problem, seed=1, seconds_max=5)
    assert verify(problem, plan) == ()
    assert plan.served + len(plan.unserved) == len(problem.parcels)
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    for unserved in plan.unserved:
        full = (Reason.FLEET_FULL, Reason.STILL_FITS, Reason.NOT_WORTH)
        is_full = unserved.reason in full
        assert servable(problem, parcels[unserved.parcel_id]) is is_full


@SLOW
@given(small_problems())
def test_nothing_stays_behind_while_a_courier_has_a_gap_for_it(problem):
    plan = solve(problem, seed=1, seconds_max=5)
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    orders = {route.courier_id: _stops(problem, route) for route in plan.routes}
    for unserved in plan.unserved:
        pair = stops_of(problem, parcels[unserved.parcel_id])
        for courier in problem.couriers:
            gaps = Gaps(problem, courier, orders.get(courier.id, []))
            assert best_insertion(gaps, pair) is None


def _stops(problem, route) -> list[Stop]:
    pairs = {parcel.id: stops_of(problem, parcel) for parcel in problem.parcels}
    return [
        pairs[visit.parcel_id][visit.kind is Kind.DROPOFF]
        for visit in route.visits[1:-1]
    ]


def test_the_same_problem_and_seed_give_the_same_plan():
    problem = random_city(9, 5)
    plans = [solve(problem, seed=9, seconds_max=20) for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_city_of_seventy_parcels_is_served():
    problem = random_city(70, 2)
    plan = solve(problem, seed=2, seconds_max=2.5)
    assert verify(problem, plan) == ()
    assert plan.unserved == ()


def test_hardly_any_time_still_makes_a_plan():
    problem = random_city(40, 4)
    plan = solve(problem, seed=4, seconds_max=0.01)
    assert verify(problem, plan) == ()
    assert plan.served > 30


def test_an_overfull_morning_leaves_parcels_behind_with_remedies():
    problem = random_city(40, 6, n_couriers=1)
    plan = solve(problem, seed=6, seconds_max=5)
    assert verify(problem, plan) == ()
    assert plan.unserved
    assert all(it.relaxation is not None for it in plan.unserved)


def test_no_time_at_all_is_refused():
    with pytest.raises(ValueError, match="seconds_max"):
        solve(street(), seed=1, seconds_max=0)


def test_free_couriers_are_all_sent_out_if_that_saves_seconds():
    east = replace(COURIER, id="east", start=CHARLIE, end=CHARLIE, end_s=NOON)
    to_charlie = replace(PARCEL, id="charlie", pickup=CHARLIE, dropoff=CHARLIE)
    problem = street(
        PARCEL, to_charlie, couriers=(COURIER, east), prices=Prices(courier_fen=0)
    )
    assert len(solve(problem, seed=1, seconds_max=5).routes) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=full_problems(parcels_max=6, couriers_max=3))
def test_a_problem_with_every_constraint_gets_a_plan_that_passes(problem):
    assert verify(problem, solve(problem, seed=1, seconds_max=3)) == ()


def test_without_the_compiled_search_or_tools_plans_under_the_same_limits(monkeypatch):
    problem = random_city(20, 5)
    piece = cut(problem, problem.couriers, problem.parcels)
    recipe = Recipe(time.monotonic() + 4, seed=1, hot=0.4, cold=0.004)
    monkeypatch.setattr(improvers, "compiled", lambda: False)
    told, _ = improvers.improve(piece, {}, recipe, lambda *_: None)
    board = Board(problem)
    assert board.take(board.couriers, hear(piece, told))
    assert len(board.unserved) == 0


def test_a_plan_needs_a_worker():
    with pytest.raises(ValueError, match="one worker or more"):
        solve(street(), seed=1, seconds_max=1, workers=0)

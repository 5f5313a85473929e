"""What a plan leaves free at the end of a window, and what it costs to go there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from routing.baseline import by_hand
from routing.patch import inserted, laid_out
from routing.replan import Gone, Underway, reopened
from routing.reserve import reserve_s
from routing.service import BoardStop
from routing.solve import solve
from routing.timing import stops_of
from routing.verify import verify
from tests.routing.tiny import ALICE, BOB, COURIER, EIGHT, INSULIN, PARCEL, street
from tests.world import NOON

# One courier hands over at 330 and 550 s after eight; two at 310 and at 410.
NEAR = replace(PARCEL, close_s=EIGHT + 600)
FAR = replace(NEAR, id="far", dropoff=BOB)
TWO = tuple(replace(COURIER, id=it, fixed_fen=500) for it in ("one", "two"))
RESERVE_S = 250


def kept_free(*parcels):
    return [replace(it, reserve_s=RESERVE_S) for it in parcels]


def solved(problem):
    return solve(problem, seed=1, seconds_max=1)


def test_a_reserve_grows_with_the_time_until_the_window_closes():
    hours = [reserve_s(it * 3600) for it in (0, 1, 2, 3)]
    assert hours == [300, 840, 1_380, 1_800]
    assert reserve_s(9 * 3600, 0) == 0


def test_another_courier_goes_before_a_reserve_is_used():
    assert len(solved(street(NEAR, FAR, couriers=TWO)).routes) == 1
    plan = solved(street(*kept_free(NEAR, FAR), couriers=TWO))
    assert len(plan.routes) == 2


def test_what_is_put_in_goes_where_the_reserve_is_kept():
    problem = street(*kept_free(NEAR, FAR), couriers=TWO)
    stands = {"one": list(stops_of(problem, problem.parcels[0]))}
    assert set(inserted(problem, stands)) == {"one", "two"}
    bare = street(NEAR, FAR, couriers=TWO)
    stands = {"one": list(stops_of(bare, NEAR))}
    assert set(inserted(bare, stands)) == {"one"}


def test_a_reserve_is_used_before_a_parcel_stays_behind_and_is_charged():
    problem, bare = street(*kept_free(NEAR, FAR)), street(NEAR, FAR)
    plan = solved(problem)
    assert (plan.served, verify(problem, plan)) == (2, ())
    assert all(visit.late_s == 0 for _, visit in plan.visits())
    used_s = 550 - (600 - RESERVE_S)
    price_fen = problem.prices.late_fen_per_s
    assert plan.cost_fen == solved(bare).cost_fen + used_s * price_fen


def test_the_check_objects_to_a_reserve_that_is_not_charged():
    plan = solved(street(NEAR, FAR))
    (objection,) = verify(street(*kept_free(NEAR, FAR)), plan)
    assert objection.rule == "cost_sum"


def test_who_leaves_late_keeps_the_reserve():
    later = replace(FAR, open_s=EIGHT + 3_600, close_s=EIGHT + 7_200)
    problem = street(*kept_free(NEAR), later)
    order = [*stops_of(problem, problem.parcels[0]), *stops_of(problem, later)]
    (route,) = laid_out(problem, {"one": order}).routes
    doors = {it.parcel_id: it.start_s for it in route.visits}
    assert doors["alice"] == EIGHT + 600 - RESERVE_S


def test_by_hand_a_door_within_the_reserve_is_in_time_and_charged():
    near, same = kept_free(NEAR)[0], street(NEAR)
    tight = street(replace(near, reserve_s=400))
    assert by_hand(tight).on_time == by_hand(same).on_time == 1
    used_fen = (310 - 200) * tight.prices.late_fen_per_s
    assert by_hand(tight).cost_fen == by_hand(same).cost_fen + used_fen


def test_a_parcel_that_is_met_on_the_spot_is_due_when_it_was():
    cold = replace(INSULIN, close_s=EIGHT + 900, reserve_s=RESERVE_S)
    problem, aboard = street(cold, couriers=TWO), {cold.id: EIGHT + 180}
    gone = Underway(COURIER, ALICE, EIGHT + 200, aboard=aboard)
    stays = Underway(TWO[1], 0, EIGHT)
    found = reopened(problem, [gone, stays], {"one": Gone(EIGHT)}, EIGHT + 300).problem
    (met,) = found.parcels
    assert (met.close_s, met.due_s) == (EIGHT + 780, cold.due_s)


def test_a_reserve_below_nothing_is_refused():
    with pytest.raises(ValueError, match="reserve_s of 0"):
        replace(PARCEL, reserve_s=-1)


def test_a_board_tells_what_was_planned_into_the_reserve():
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    unlike = dict.fromkeys(BoardStop._fields)
    door = BoardStop(
        **{**unlike, "kind": "dropoff", "opens": NOON, "closes": NOON + hour}
    )
    due = NOON + hour - 14 * minute
    assert not door._replace(start_at=due).is_tight(NOON, 15)
    assert door._replace(start_at=due + minute).is_tight(NOON, 15)
    assert not door._replace(start_at=due + minute).is_tight(NOON, 0)
    assert not door._replace(start_at=due + hour, kind="pickup").is_tight(NOON, 15)

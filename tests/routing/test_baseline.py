"""What planning by hand comes to, reckoned in the head on one street."""

from dataclasses import replace

from routing.baseline import by_hand, compared
from routing.solve import solve
from tests.routing.tiny import ALICE, BOB, COURIER, EIGHT, INSULIN, PARCEL, street

SECOND = replace(PARCEL, id="second", dropoff=BOB)


def test_the_parcels_of_one_counter_go_together_to_the_nearest_door_first():
    hand = by_hand(street(PARCEL, SECOND))
    # 1 km to the counter, 1 km to alice, 1 km to bob, and 3 km home.
    assert (hand.distance_m, hand.couriers, hand.served) == (6_000, 1, 2)
    setup_s, service_s = 60 + 2 * 30, 2 * 20 + 2 * 90
    assert hand.work_s == 600 + setup_s + service_s
    assert hand.on_time == 2
    assert hand.cost_fen == hand.spent_fen == 1_000 + 600 + setup_s


def test_two_hours_of_one_counter_are_two_rides():
    later = replace(SECOND, open_s=EIGHT + 3600)
    assert by_hand(street(PARCEL, later)).distance_m > 6_000


def test_a_door_that_is_reached_late_is_late():
    late = replace(PARCEL, close_s=EIGHT + 10)
    hand = by_hand(street(late))
    assert (hand.served, hand.on_time) == (1, 0)
    assert hand.spent_fen < hand.cost_fen, "nobody pays for what is late"


def test_what_nobody_may_carry_or_bring_in_time_stays_behind():
    bare = replace(COURIER, cold_capacity_parcels=0)
    assert by_hand(street(INSULIN, couriers=(bare,))).served == 0
    short = replace(COURIER, end_s=EIGHT + 60)
    hand = by_hand(street(PARCEL, couriers=(short,)))
    assert (hand.served, hand.couriers, hand.distance_m) == (0, 0, 0)
    assert hand.cost_fen == street().prices.unserved_fen
    assert hand.spent_fen == 0


def test_who_has_no_room_left_comes_again():
    small = replace(COURIER, capacity_parcels=1, cold_capacity_parcels=1)
    hand = by_hand(street(PARCEL, SECOND, couriers=(small,)))
    assert (hand.served, hand.couriers) == (2, 1)
    assert hand.distance_m == 1_000 + 1_000 + 1_000 + 2_000 + 3_000


def test_a_plan_is_told_beside_what_is_done_by_hand():
    problem = street(PARCEL, replace(SECOND, dropoff=ALICE))
    told = compared(problem, solve(problem, seed=1, seconds_max=1))
    assert told["plan"]["served"] == told["hand"]["served"] == 2
    assert told["plan"]["cost_fen"] <= told["hand"]["cost_fen"]
    assert told["plan"]["spent_fen"] == told["plan"]["cost_fen"]


def test_what_stays_behind_is_weighed_and_not_paid():
    bare = replace(COURIER, cold_capacity_parcels=0)
    problem = street(PARCEL, INSULIN, couriers=(bare,))
    told = compared(problem, solve(problem, seed=1, seconds_max=1))["plan"]
    left_fen = problem.unserved_fen(INSULIN)
    assert (told["served"], told["cost_fen"] - told["spent_fen"]) == (1, left_fen)


def test_what_is_on_board_already_is_not_handed_out_anew():
    problem = street(PARCEL)
    plan = solve(problem, seed=1, seconds_max=1)
    aboard = replace(problem, parcels=(replace(PARCEL, pickup=None),))
    assert compared(aboard, plan)["hand"] is None

"""Why a parcel stays behind, and whether the remedy named would help."""

from dataclasses import replace

import pytest

from routing.insertion import Gaps
from routing.plan import REASON_WORDS, Kind, Reason, Relaxation, Remedy, Unserved
from routing.problem import INSTANT_S_MAX, Break, Problem
from routing.reasons import Reasons, servable
from routing.reasons.words import advice
from routing.solve import solve
from routing.timing import stops_of
from tests.routing.tiny import (
    ALICE,
    BOB,
    CHARLIE,
    COURIER,
    EIGHT,
    INSULIN,
    OUTLET,
    PARCEL,
    YARD,
    street,
)


def left_behind(problem: Problem) -> Unserved:
    plan = solve(problem, seed=1, seconds_max=5)
    (unserved,) = plan.unserved
    return unserved


def test_an_area_without_a_licensed_courier():
    elsewhere = replace(COURIER, areas=frozenset({"330303"}))
    unserved = left_behind(street(PARCEL, couriers=(elsewhere,)))
    assert unserved.reason is Reason.NO_LICENCE
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.LICENSE_COURIER
    assert unserved.relaxation.courier_id == "one"
    assert (
        unserved.detail
        == "没有配送员获准在该区域配送；可为配送员one办理该区域备案，多行4.0公里"
    )


def test_insulin_without_a_cold_box():
    boxless = replace(COURIER, cold_capacity_parcels=0)
    unserved = left_behind(street(INSULIN, couriers=(boxless,)))
    assert unserved.reason is Reason.NO_COLD_BOX
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.ADD_COLD_BOX


def test_a_named_courier_who_may_not():
    mine = replace(INSULIN, courier_id="boxless")
    boxless = replace(COURIER, id="boxless", cold_capacity_parcels=0)
    unserved = left_behind(street(mine, couriers=(COURIER, boxless)))
    assert unserved.reason is Reason.COURIER_UNABLE
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.FREE_COURIER
    assert unserved.relaxation.courier_id == "one"


def test_a_door_too_far_for_the_fridge_limit():
    unserved = left_behind(street(replace(INSULIN, out_of_fridge_s_max=200)))
    assert unserved.reason is Reason.FRIDGE_LIMIT
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.LENGTHEN_FRIDGE_LIMIT
    assert unserved.relaxation.seconds == 30


def test_a_window_that_closes_before_anybody_comes():
    unserved = left_behind(street(replace(PARCEL, close_s=EIGHT + 190)))
    assert unserved.reason is Reason.WINDOW_CLOSES
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.WIDEN_WINDOW
    assert unserved.relaxation.seconds == 120
    assert (
        unserved.detail
        == "单独派送也赶不上收货时段；收货时段延后2分钟，配送员one即可送达，多行4.0公里"
    )


def test_a_shift_that_ends_before_the_way_home():
    unserved = left_behind(
        street(PARCEL, couriers=(replace(COURIER, end_s=EIGHT + 540),))
    )
    assert unserved.reason is Reason.SHIFT_ENDS
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.LENGTHEN_SHIFT
    assert unserved.relaxation.seconds == 60


def test_window_and_shift_together_ask_for_another_courier():
    tired = replace(COURIER, start_s=EIGHT + 100, end_s=EIGHT + 500)
    early = replace(PARCEL, ready_s=0, close_s=EIGHT + 310)
    unserved = left_behind(street(early, couriers=(tired,)))
    assert unserved.reason is Reason.WINDOW_AND_SHIFT
    assert unserved.relaxation is not None
    assert unserved.relaxation.remedy is Remedy.ADD_COURIER


def test_what_no_change_of_one_thing_can_help_says_so():
    far_too_late = replace(PARCEL, ready_s=EIGHT + 9000, close_s=EIGHT + 300)
    tired = replace(COURIER, end_s=EIGHT + 600)
    unserved = left_behind(street(far_too_late, couriers=(tired,)))
    assert unserved.reason is Reason.WINDOW_AND_SHIFT
    assert unserved.relaxation is None
    assert "未找到" in unserved.detail


def test_a_full_fleet_offers_the_cheaper_of_a_later_door_and_a_courier_more():
    narrow = replace(PARCEL, close_s=EIGHT + 310)
    both = (narrow, replace(narrow, id="bob", dropoff=BOB, close_s=EIGHT + 410))
    later = left_behind(street(*both))
    assert later.reason is Reason.FLEET_FULL
    assert later.relaxation is not None
    assert later.relaxation.remedy is Remedy.ADD_COURIER
    cheap_delay = replace(street(*both).prices, late_fen_per_s=1)
    later = left_behind(street(*both, prices=cheap_delay))
    assert later.relaxation is not None
    assert later.relaxation.remedy is Remedy.WIDEN_WINDOW


def why(problem: Problem, *gaps: Gaps) -> Unserved:
    """Explain the first parcel of a problem without planning anything."""
    return Reasons(problem, gaps).of(problem.parcels[0])


def cure(unserved: Unserved) -> Relaxation:
    assert unserved.relaxation is not None
    return unserved.relaxation


def test_a_skill_that_nobody_has():
    unserved = why(street(replace(PARCEL, skills=frozenset({"narcotic"}))))
    assert unserved.reason is Reason.NO_SKILL
    assert cure(unserved).remedy is Remedy.TEACH_SKILL


def test_a_parcel_larger_than_any_box():
    unserved = why(street(replace(PARCEL, size_parcels=11)))
    assert unserved.reason is Reason.TOO_LARGE
    assert cure(unserved).remedy is Remedy.ENLARGE_ROOM
    assert why(street(replace(INSULIN, size_parcels=3))).reason is Reason.TOO_LARGE


def test_a_parcel_too_heavy_for_anybody():
    weak = replace(COURIER, capacity_g=1_000)
    unserved = why(street(replace(PARCEL, weight_g=1_001), couriers=(weak,)))
    assert unserved.reason is Reason.TOO_HEAVY
    assert cure(unserved).remedy is Remedy.ENLARGE_ROOM


def test_a_door_that_no_road_leads_to():
    problem = street(PARCEL)
    ways = problem.travel_s.tolist()
    for place in (YARD, OUTLET, BOB, CHARLIE):
        ways[place][ALICE] = INSTANT_S_MAX
    unserved = why(replace(problem, travel_s=ways))
    assert (unserved.reason, unserved.relaxation) == (Reason.NO_WAY, None)


def test_a_parcel_that_may_not_be_aboard_so_long():
    unserved = why(street(replace(PARCEL, aboard_s_max=100)))
    assert unserved.reason is Reason.ABOARD_LIMIT
    assert cure(unserved).remedy is Remedy.LENGTHEN_ABOARD_LIMIT
    assert cure(unserved).seconds == 30


def test_a_parcel_on_board_whose_limit_is_over_already():
    warm = replace(INSULIN, pickup=None, ready_s=EIGHT - 600)
    unserved = why(street(warm))
    assert unserved.reason is Reason.FRIDGE_LIMIT
    assert cure(unserved).seconds == 300 + 30


def test_an_outlet_that_has_the_parcel_packed_too_late():
    slow = replace(PARCEL, ready_s=EIGHT + 1_000, close_s=EIGHT + 500)
    hurried = replace(COURIER, end_s=EIGHT + 1_000)
    unserved = why(street(slow, couriers=(hurried,)))
    assert unserved.reason is Reason.PICKUP_NOT_READY
    assert cure(unserved).remedy is Remedy.READY_EARLIER
    assert cure(unserved).seconds == 1_000 - (500 - 20 - 130)


def test_an_outlet_that_closes_before_anybody_is_there():
    unserved = why(street(replace(PARCEL, pickup_close_s=EIGHT + 100)))
    assert unserved.reason is Reason.PICKUP_CLOSES
    assert cure(unserved).remedy is Remedy.KEEP_PICKUP_OPEN
    assert cure(unserved).seconds == 60


def test_a_break_that_lies_in_the_way():
    rest = Break(open_s=EIGHT, close_s=EIGHT, length_s=3_600)
    rested = replace(COURIER, breaks=(rest,))
    narrow = replace(PARCEL, close_s=EIGHT + 310, pickup_close_s=EIGHT + 200)
    unserved = why(street(narrow, couriers=(rested,)))
    assert unserved.reason is Reason.BREAK_DUE
    assert cure(unserved).remedy is Remedy.MOVE_BREAK


def test_an_order_that_may_wait_is_told_what_it_would_cost_today():
    cheap = replace(PARCEL, unserved_fen=500)
    problem = street(cheap)
    unserved = why(problem, Gaps(problem, COURIER, ()))
    assert unserved.reason is Reason.NOT_WORTH
    assert cure(unserved).cost_fen > 500


def test_a_parcel_that_still_fits_is_told_with_whom():
    problem = street()
    route = Gaps(problem, COURIER, stops_of(problem, INSULIN))
    unserved = why(problem, route)
    assert unserved.reason is Reason.STILL_FITS
    assert (cure(unserved).courier_id, cure(unserved).distance_m) == ("one", 0)
    assert (
        unserved.detail
        == "现有路线仍放得下，但计划时间已到；仍可由配送员one派送，多行0.0公里"
    )


def test_a_limit_is_relaxed_in_the_routes_that_stand():
    """Bob's insulin is due: charlie's door after it is 50 seconds too late."""
    due = replace(INSULIN, close_s=EIGHT + 430)
    narrow = replace(PARCEL, close_s=EIGHT + 600, dropoff=CHARLIE)
    problem = street(narrow, due)
    route = Gaps(problem, COURIER, stops_of(problem, due))
    unserved = why(problem, route)
    assert unserved.reason is Reason.FLEET_FULL
    assert cure(unserved).remedy is Remedy.WIDEN_WINDOW
    assert (cure(unserved).seconds, cure(unserved).distance_m) == (50, 2_000)


def test_kilometres_are_told_with_one_decimal():
    near = Relaxation(Remedy.ADD_COURIER, "one", distance_m=2_149)
    assert advice(near) == "可增派一名配送员（同配送员one），多行2.1公里"


def test_fixed_stops_are_kept_while_a_parcel_is_tried():
    begun_one = replace(COURIER, fixed=(("bob", Kind.PICKUP),), end_s=EIGHT + 1_200)
    late = replace(PARCEL, ready_s=EIGHT + 1_000)
    problem = street(late, INSULIN, couriers=(begun_one,))
    assert not servable(problem, late)
    assert why(problem).reason in (Reason.SHIFT_ENDS, Reason.PICKUP_NOT_READY)


def test_without_couriers_every_parcel_is_told_so():
    unserved = left_behind(replace(street(PARCEL), couriers=()))
    assert (unserved.reason, unserved.relaxation) == (Reason.NO_CARRIER, None)


def test_every_reason_has_chinese_words():
    assert set(REASON_WORDS) == set(Reason)


@pytest.mark.parametrize("late_s_max", [0, 300])
def test_a_window_grows_by_what_the_allowed_lateness_does_not_cover(late_s_max):
    parcel = replace(PARCEL, ready_s=EIGHT + 1000, close_s=EIGHT + 500)
    unserved = left_behind(street(parcel, late_s_max=late_s_max))
    assert unserved.relaxation is not None
    assert unserved.relaxation.seconds == 1000 + 20 + 130 - 500 - late_s_max

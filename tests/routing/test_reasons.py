"""Why a parcel stays behind, and whether the remedy named would help."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing.insertion import Gaps, best_insertion
from routing.plan import REASON_WORDS, Plan, Reason, Remedy, Unserved
from routing.problem import Courier, Parcel, Problem
from routing.reasons import servable
from routing.solve import solve
from routing.timing import stops_of
from tests.routing.small import small_problems
from tests.routing.tiny import BOB, COURIER, EIGHT, INSULIN, PARCEL, street


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
    assert unserved.detail == "没有配送员获准在该区域配送；可为配送员one办理该区域备案"


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
        == "单独派送也赶不上收货时段；收货时段延后2分钟，配送员one即可送达"
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


def test_without_couriers_every_parcel_is_told_so():
    unserved = left_behind(replace(street(PARCEL), couriers=()))
    assert unserved.relaxation is None


def test_every_reason_has_chinese_words():
    assert set(REASON_WORDS) == set(Reason)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_problems(parcels_max=4, couriers_max=2))
def test_every_remedy_named_lets_the_parcel_go(problem):
    plan = solve(problem, seed=1, seconds_max=5)
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    for unserved in plan.unserved:
        parcel, cure = parcels[unserved.parcel_id], unserved.relaxation
        if cure is None:
            continue
        if unserved.reason is Reason.FLEET_FULL and cure.remedy is Remedy.WIDEN_WINDOW:
            assert _fits_later(problem, plan, parcel, cure.courier_id, cure.seconds)
        else:
            assert _is_cured(problem, parcel, cure)


def _fits_later(
    problem: Problem, plan: Plan, parcel: Parcel, courier_id: str, seconds: int
) -> bool:
    """Widen the window by exactly the seconds named and try the courier's route."""
    assert seconds > 0
    wider = replace(parcel, close_s=parcel.close_s + seconds)
    courier = next(it for it in problem.couriers if it.id == courier_id)
    names = [
        (visit.parcel_id, visit.kind)
        for route in plan.routes
        if route.courier_id == courier_id
        for visit in route.visits[1:-1]
    ]
    pairs = {it.id: stops_of(problem, it) for it in problem.parcels}
    stops = [stop for name, kind in names for stop in pairs[name] if stop.kind is kind]
    found = best_insertion(Gaps(problem, courier, stops), stops_of(problem, wider))
    return found is not None


def _is_cured(problem: Problem, parcel: Parcel, cure) -> bool:
    """Apply a remedy to the parcel or to its courier alone, and try again."""
    courier = next(it for it in problem.couriers if it.id == cure.courier_id)
    seconds = cure.seconds
    parcel, courier = {
        Remedy.LICENSE_COURIER: (parcel, replace(courier, areas=None)),
        Remedy.ADD_COLD_BOX: (parcel, _boxed(courier)),
        Remedy.FREE_COURIER: (replace(parcel, courier_id=None), courier),
        Remedy.LENGTHEN_FRIDGE_LIMIT: (_lasting(parcel, seconds), courier),
        Remedy.WIDEN_WINDOW: (
            replace(parcel, close_s=parcel.close_s + seconds),
            courier,
        ),
        Remedy.LENGTHEN_SHIFT: (
            parcel,
            replace(courier, end_s=courier.end_s + seconds),
        ),
        Remedy.ADD_COURIER: (
            parcel,
            replace(courier, start_s=min(courier.start_s, 0), end_s=2 * 86_400),
        ),
    }[cure.remedy]
    return servable(replace(problem, couriers=(courier,)), parcel)


def _boxed(courier: Courier) -> Courier:
    return replace(courier, cold_capacity_parcels=1)


def _lasting(parcel: Parcel, seconds: int) -> Parcel:
    if parcel.out_of_fridge_s_max is None:
        return parcel
    return replace(parcel, out_of_fridge_s_max=parcel.out_of_fridge_s_max + seconds)


@pytest.mark.parametrize("late_s_max", [0, 300])
def test_a_window_grows_by_what_the_allowed_lateness_does_not_cover(late_s_max):
    parcel = replace(PARCEL, ready_s=EIGHT + 1000, close_s=EIGHT + 500)
    unserved = left_behind(street(parcel, late_s_max=late_s_max))
    assert unserved.relaxation is not None
    assert unserved.relaxation.seconds == 1000 + 20 + 130 - 500 - late_s_max

"""A reason that is plainly untrue is found out, and a true one is let through."""

from dataclasses import replace

import pytest

from routing.verify.reasons import may_be
from tests.routing.tiny import CHARLIE, COURIER, EIGHT, INSULIN, PARCEL, street

HEAVY = replace(INSULIN, weight_g=900, size_parcels=2, skills=frozenset({"lift"}))
STRONG = replace(COURIER, skills=frozenset({"lift"}), capacity_g=900)
FAR = [[0 if a == b else 10**9 for a in range(5)] for b in range(5)]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_licence", {"areas": frozenset({"330303"})}),
        ("no_skill", {"skills": frozenset()}),
        ("no_cold_box", {"cold_capacity_parcels": 0}),
        ("too_large", {"cold_capacity_parcels": 1}),
        ("too_heavy", {"capacity_g": 899}),
    ],
)
def test_who_may_not_carry_a_parcel_is_blamed_for_that_alone(reason, changes):
    problem = street(HEAVY, couriers=(replace(STRONG, **changes),))
    claims = ("no_licence", "no_skill", "no_cold_box", "too_large", "too_heavy")
    others = ("no_carrier", "no_way", "courier_unable", "fleet_full", "window_closes")
    true = [it for it in claims + others if may_be(problem, HEAVY, it)]
    assert true == [reason]
    able = street(HEAVY, couriers=(STRONG,))
    assert not may_be(able, HEAVY, reason)
    assert may_be(able, HEAVY, "fleet_full")


def test_without_couriers_nobody_is_full():
    nobody = street(couriers=())
    assert may_be(nobody, PARCEL, "no_carrier")
    assert not may_be(street(), PARCEL, "no_carrier")
    assert not may_be(nobody, PARCEL, "fleet_full")
    assert may_be(nobody, PARCEL, "time_is_up")


def test_a_named_courier_is_unable_or_is_not():
    mine = replace(INSULIN, courier_id="one")
    boxless = replace(COURIER, cold_capacity_parcels=0)
    other = replace(COURIER, id="two")
    assert may_be(street(mine, couriers=(boxless, other)), mine, "courier_unable")
    assert may_be(street(mine, couriers=(boxless, other)), mine, "no_cold_box")
    assert not may_be(street(mine), mine, "courier_unable")
    assert not may_be(street(), PARCEL, "courier_unable")
    assert not may_be(street(mine, couriers=(boxless, other)), mine, "fleet_full")


def test_a_place_without_a_road_is_told_so():
    cut_off = street(PARCEL, travel_s=FAR)
    assert may_be(cut_off, PARCEL, "no_way")
    assert not may_be(street(), PARCEL, "no_way")


def test_a_limit_is_held_against_the_straight_way():
    # 200 s to bob's door and 30 s of set-up.
    for limit_s, true in ((229, True), (230, False)):
        warm = replace(INSULIN, out_of_fridge_s_max=limit_s)
        assert may_be(street(warm), warm, "fridge_limit") is true
        slow = replace(INSULIN, out_of_fridge_s_max=None, aboard_s_max=limit_s)
        assert may_be(street(slow), slow, "aboard_limit") is true
        assert not may_be(street(slow), slow, "fridge_limit")


def test_a_limit_on_board_runs_since_the_counter():
    # From the yard it is 300 s to bob, and 30 s of set-up.
    for ready_s, true in ((EIGHT - 271, True), (EIGHT - 270, False)):
        aboard = replace(INSULIN, pickup=None, ready_s=ready_s)
        assert may_be(street(aboard), aboard, "fridge_limit") is true
    here = replace(INSULIN, pickup=CHARLIE, dropoff=CHARLIE, out_of_fridge_s_max=1)
    assert not may_be(street(here), here, "fridge_limit")

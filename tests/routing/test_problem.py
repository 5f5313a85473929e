"""What a problem accepts, and what it refuses by name."""

from dataclasses import replace

import pytest

from routing.problem import Prices, able
from tests.routing.tiny import COURIER, EIGHT, INSULIN, NOON, PARCEL, street


def test_a_courier_without_a_cold_box_may_not_carry_insulin():
    boxless = replace(COURIER, cold_capacity_parcels=0)
    assert able(COURIER, INSULIN)
    assert not able(boxless, INSULIN)
    assert able(boxless, PARCEL)


def test_a_courier_may_deliver_only_where_licensed():
    assert able(replace(COURIER, areas=frozenset({"330302"})), PARCEL)
    assert not able(replace(COURIER, areas=frozenset({"330303"})), PARCEL)


def test_a_parcel_kept_for_a_courier_goes_with_no_other():
    assert able(COURIER, replace(PARCEL, courier_id="one"))
    assert not able(COURIER, replace(PARCEL, courier_id="two"))


def test_a_parcel_may_need_more_time_at_the_door():
    problem = street()
    assert problem.service_s(PARCEL) == 90
    assert problem.service_s(replace(PARCEL, dropoff_service_s=300)) == 300


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": ""}, "id"),
        ({"pickup": -1}, "place"),
        ({"ready_s": -1}, "ready_s"),
        ({"open_s": NOON, "close_s": EIGHT}, "before it opens"),
        ({"priority": 0}, "priority"),
        ({"out_of_fridge_s_max": 600}, "only cold"),
        ({"cold": True, "out_of_fridge_s_max": 0}, "limit"),
        ({"dropoff_service_s": -1}, "service"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(PARCEL, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": ""}, "id"),
        ({"end": -1}, "place"),
        ({"start_s": NOON, "end_s": EIGHT}, "start_s <= end_s"),
        ({"capacity_parcels": 0}, "capacity"),
        ({"cold_capacity_parcels": 11}, "cold capacity"),
    ],
)
def test_a_courier_who_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(COURIER, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"travel_s": ((0, 1), (1, 0))}, "expected 2 rows"),
        ({"distance_m": ((0,),) * 5}, "columns"),
        ({"travel_s": ((1,) * 5,) * 5}, "to itself"),
        ({"distance_m": ((0, -1, 1, 1, 1),) * 5}, "below 0"),
        ({"parcels": (PARCEL, PARCEL)}, "twice: alice"),
        ({"couriers": (COURIER, COURIER)}, "twice: one"),
        ({"parcels": (replace(PARCEL, dropoff=5),)}, "place 5"),
        ({"couriers": (replace(COURIER, end=9),)}, "place 9"),
        ({"parcels": (replace(PARCEL, courier_id="two"),)}, "unknown courier two"),
        ({"late_s_max": -1}, "late_s_max of 0 to"),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(street(), **changes)


def test_lateness_must_not_be_cheaper_than_moving():
    with pytest.raises(ValueError, match="late second"):
        Prices(late_fen_per_s=1, moving_fen_per_s=2)

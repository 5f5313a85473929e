"""What a problem accepts, and what it refuses by name."""

from dataclasses import replace

import numpy as np
import pytest

from routing.problem import Break, Prices, able
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
        ({"dropoff": None}, "parcel alice: dropoff is missing"),
        ({"pickup": 1.5}, "expected a whole number as pickup, got 1.5"),
        ({"open_s": float("nan")}, "expected a whole number as open_s, got nan"),
        ({"size_parcels": -1}, "expected size_parcels of 0 to"),
        ({"weight_g": None}, "weight_g is missing"),
        ({"skills": ["lift"]}, "expected a frozenset as skills"),
        ({"pickup_close_s": EIGHT - 1}, "before it is ready"),
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
        ({"cold_capacity_parcels": None}, "cold_capacity_parcels is missing"),
        ({"start": None}, "courier one: start is missing"),
        ({"end": 0.5}, "expected a whole number as end, got 0.5"),
        ({"areas": ["330302"]}, "expected a frozenset as areas"),
        ({"breaks": (9,)}, "9 is no break"),
        ({"breaks": (Break(5, 9, 1), Break(9, 9, 1))}, "breaks overlap"),
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
        ({"travel_s": ((0, 1), (0,))}, "not all as many columns"),
        ({"travel_s": ((float("nan"),) * 5,) * 5}, "expected whole numbers, got float"),
        ({"travel_s": None}, "travel_s: expected rows of columns"),
        ({"travel_s": 10**10 * np.ones((5, 5), int)}, "to itself"),
        ({"travel_s": 10**10 * (1 - np.eye(5, dtype=int))}, "beyond reason"),
        ({"parcels": None}, "expected a tuple of parcels"),
        ({"couriers": ("one",)}, "expected a tuple of couriers"),
        ({"prices": None}, "expected prices"),
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


def test_a_break_that_closes_before_it_opens_is_refused():
    with pytest.raises(ValueError, match="closes before it opens"):
        Break(5, 4, 1)

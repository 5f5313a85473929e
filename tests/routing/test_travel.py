"""Seconds and metres between points, reckoned from the geodesic."""

import random
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.places import Point
from routing.travel import (
    DETOUR_FACTOR,
    UNREACHABLE_S,
    Detour,
    GeodesicTravel,
    Speeds,
    Ways,
    geodesics_m,
)
from tests.routing.cities import LUCHENG

PLAIN = Detour(short_m=0)


def scattered(count: int, spread_deg: float) -> list[Point]:
    chance = random.Random(7)
    return [
        Point(
            lon=LUCHENG.lon + chance.uniform(-spread_deg, spread_deg),
            lat=LUCHENG.lat + chance.uniform(-spread_deg, spread_deg),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("spread_deg", [0.00001, 0.001, 0.05, 1.0])
def test_all_pairs_agree_with_geopy_within_a_ten_thousandth(spread_deg):
    points = scattered(20, spread_deg)
    found = geodesics_m(points)
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            exact_m = geodesic((a.lat, a.lon), (b.lat, b.lon)).m
            assert found[i, j] == pytest.approx(exact_m, rel=1e-4, abs=1e-3)


def test_travel_is_the_geodesic_with_detour_at_the_speed_given():
    points = scattered(2, 0.05)
    travel_s, distance_m = GeodesicTravel(PLAIN, Speeds(kmh=22)).matrices(points)
    straight_m = geodesics_m(points)[0, 1]
    assert distance_m[0][1] == pytest.approx(straight_m * DETOUR_FACTOR, abs=1)
    assert travel_s[0][1] == pytest.approx(distance_m[0][1] / (22 / 3.6), abs=1)
    assert travel_s[0][0] == distance_m[0][0] == 0


def test_short_ways_want_a_longer_detour_than_long_ones():
    straight_m = np.array([10.0, 100.0, 1_000.0, 10_000.0, 100_000.0])
    way_m = straight_m.copy()
    Detour().stretch(way_m)
    factors = list(way_m / straight_m)
    assert factors == sorted(factors, reverse=True)
    assert factors[0] < DETOUR_FACTOR + 1
    assert factors[2] == pytest.approx(1.524)
    assert factors[-1] == pytest.approx(DETOUR_FACTOR, abs=0.003)


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(1, 3), st.floats(0, 2_000))
def test_two_ways_are_never_shorter_than_the_one_they_make_up(a, b, factor, short_m):
    ways_m = np.array([a, b, a + b])
    Detour(factor, short_m, "a test").stretch(ways_m)
    assert ways_m[0] + ways_m[1] >= ways_m[2] - 1e-6


def test_rounding_up_never_promises_too_much():
    points = scattered(30, 0.02)
    travel_s, distance_m = GeodesicTravel(speeds=Speeds(kmh=20)).matrices(points)
    assert (travel_s >= (distance_m - 1) * 3.6 / 20 - 1e-6).all()


def test_couriers_are_as_fast_as_the_hour_in_china():
    speeds = Speeds(by_hour=(30.0,) * 8 + (15.0,) * 16, source="counted in May")
    roads = GeodesicTravel(speeds=speeds)
    points = scattered(5, 0.05)
    night = roads.matrices(points, at=datetime(2026, 5, 4, 23, 59, tzinfo=UTC))
    morning = roads.matrices(points, at=datetime(2026, 5, 5, 0, 0, tzinfo=UTC))
    assert (morning.distance_m == night.distance_m).all()
    assert (np.abs(morning.travel_s - 2 * night.travel_s) <= 1).all()
    assert "15 km/h" in morning.source


def test_a_large_day_is_reckoned_block_by_block():
    """Whatever is worked on beside the two results is a small part of them."""
    points = scattered(3_000, 0.3)
    tracemalloc.start()
    try:
        ways = GeodesicTravel().matrices(points)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    kept = ways.travel_s.nbytes + ways.distance_m.nbytes
    assert peak - kept < 150 * 1024 * 1024
    few = GeodesicTravel().matrices(points[:40])
    assert (ways.travel_s[:40, :40] == few.travel_s).all()
    assert (ways.travel_s == ways.travel_s.T).all()


def test_no_points_make_empty_matrices():
    assert [each.size for each in GeodesicTravel().matrices([])] == [0, 0]


def test_what_most_others_cannot_reach_is_cut_off():
    travel_s = np.full((5, 5), 60, np.int32)
    travel_s[2, :] = travel_s[0, 1] = UNREACHABLE_S
    travel_s[2, 2] = 0
    ways = Ways(travel_s, travel_s, "a test")
    assert ways.missing() == 5
    assert ways.cut_off() == (2,)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Speeds(kmh=0), "speed"),
        (lambda: Speeds(kmh=float("nan")), "speed"),
        (lambda: Speeds(by_hour=(20.0,) * 23), "24 speeds"),
        (lambda: Speeds(source=" "), "source"),
        (lambda: Detour(factor=0.9), "detour"),
        (lambda: Detour(factor=float("nan")), "detour"),
        (lambda: Detour(short_m=-1), "short_m"),
        (lambda: Detour(source=""), "source"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()

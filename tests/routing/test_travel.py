"""Seconds and metres between points."""

import random

import pytest
from geopy.distance import geodesic

from pharmacies.places import Point
from routing.travel import DETOUR_FACTOR, GeodesicTravel, geodesics_m
from tests.routing.cities import LUCHENG


def scattered(count: int, spread_deg: float) -> list[Point]:
    chance = random.Random(7)
    return [
        Point(
            lon=LUCHENG.lon + chance.uniform(-spread_deg, spread_deg),
            lat=LUCHENG.lat + chance.uniform(-spread_deg, spread_deg),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("spread_deg", [0.001, 0.05, 1.0])
def test_all_pairs_agree_with_geopy_within_a_ten_thousandth(spread_deg):
    points = scattered(20, spread_deg)
    found = geodesics_m(points)
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            exact_m = geodesic((a.lat, a.lon), (b.lat, b.lon)).m
            assert found[i, j] == pytest.approx(exact_m, rel=1e-4, abs=1e-3)


def test_travel_is_the_geodesic_with_detour_at_the_speed_given():
    points = scattered(2, 0.05)
    travel_s, distance_m = GeodesicTravel(speed_kmh=22).matrices(points)
    straight_m = geodesics_m(points)[0, 1]
    assert distance_m[0][1] == pytest.approx(straight_m * DETOUR_FACTOR, abs=1)
    assert travel_s[0][1] == pytest.approx(distance_m[0][1] / (22 / 3.6), abs=1)
    assert travel_s[0][0] == distance_m[0][0] == 0


def test_rounding_up_never_promises_too_much():
    points = scattered(30, 0.02)
    travel_s, distance_m = GeodesicTravel(speed_kmh=20).matrices(points)
    for row_s, row_m in zip(travel_s, distance_m, strict=True):
        for seconds, metres in zip(row_s, row_m, strict=True):
            assert seconds >= (metres - 1) * 3.6 / 20 - 1e-6


def test_nine_hundred_points_make_one_matrix():
    travel_s, _ = GeodesicTravel().matrices(scattered(900, 0.1))
    assert len(travel_s) == len(travel_s[0]) == 900


def test_no_points_make_empty_matrices():
    assert [each.size for each in GeodesicTravel().matrices([])] == [0, 0]


def test_a_courier_who_stands_still_is_refused():
    with pytest.raises(ValueError, match="speed"):
        GeodesicTravel(speed_kmh=0)
    with pytest.raises(ValueError, match="detour"):
        GeodesicTravel(detour_factor=0.9)

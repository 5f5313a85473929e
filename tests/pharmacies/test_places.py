"""Points, areas, distances, and the datum of Chinese maps."""

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.datum import bd_from_gcj, gcj_from_bd, gcj_from_wgs, wgs_from_gcj
from pharmacies.places import AREAS, Point, distance_m, pooling_area

IN_CHINA = st.builds(
    Point, st.floats(74, 134, allow_nan=False), st.floats(19, 53, allow_nan=False)
)
WENZHOU = st.builds(Point, st.floats(119.6, 121.3), st.floats(27.0, 28.7))


def test_all_wenzhou_districts_pool_together():
    assert {pooling_area(area) for area in AREAS} == {"3303"}
    assert len(AREAS) == 12


@given(WENZHOU, WENZHOU)
def test_the_great_circle_stays_near_the_ellipsoid(a, b):
    true_m = geodesic((a.lat, a.lon), (b.lat, b.lon)).m
    assert distance_m(a, b) == pytest.approx(true_m, rel=0.006, abs=0.01)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
    ids=["Shanghai", "Shenzhen", "Beijing"],
)
def test_gcj_02_agrees_with_published_values(wgs, gcj):
    shifted = gcj_from_wgs(Point(*wgs))
    assert (shifted.lon, shifted.lat) == pytest.approx(gcj, abs=1e-9)


def test_bd_09_agrees_with_a_published_value():
    shifted = bd_from_gcj(Point(116.404, 39.915))
    assert (shifted.lon, shifted.lat) == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )


@given(IN_CHINA)
def test_a_round_trip_comes_back_within_a_hand(point):
    assert distance_m(wgs_from_gcj(gcj_from_wgs(point)), point) < 0.1
    assert distance_m(gcj_from_bd(bd_from_gcj(point)), point) < 0.1
    there = bd_from_gcj(gcj_from_wgs(point))
    assert distance_m(wgs_from_gcj(gcj_from_bd(there)), point) < 0.1


@given(WENZHOU)
def test_around_wenzhou_the_datums_are_half_a_kilometre_apart_and_more(point):
    assert 530 < distance_m(gcj_from_wgs(point), point) < 600
    assert 1_050 < distance_m(bd_from_gcj(gcj_from_wgs(point)), point) < 1_160


def test_outside_china_nothing_moves():
    paris = Point(2.35, 48.86)
    assert gcj_from_wgs(paris) == paris
    assert wgs_from_gcj(paris) == paris


@pytest.mark.parametrize("point", [(181, 0), (0, 91), (-200, 0)])
def test_a_point_off_the_globe_is_refused(point):
    with pytest.raises(ValueError, match="degrees"):
        Point(*point)


@pytest.mark.parametrize("area", ["3303", "33030A", "", "３３０３０２"])
def test_an_area_has_six_digits(area):
    with pytest.raises(ValueError, match="GB/T 2260"):
        pooling_area(area)

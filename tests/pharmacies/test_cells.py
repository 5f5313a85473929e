"""Every place within a radius stands in one of the stretches of cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.cells import COLUMNS, PER_DEGREE, ROWS, cell_of, cells_within
from pharmacies.places import Point, distance_m
from pharmacies.rows import outlet_row
from tests.pharmacies.network import PHARMACY

LUCHENG = Point(120.655, 28.015)
points = st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))
near = st.builds(Point, st.floats(118, 123), st.floats(26, 30))


def holds(stretches, point):
    return any(first <= cell_of(point) <= last for first, last in stretches)


def test_places_beside_each_other_follow_each_other():
    east = Point(LUCHENG.lon + 1 / PER_DEGREE, LUCHENG.lat)
    north = Point(LUCHENG.lon, LUCHENG.lat + 1 / PER_DEGREE)
    assert cell_of(east) == cell_of(LUCHENG) + 1
    assert cell_of(north) == cell_of(LUCHENG) + COLUMNS


@given(near, near)
def test_what_lies_within_a_radius_is_in_its_cells(a, b):
    assert holds(cells_within(a, distance_m(a, b)), b)


@given(points, points)
def test_the_poles_and_the_date_line_hide_nothing(a, b):
    assert holds(cells_within(a, distance_m(a, b)), b)


def test_a_neighbourhood_is_small():
    stretches = cells_within(LUCHENG, 1_000)
    assert sum(last - first + 1 for first, last in stretches) <= 16


@pytest.mark.parametrize("corner", [(-180, -90), (180, 90), (-180, 90), (180, -90)])
def test_the_corners_of_the_world_have_cells(corner):
    assert 0 <= cell_of(Point(*corner)) < COLUMNS * ROWS


def test_an_outlet_is_stored_with_its_pooling_area_and_cell():
    row = outlet_row(PHARMACY)
    assert (row.pooling_area, row.cell) == ("3303", cell_of(PHARMACY.point))


def test_no_radius_is_below_nothing():
    with pytest.raises(ValueError, match="radius"):
        cells_within(LUCHENG, -1)

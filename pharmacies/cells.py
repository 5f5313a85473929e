"""The grid of outlets: each stands in a cell, and what is near is a few stretches of cells.

Cells are squares of a hundredth of a degree, numbered along their row of latitude: those
that lie beside each other follow each other, so that a row of a neighbourhood is one
stretch of an index, however large the country is.
"""

from math import asin, cos, degrees, floor, radians, sin

from pharmacies.places import EARTH_RADIUS_M, Point

PER_DEGREE = 100
COLUMNS = 360 * PER_DEGREE
ROWS = 180 * PER_DEGREE
_SLACK = 1e-9  # degrees, for what rounding takes away


def cell_of(point: Point) -> int:
    """Number the cell that a point stands in.

    >>> cell_of(Point(120.655, 28.015))
    424866065
    """
    return _row(point.lat) * COLUMNS + _column(point.lon)


def cells_within(point: Point, radius_m: float) -> tuple[tuple[int, int], ...]:
    """List stretches of cells, both ends inside, that hold every place within a radius.

    They hold some that are farther away, too: who asks measures each.
    """
    if radius_m < 0:
        raise ValueError(f"expected a radius in metres, got {radius_m}")
    reach = radius_m / EARTH_RADIUS_M
    up = degrees(reach) + _SLACK
    rows = range(_row(point.lat - up), _row(point.lat + up) + 1)
    first, last = _columns(point, reach)
    return tuple((row * COLUMNS + first, row * COLUMNS + last) for row in rows)


def _columns(point: Point, reach: float) -> tuple[int, int]:
    """Give the columns that a circle touches; near a pole or the date line all of them."""
    narrow = cos(radians(point.lat))
    if reach >= 1 or sin(reach) >= narrow:
        return 0, COLUMNS - 1
    aside = degrees(asin(sin(reach) / narrow)) + _SLACK
    if not -180 <= point.lon - aside <= point.lon + aside < 180:
        return 0, COLUMNS - 1
    return _column(point.lon - aside), _column(point.lon + aside)


def _row(lat: float) -> int:
    return min(max(floor((lat + 90) * PER_DEGREE), 0), ROWS - 1)


def _column(lon: float) -> int:
    return min(max(floor((lon + 180) * PER_DEGREE), 0), COLUMNS - 1)

"""People on a map: places near one another are put together until each tells of enough."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from dispensing.few import PEOPLE_MIN
from pharmacies.places import Point

# Of a degree: places are told apart by some hundred metres, by a kilometre, by ten, by a hundred.
_DIGITS = (3, 2, 1, 0)


def gathered(
    counted: Mapping[Point, Counter[str]], people_min: int = PEOPLE_MIN
) -> dict[Point, Counter[str]]:
    """Put the people of near places together until each place tells of enough.

    Who is left over counts with the nearest place that has enough; where all are too few,
    there is no place.
    """
    found: dict[Point, Counter[str]] = {}
    waiting = dict(counted)
    for digits in _DIGITS:
        cells: dict[Point, Counter[str]] = defaultdict(Counter)
        for point, kinds in waiting.items():
            cells[_rounded(point, digits)].update(kinds)
        waiting = {}
        for point, kinds in cells.items():
            enough = kinds.total() >= people_min
            (found if enough else waiting).setdefault(point, Counter()).update(kinds)
    for point, kinds in waiting.items():
        if found:
            found[min(found, key=lambda near: _apart(near, point))].update(kinds)
    return found


def _rounded(point: Point, digits: int) -> Point:
    return Point(round(point.lon, digits), round(point.lat, digits))


def _apart(one: Point, other: Point) -> float:
    return (one.lon - other.lon) ** 2 + (one.lat - other.lat) ** 2

"""A day in a file: its plan, the points that it touches, and how the search came down."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pharmacies.places import Point
from routing.pictures.curves import Better
from routing.plan import Plan
from routing.writing import read, told

CHARS_MAX = 64_000_000


class BadDay(ValueError):
    """A file that is no day as `day_json` writes it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A plan as it was read, the point of every place it touches, the search."""

    plan: Plan
    points: dict[int, Point]
    better: tuple[Better, ...]


def day_json(plan: Plan, points: Sequence[Point], better: Sequence[Better] = ()) -> str:
    """Write a plan with the points of its places and the better plans on the way to it."""
    places = sorted({visit.place for _, visit in plan.visits()})
    written = {
        "plan": told(plan),
        "points": {place: [points[place].lon, points[place].lat] for place in places},
        "better": [list(each) for each in better],
    }
    return json.dumps(written, ensure_ascii=False) + "\n"


def read_day(path: Path) -> Day:
    """Read a day; BadDay says in a sentence what is not as expected."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        text = stream.read(CHARS_MAX + 1)
    if len(text) > CHARS_MAX:
        raise BadDay(f"{path.name}: expected at most {CHARS_MAX} characters")
    try:
        given = json.loads(text)
        plan = read(given["plan"])
        points = {int(place): _point(at) for place, at in given["points"].items()}
        better = tuple(_better(each) for each in given["better"])
    except (
        OverflowError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as wrong:
        said = f"{type(wrong).__name__}: {wrong}"
        raise BadDay(f"{path.name}: expected a day of `route city`, {said}") from None
    missing = [it.place for _, it in plan.visits() if it.place not in points]
    if missing or not all(len(route.visits) > 1 for route in plan.routes):
        raise BadDay(f"{path.name}: expected a point for every place, and whole routes")
    return Day(plan, points, better)


def _point(given: Any) -> Point:
    lon, lat = (float(each) for each in given)
    return Point(lon, lat)


def _better(given: Any) -> Better:
    at, cost, left = (float(each) for each in given)
    if not all(math.isfinite(each) for each in (at, cost, left)):
        raise ValueError("a better plan without a number")
    return at, cost, left

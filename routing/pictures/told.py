"""A plan with the points of its visits as JSON, to be drawn or read elsewhere.

`{"routes": [{"courier": id, "visits": [{"kind", "parcel", "place", "lon", "lat", ...}]}],
"unserved": [{"parcel", "reason", "detail"}], "distance_m", "cost_fen"}`; instants are
seconds of the business day.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pharmacies.places import Point
from routing.plan import Kind, Plan, Route, Visit

CHARS_MAX = 64_000_000
_NUMBERS = (
    *("place", "travel_s", "distance_m", "arrive_s", "start_s", "depart_s"),
    *("load_parcels", "cold_parcels", "late_s"),
)


class BadPlan(ValueError):
    """A file that is no plan as `plan_json` writes it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A plan as it was read: its routes, and the point of every place they touch."""

    routes: tuple[Route, ...]
    points: dict[int, Point]
    unserved: int


def plan_json(plan: Plan, points: Sequence[Point]) -> str:
    """Write a plan, a route to a line."""
    routes = ",\n  ".join(json.dumps(_route(it, points)) for it in plan.routes)
    behind = [
        {"parcel": it.parcel_id, "reason": it.reason, "detail": it.detail}
        for it in plan.unserved
    ]
    return (
        f'{{"distance_m": {plan.distance_m}, "cost_fen": {plan.cost_fen},\n'
        f' "routes": [\n  {routes}\n ],\n'
        f' "unserved": {json.dumps(behind, ensure_ascii=False)}}}\n'
    )


def read_plan(path: Path) -> Told:
    """Read a plan; BadPlan says in a sentence what is not as expected."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        text = stream.read(CHARS_MAX + 1)
    if len(text) > CHARS_MAX:
        raise BadPlan(f"{path.name}: expected at most {CHARS_MAX} characters")
    try:
        read = json.loads(text)
        routes = tuple(_read_route(each) for each in read["routes"])
        points = {
            visit["place"]: _point(visit)
            for each in read["routes"]
            for visit in each["visits"]
        }
        return Told(routes, points, len(read["unserved"]))
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        said = f"{type(wrong).__name__}: {wrong}"
        raise BadPlan(
            f"{path.name}: expected a plan of `yaoda route city`, {said}"
        ) from None


def _route(route: Route, points: Sequence[Point]) -> dict[str, Any]:
    return {
        "courier": route.courier_id,
        "visits": [
            {
                "kind": visit.kind,
                "parcel": visit.parcel_id,
                "lon": points[visit.place].lon,
                "lat": points[visit.place].lat,
                **{name: getattr(visit, name) for name in _NUMBERS},
            }
            for visit in route.visits
        ],
    }


def _read_route(read: dict[str, Any]) -> Route:
    visits = tuple(
        Visit(
            kind=Kind(visit["kind"]),
            parcel_id=None if visit["parcel"] is None else str(visit["parcel"]),
            **{name: _whole(name, visit[name]) for name in _NUMBERS},
        )
        for visit in read["visits"]
    )
    if not visits:
        raise ValueError("a route without a visit")
    return Route(str(read["courier"]), visits)


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**12:
        raise ValueError(f"{name} is no whole number")
    return value


def _point(visit: dict[str, Any]) -> Point:
    lon, lat = (float(visit[name]) for name in ("lon", "lat"))
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError("a point that is none")
    return Point(lon, lat)

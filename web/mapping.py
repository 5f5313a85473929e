"""What the dispatcher's map draws: the ground, each courier's way and stops, and where they are.

The ground is plain GeoJSON (`YAODA_BASEMAP`), else the schematic outlines of the sample: no
tile and no other machine is asked. Routes are told apart by colour, number and dashes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dispensing.vault import Vault
from pharmacies.places import Point
from routing.service.board import Board, Lane, points_of
from web.chart import DISTRICTS, colour

DASHES = 4  # patterns of lines; the number stands beside each of them anyway


@lru_cache(maxsize=4)
def ground(path: Path | None) -> bytes:
    """Read the outlines that lie under the routes, as GeoJSON."""
    return (path or DISTRICTS).read_bytes()


def drawn(plan: Board, vault: Vault) -> Mapping[str, Any]:
    """Tell a plan's routes and stops as GeoJSON features."""
    ways = [(lane, points_of(vault, lane)) for lane in plan.routes]
    return {
        "lines": _collection(_line(*each) for each in ways),
        "stops": _collection(stop for each in ways for stop in _stops(*each)),
        "homes": _collection(map(_home, plan.lanes)),
    }


def _line(lane: Lane, points: Sequence[Point]) -> Mapping[str, Any]:
    return _feature("LineString", [(it.lon, it.lat) for it in points], lane)


def _stops(lane: Lane, points: Sequence[Point]) -> Iterator[Mapping[str, Any]]:
    for it, point in zip(lane.stops, points, strict=True):
        if it.order_id is not None:
            yield _feature(
                "Point",
                (point.lon, point.lat),
                lane,
                order=str(it.order_id),
                no=it.no,
                kind=it.kind,
                done=it.done_at is not None,
                late=it.late_s > 0,
            )


def _home(lane: Lane) -> Mapping[str, Any]:
    start = lane.courier.start
    return _feature("Point", (start.lon, start.lat), lane, name=lane.courier.name)


def _feature(
    shape: str, where: Sequence[Any], lane: Lane, **more: object
) -> Mapping[str, Any]:
    told = {
        "courier": lane.courier.code,
        "number": lane.number,
        "colour": colour(lane.number - 1),
        "dash": lane.number % DASHES,
        **more,
    }
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": where},
        "properties": told,
    }


def _collection(features: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}

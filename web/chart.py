"""The map of a plan: district outlines and one line for each courier, as one SVG picture.

Drawn on the server from plain GeoJSON, so that no tile, script or foreign host is needed.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import fixtures
from routing.pictures.map import Mark, Outlines, tracks_map
from routing.pictures.shapes import colour, svg
from routing.plan import Kind
from routing.service.views import RouteView

__all__ = ["DISTRICTS", "colour", "draw", "outlines"]

DISTRICTS = Path(fixtures.__file__).parent / "wenzhou" / "districts.geojson"


def draw(routes: Sequence[RouteView], basemap: Path | None = None) -> str:
    """Draw routes over the outlines of the districts."""
    tracks = [
        [
            Mark(stop.point.lon, stop.point.lat, Kind(stop.kind), str(stop.no))
            for stop in route.stops
        ]
        for route in routes
    ]
    return svg(tracks_map(tracks, outlines(basemap or DISTRICTS), "配送路线 Routes"))


@lru_cache(maxsize=4)
def outlines(path: Path) -> Outlines:
    """Read the rings and the names of districts from GeoJSON."""
    features = json.loads(path.read_text("utf-8"))["features"]
    rings = tuple(
        tuple((float(lon), float(lat)) for lon, lat, *_ in ring)
        for feature in features
        for polygon in _polygons(feature["geometry"])
        for ring in polygon
    )
    named = (each["properties"] for each in features)
    names = tuple(
        (str(each["name"]), (float(each["centre"][0]), float(each["centre"][1])))
        for each in named
        if "centre" in each
    )
    return Outlines(rings, names)


def _polygons(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    found: list[Any] = geometry["coordinates"]
    return [found] if geometry["type"] == "Polygon" else found

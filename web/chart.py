"""The map of a plan: district outlines and one line for each courier, as one SVG picture.

Drawn on the server from plain GeoJSON, so that no tile, script or foreign host is needed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import fixtures
from pharmacies.places import Point
from routing.service.views import RouteView

DISTRICTS = Path(fixtures.__file__).parent / "wenzhou" / "districts.geojson"
WIDTH, HEIGHT, MARGIN = 960.0, 640.0, 36.0
DEGREES_MIN = 0.08  # never closer than about 8 km across
# Each is told apart from the others by lightness too, for those who do not see hues.
COLOURS = (
    "#0b6e4f", "#c2410c", "#1d4ed8", "#a21caf", "#854d0e", "#0e7490",
    "#be123c", "#4d7c0f", "#6d28d9", "#334155", "#b45309", "#047857",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """Where degrees fall on the picture."""

    west: float
    north: float
    narrowing: float  # a degree of longitude is shorter than one of latitude
    scale: float
    left: float
    top: float

    def spot(self, lon: float, lat: float) -> str:
        """Return the place of a point as "x,y"."""
        x = self.left + (lon - self.west) * self.narrowing * self.scale
        y = self.top + (self.north - lat) * self.scale
        return f"{x:.1f},{y:.1f}"


def colour(index: int) -> str:
    """Return the colour of a courier by place in the plan."""
    return COLOURS[index % len(COLOURS)]


def draw(routes: Sequence[RouteView], basemap: Path | None = None) -> str:
    """Draw routes over the outlines of the districts."""
    outlines = _outlines(basemap or DISTRICTS)
    points = [stop.point for route in routes for stop in route.stops]
    frame = _frame(points or [Point(*at) for ring in outlines for at in ring])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"'
        ' role="img"><title>配送路线 Routes</title>'
        f'<rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}" fill="#eef3f1"/>',
        *(_outline(ring, frame) for ring in outlines),
        *(_name(said, frame.spot(*at)) for said, at in _names(basemap or DISTRICTS)),
        *(_line(route, frame, colour(no)) for no, route in enumerate(routes)),
        *(_stops(route, frame, colour(no)) for no, route in enumerate(routes)),
        "</svg>",
    ]
    return "".join(parts)


@lru_cache(maxsize=4)
def _outlines(path: Path) -> tuple[tuple[tuple[float, float], ...], ...]:
    features = json.loads(path.read_text("utf-8"))["features"]
    return tuple(
        tuple((float(lon), float(lat)) for lon, lat, *_ in ring)
        for feature in features
        for polygon in _polygons(feature["geometry"])
        for ring in polygon
    )


@lru_cache(maxsize=4)
def _names(path: Path) -> tuple[tuple[str, tuple[float, float]], ...]:
    features = json.loads(path.read_text("utf-8"))["features"]
    named = (each["properties"] for each in features)
    return tuple(
        (str(each["name"]), (float(each["centre"][0]), float(each["centre"][1])))
        for each in named
        if "centre" in each
    )


def _polygons(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    found: list[Any] = geometry["coordinates"]
    return [found] if geometry["type"] == "Polygon" else found


def _frame(points: Sequence[Point]) -> Frame:
    lons, lats = [p.lon for p in points], [p.lat for p in points]
    wide = max(max(lons) - min(lons), DEGREES_MIN)
    high = max(max(lats) - min(lats), DEGREES_MIN)
    middle = (max(lats) + min(lats)) / 2
    narrowing = cos(radians(middle))
    scale = min((WIDTH - 2 * MARGIN) / (wide * narrowing), (HEIGHT - 2 * MARGIN) / high)
    west = (max(lons) + min(lons) - wide) / 2
    north = middle + high / 2
    left = (WIDTH - wide * narrowing * scale) / 2
    return Frame(west, north, narrowing, scale, left, (HEIGHT - high * scale) / 2)


def _outline(ring: Sequence[tuple[float, float]], frame: Frame) -> str:
    corners = " ".join(frame.spot(lon, lat) for lon, lat in ring)
    return (
        f'<polygon points="{corners}" fill="#ffffff" stroke="#9db0a8"'
        ' stroke-width="1" stroke-linejoin="round"/>'
    )


def _name(said: str, spot: str) -> str:
    x, y = spot.split(",")
    return (
        f'<text x="{x}" y="{y}" font-size="16" font-family="sans-serif"'
        f' text-anchor="middle" fill="#5f7169">{escape(said)}</text>'
    )


def _line(route: RouteView, frame: Frame, paint: str) -> str:
    way = " ".join(frame.spot(stop.point.lon, stop.point.lat) for stop in route.stops)
    return (
        f'<polyline points="{way}" fill="none" stroke="{paint}" stroke-width="2.5"'
        ' stroke-linejoin="round" stroke-opacity="0.85"/>'
    )


def _stops(route: RouteView, frame: Frame, paint: str) -> str:
    return "".join(
        _stop(stop.kind, stop.no, frame.spot(stop.point.lon, stop.point.lat), paint)
        for stop in route.stops
    )


def _stop(kind: str, no: int, spot: str, paint: str) -> str:
    x, y = spot.split(",")
    if kind == "dropoff":
        return (
            f'<circle cx="{x}" cy="{y}" r="6" fill="{paint}"/>'
            f'<text x="{x}" y="{y}" dy="2.5" font-size="7" font-family="sans-serif"'
            f' text-anchor="middle" fill="#ffffff">{escape(str(no))}</text>'
        )
    if kind == "pickup":
        left, top = float(x) - 4, float(y) - 4
        return (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="8" height="8"'
            f' fill="#ffffff" stroke="{paint}" stroke-width="2"/>'
        )
    return f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="{paint}" stroke-width="2"/>'

"""Datum conversion at the edge: Chinese maps give GCJ-02 or BD-09, we keep WGS-84."""

from math import atan2, cos, hypot, pi, sin, sqrt

from pharmacies.places import Point

# Krasovsky 1940, on which the GCJ-02 offset (火星坐标) is defined.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BD_TURN = pi * 3000 / 180
_INVERSE_STEPS = 6  # each step shrinks the error about a thousandfold


def gcj_from_wgs(point: Point) -> Point:
    """Shift a WGS-84 point to GCJ-02 (AMap, Tencent); outside China nothing moves."""
    if not _in_china(point):
        return point
    x, y = point.lon - 105, point.lat - 35
    phi = point.lat * pi / 180
    magic = 1 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (magic * sqrt(magic))
    parallel_m = _AXIS_M / sqrt(magic) * cos(phi)
    lon = point.lon + _east_m(x, y) * 180 / (parallel_m * pi)
    lat = point.lat + _north_m(x, y) * 180 / (meridian_m * pi)
    return Point(lon, lat)


def wgs_from_gcj(point: Point) -> Point:
    """Find the WGS-84 point whose GCJ-02 image is given, to well under a metre."""
    guess = point
    for _ in range(_INVERSE_STEPS):
        image = gcj_from_wgs(guess)
        guess = Point(
            guess.lon + point.lon - image.lon, guess.lat + point.lat - image.lat
        )
    return guess


def bd_from_gcj(point: Point) -> Point:
    """Shift a GCJ-02 point to BD-09 (Baidu)."""
    radius = hypot(point.lon, point.lat) + 0.000_02 * sin(point.lat * _BD_TURN)
    angle = atan2(point.lat, point.lon) + 0.000_003 * cos(point.lon * _BD_TURN)
    return Point(radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006)


def gcj_from_bd(point: Point) -> Point:
    """Find the GCJ-02 point whose BD-09 image is given."""
    guess = Point(point.lon - 0.0065, point.lat - 0.006)
    for _ in range(_INVERSE_STEPS):
        image = bd_from_gcj(guess)
        guess = Point(
            guess.lon + point.lon - image.lon, guess.lat + point.lat - image.lat
        )
    return guess


def _in_china(point: Point) -> bool:
    return 72.004 <= point.lon <= 137.8347 and 0.8293 <= point.lat <= 55.8271


def _east_m(x: float, y: float) -> float:
    bend = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    wave = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    wave += 20 * sin(x * pi) + 40 * sin(x / 3 * pi)
    wave += 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    return bend + wave * 2 / 3


def _north_m(x: float, y: float) -> float:
    bend = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    wave = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    wave += 20 * sin(y * pi) + 40 * sin(y / 3 * pi)
    wave += 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)
    return bend + wave * 2 / 3

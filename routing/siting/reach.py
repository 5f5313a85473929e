"""Who is near enough to whom: places of people against places of shops."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, floor, radians

import numpy as np
import numpy.typing as npt

from pharmacies.places import Point
from routing.travel import GeodesicTravel, TravelTimes

Numbers = npt.NDArray[np.int64]

METRES_MAX, SECONDS_MAX = 200_000, 4 * 3600
# Where seconds are asked for, nobody looks farther than one can get at this speed.
_FASTEST_M_S = 130 / 3.6
_DEGREE_M = 110_500.0  # of latitude, the shortest
_ASKED_MAX = 400  # points that a road engine is asked about at once


@dataclass(frozen=True, slots=True)
class Limit:
    """How far is near: so many metres of way, or so many seconds; one of them."""

    distance_m: int | None = None
    travel_s: int | None = None

    def __post_init__(self) -> None:
        if (self.distance_m is None) == (self.travel_s is None):
            raise ValueError("expected metres or seconds, one of them")
        if self.distance_m is not None and not 0 < self.distance_m <= METRES_MAX:
            raise ValueError(f"expected 1 to {METRES_MAX} m")
        if self.travel_s is not None and not 0 < self.travel_s <= SECONDS_MAX:
            raise ValueError(f"expected 1 to {SECONDS_MAX} s")

    @property
    def straight_m(self) -> float:
        """Return how far a place within the limit can be, as the crow flies."""
        return self.distance_m or (self.travel_s or 0) * _FASTEST_M_S


def limit_of(km: float | None, minutes: float | None) -> Limit:
    """Read how far is near in kilometres of way or in minutes; ValueError unless one is given.

    >>> limit_of(1.5, None), limit_of(None, 15)
    (Limit(distance_m=1500, travel_s=None), Limit(distance_m=None, travel_s=900))
    """
    distance_m = None if km is None else round(km * 1000)
    return Limit(distance_m, None if minutes is None else round(minutes * 60))


def reached(
    places: Sequence[Point], shops: Sequence[Point], limit: Limit, travel: TravelTimes
) -> list[Numbers]:
    """Return for each place the shops within the limit, by their number.

    The way leads from the place to the shop. Shops and places are compared tile by tile,
    so that nobody is measured against the other end of a province.
    """
    found: list[list[Numbers]] = [[] for _ in places]
    for some, near in _tiles(places, shops, limit.straight_m):
        for rows in _portions(near, travel, len(some)):
            close = _close(
                [places[it] for it in rows], [shops[it] for it in some], limit, travel
            )
            for row, shown in zip(rows, close, strict=True):
                if shown.any():
                    found[row].append(some[shown])
    none = np.empty(0, np.int64)
    return [np.sort(np.concatenate(it)) if it else none for it in found]


def _tiles(
    places: Sequence[Point], shops: Sequence[Point], straight_m: float
) -> Iterator[tuple[Numbers, Numbers]]:
    """Give the shops of each tile with the places that could be near one of them."""
    side = max(straight_m, 2_000.0) / _DEGREE_M
    tiles = defaultdict(list)
    for number, shop in enumerate(shops):
        tiles[floor(shop.lon / side), floor(shop.lat / side)].append(number)
    lon = np.array([it.lon for it in places])
    lat = np.array([it.lat for it in places])
    margin = straight_m / _DEGREE_M
    for key in sorted(tiles):
        mine = tiles[key]
        lats = [shops[it].lat for it in mine]
        lons = [shops[it].lon for it in mine]
        wide = margin / max(0.1, cos(radians(max(map(abs, lats)) + margin)))
        near = (lat >= min(lats) - margin) & (lat <= max(lats) + margin)
        near &= (lon >= min(lons) - wide) & (lon <= max(lons) + wide)
        yield np.array(mine), np.flatnonzero(near)


def _portions(near: Numbers, travel: TravelTimes, shops: int) -> Iterator[Numbers]:
    most = len(near) or 1
    if not isinstance(travel, GeodesicTravel):
        most = max(1, _ASKED_MAX - shops)
    return (near[at : at + most] for at in range(0, len(near), most))


def _close(
    places: Sequence[Point], shops: Sequence[Point], limit: Limit, travel: TravelTimes
) -> npt.NDArray[np.bool_]:
    if isinstance(travel, GeodesicTravel):
        travel_s, distance_m = travel.between(places, shops)
    else:
        ways = travel.matrices([*places, *shops])
        corner = np.s_[: len(places), len(places) :]
        travel_s, distance_m = ways.travel_s[corner], ways.distance_m[corner]
    if limit.distance_m is not None:
        return np.asarray(distance_m <= limit.distance_m)
    return np.asarray(travel_s <= (limit.travel_s or 0))

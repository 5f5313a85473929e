"""Ways along the geodesic, stretched by a detour: what is known without any map.

It knows nothing of rivers and ferries: the islands of 洞头 and the crossings of the 瓯江
want a road engine behind the same Protocol.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from pharmacies.places import Point
from routing.problem import Matrix
from routing.travel.detour import Detour, Speeds
from routing.travel.ways import Ways, sealed, whole

# WGS-84: half the long axis in metres and the square of the eccentricity.
_AXIS_M = 6_378_137.0
_ECCENTRICITY_2 = 6.694_379_990_141_32e-3
_CELLS_MAX = 1 << 17  # worked on at once: what fits into little memory

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GeodesicTravel:
    """Travel along the geodesic with a detour, at the speed of the hour."""

    detour: Detour = field(default_factory=Detour)
    speeds: Speeds = field(default_factory=Speeds)

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return travel seconds and metres between all points, rounded up."""
        size, seconds_per_m = len(points), 3.6 / self.speeds.at(at)
        travel_s = np.zeros((size, size), np.int32)
        distance_m = np.zeros((size, size), np.int32)
        for rows, block_m in _blocks(points, points):
            self.detour.stretch(block_m)
            whole(block_m * seconds_per_m, travel_s[rows])
            whole(block_m, distance_m[rows])
        return Ways(sealed(travel_s), sealed(distance_m), self.told(at))

    def between(
        self,
        origins: Sequence[Point],
        targets: Sequence[Point],
        *,
        at: datetime | None = None,
    ) -> tuple[Matrix, Matrix]:
        """Return travel seconds and metres from each origin to each target, rounded up."""
        shape, seconds_per_m = (len(origins), len(targets)), 3.6 / self.speeds.at(at)
        travel_s, distance_m = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for rows, block_m in _blocks(origins, targets):
            self.detour.stretch(block_m)
            whole(block_m * seconds_per_m, travel_s[rows])
            whole(block_m, distance_m[rows])
        return travel_s, distance_m

    def told(self, at: datetime | None = None) -> str:
        """Say what the ways are reckoned from."""
        detour = f"{self.detour.factor:g} + {self.detour.short_m:g} m"
        return f"geodesic × {detour}, {self.speeds.at(at):g} km/h"


def geodesics_m(points: Sequence[Point]) -> Reals:
    """Return the geodesic between all points in metres, all pairs at once.

    The ellipsoid is taken as a sphere that fits it at each pair's middle
    latitude: within 0.02 % of geopy's geodesic up to 200 km, thousands of times
    as fast. Ways across half a country are not its business.
    """
    found = np.zeros((len(points), len(points)))
    for rows, block_m in _blocks(points, points):
        found[rows] = block_m
    return found


def _blocks(
    origins: Sequence[Point], targets: Sequence[Point]
) -> Iterator[tuple[slice, Reals]]:
    """Give the geodesics of some origins to all targets at a time.

    Gauss's middle-latitude formula: the chord of the two half steps. Sine and cosine of
    sums and differences come from those of the points, so that no cell costs any.
    """
    lon, lat = _half_angles(targets)
    sin_lon, cos_lon = np.sin(lon), np.cos(lon)
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    step = max(1, _CELLS_MAX // max(len(targets), 1))
    for first in range(0, len(origins), step):
        rows = slice(first, min(first + step, len(origins)))
        east, north = _half_angles(origins[rows])
        s, c = np.sin(north)[:, None], np.cos(north)[:, None]
        sin_north, sin_middle = c * sin_lat - s * cos_lat, s * cos_lat + c * sin_lat
        cos_middle = c * cos_lat - s * sin_lat
        s, c = np.sin(east)[:, None], np.cos(east)[:, None]
        sin_east, cos_east = c * sin_lon - s * cos_lon, c * cos_lon + s * sin_lon
        yield (
            rows,
            _chords(
                sin_north, sin_middle, cos_middle, sin_east=sin_east, cos_east=cos_east
            ),
        )


def _half_angles(points: Sequence[Point]) -> tuple[Reals, Reals]:
    lon = np.radians(np.array([point.lon for point in points], dtype=np.float64)) / 2
    lat = np.radians(np.array([point.lat for point in points], dtype=np.float64)) / 2
    return lon, lat


def _chords(
    sin_north: Reals,
    sin_middle: Reals,
    cos_middle: Reals,
    *,
    sin_east: Reals,
    cos_east: Reals,
) -> Reals:
    bulge = 1 - _ECCENTRICITY_2 * sin_middle * sin_middle
    # The radius east-west is axis / √bulge; north-south it is that × (1 - e²) / bulge.
    sin_north *= cos_east
    sin_north *= (1 - _ECCENTRICITY_2) / bulge
    sin_east *= cos_middle
    sin_north *= sin_north
    sin_east *= sin_east
    sin_north += sin_east
    sin_north /= bulge
    np.sqrt(sin_north, out=sin_north)
    sin_north *= 2 * _AXIS_M
    return sin_north

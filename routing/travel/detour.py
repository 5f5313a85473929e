"""How much longer than the straight line a way is, and how fast couriers are. Pure.

Published: the way is 1.324 times the straight line in the mean of 25 Chinese cities, and
more than that on short trips (Annals of GIS 2021, doi 10.1080/19475683.2021.1966503). How
much more, and any figure for Wenzhou, is not. The default for short trips is one mesh of
streets: 250 m, the widest spacing that GB 50180-2018 (6.0.2) recommends, and what its
8 km of streets in a square kilometre come to. That is a guess with a reason; an operator who
has measured sets other figures, with their source.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from dispensing.days import CHINA

DETOUR_FACTOR = 1.324
SHORT_M = 250.0
TOWN_SPEED_KMH = 22.0

Metres = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Detour:
    """The way over the straight line d: `factor`·d + `short_m`·d / (d + `short_m`).

    So the factor is one higher next door, and its published self far away; twice as far
    is never more than twice the way, which keeps a detour over a third place no shorter.
    """

    factor: float = DETOUR_FACTOR
    short_m: float = SHORT_M
    source: str = "doi 10.1080/19475683.2021.1966503; GB 50180-2018"

    def __post_init__(self) -> None:
        if not 1 <= self.factor <= 10:
            raise ValueError(f"expected a detour factor of 1 to 10, got {self.factor}")
        if not 0 <= self.short_m <= 10_000:
            raise ValueError(f"expected short_m of 0 to 10000 m, got {self.short_m}")
        if not self.source.strip():
            raise ValueError("a detour needs its source")

    def stretch(self, straight_m: Metres) -> None:
        """Turn straight lines into ways, in place."""
        if self.short_m:
            more = straight_m / (straight_m + self.short_m)
            more *= self.short_m
            straight_m *= self.factor
            straight_m += more
        else:
            straight_m *= self.factor


@dataclass(frozen=True, slots=True)
class Speeds:
    """How fast couriers are on the road in km/h: one speed, or one for each hour of a day."""

    kmh: float = TOWN_SPEED_KMH
    by_hour: tuple[float, ...] = ()
    source: str = "an assumption for electric two-wheelers in a town"

    def __post_init__(self) -> None:
        for speed in (self.kmh, *self.by_hour):
            if not 0 < speed <= 200:
                raise ValueError(f"expected a speed above 0 and to 200 km/h: {speed}")
        if len(self.by_hour) not in (0, 24):
            raise ValueError(f"expected 24 speeds by hour, got {len(self.by_hour)}")
        if not self.source.strip():
            raise ValueError("speeds need their source")

    def at(self, at: datetime | None) -> float:
        """Return the speed of the hour (China) in which an instant lies."""
        if at is None or not self.by_hour:
            return self.kmh
        return self.by_hour[at.astimezone(CHINA).hour]

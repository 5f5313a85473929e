"""Ask a road engine sparingly: what was asked is kept, and one that is away is left alone."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from dispensing.days import CHINA
from pharmacies.places import Point
from routing.travel.ways import RoadsAway, TravelTimes, Ways

KEPT_MAX = 4096
REST_S = 60.0
Asked = tuple[tuple[Point, ...], int]


@dataclass(slots=True)
class Sparing:
    """The first one's ways for a few points, or the second one's while the first rests.

    A question is asked once in an hour of the day, however many look; after a question without
    an answer the first one is not asked for a while, so that a forecast never waits twice.
    """

    first: TravelTimes
    second: TravelTimes
    clock: Callable[[], float]
    _kept: OrderedDict[Asked, Ways] = field(default_factory=OrderedDict)
    _rests_until_s: float = float("-inf")
    _why: str = ""
    _guard: Lock = field(default_factory=Lock)

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return the ways between points, as they are known at hand."""
        asked = tuple(points), at.astimezone(CHINA).hour if at else -1
        with self._guard:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        if self.clock() < self._rests_until_s:
            return replace(self.second.matrices(points, at=at), instead_of=self._why)
        try:
            found = self.first.matrices(points, at=at)
        except RoadsAway as away:
            self._rests_until_s, self._why = self.clock() + REST_S, str(away)
            return replace(self.second.matrices(points, at=at), instead_of=self._why)
        if found.missing():  # a fix may lie where the map has no road
            found = self.second.matrices(points, at=at)
        with self._guard:
            self._kept[asked] = found
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return found

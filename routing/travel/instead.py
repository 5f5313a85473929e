"""What is reckoned where the road engine does not answer; the plan tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pharmacies.places import Point
from routing.travel.ways import RoadsAway, TravelTimes, Ways


@dataclass(frozen=True, slots=True)
class Instead:
    """The first one's ways, or the second one's with the reason why not the first one's."""

    first: TravelTimes
    second: TravelTimes

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return the first answer that can be had."""
        try:
            return self.first.matrices(points, at=at)
        except RoadsAway as away:
            return replace(self.second.matrices(points, at=at), instead_of=str(away))

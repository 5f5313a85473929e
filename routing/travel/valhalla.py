"""Valhalla: its matrix service over HTTP, with a costing for scooters.

Fields as in the project's matrix API reference: `sources_to_targets`, rows of sources with
`time` (seconds) and `distance` (kilometres) in each cell, null where there is no route; asked
to be brief, newer versions answer `durations` and `distances` instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isqrt
from typing import Any

from dispensing.days import CHINA
from pharmacies.places import Point
from routing.travel.asking import Asking
from routing.travel.cells import Part, Table, checked, put_together
from routing.travel.ways import RoadsAway, Ways

_KM_M = 1000


@dataclass(frozen=True, slots=True)
class ValhallaTravel:
    """Valhalla behind an address; `pairs_max` is its limit of cells in one answer."""

    url: str
    costing: str = "motor_scooter"
    pairs_max: int = 2500
    seconds_max: float = 60.0

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return travel seconds and metres by road; raises RoadsAway."""
        with Asking("Valhalla", self.url, self.seconds_max) as asking:

            def ask(part: Part) -> Table:
                body = self._body(points, part, at)
                return _table(asking.post("/sources_to_targets", body), part)

            side = max(1, isqrt(self.pairs_max))
            return put_together(len(points), side, ask, source=self.told(at))

    def told(self, at: datetime | None = None) -> str:
        """Say whose figures the ways are, and of which hour of which weekday."""
        hour = "" if at is None else f"{at.astimezone(CHINA):, %a %H} h"
        return f"Valhalla {self.costing} {self.url}{hour}"

    def _body(
        self, points: Sequence[Point], part: Part, at: datetime | None
    ) -> dict[str, Any]:
        sources, targets = (
            [{"lat": points[it].lat, "lon": points[it].lon} for it in each]
            for each in part
        )
        body: dict[str, Any] = {
            "sources": sources,
            "targets": targets,
            "costing": self.costing,
            "units": "kilometers",
            "verbose": False,
        }
        # Leaving at an hour is not known to it for more sources than targets.
        if at is not None and len(sources) <= len(targets):
            leaving = f"{at.astimezone(CHINA):%Y-%m-%dT%H:00}"
            body["date_time"] = {"type": 1, "value": leaving}
        return body


def _table(answer: dict[str, Any], part: Part) -> Table:
    told = answer.get("sources_to_targets")
    if answer.get("units", "kilometers") not in ("kilometers", "km"):
        raise RoadsAway("Valhalla", f"units: asked for km, got {answer['units']}")
    if isinstance(told, dict):
        seconds, lengths = told.get("durations"), told.get("distances")
    else:
        seconds, lengths = _of_cells(told, "time"), _of_cells(told, "distance")
    return (
        checked("Valhalla", "time", seconds, part),
        checked("Valhalla", "distance", lengths, part, scale=_KM_M),
    )


def _of_cells(told: Any, name: str) -> list[list[Any]]:
    try:
        return [[cell[name] for cell in row] for row in told]
    except (TypeError, KeyError, IndexError):
        raise RoadsAway("Valhalla", f"sources_to_targets without {name}") from None

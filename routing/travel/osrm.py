"""OSRM: its table service over HTTP, or in this process from a local extract.

Fields as in the project's docs/http.md: `code`, `durations` (seconds) and `distances`
(metres), rows of sources, null where there is no route.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pharmacies.places import Point
from routing.travel.asking import Asking
from routing.travel.cells import Part, Table, checked, put_together
from routing.travel.ways import RoadsAway, Ways


@dataclass(frozen=True, slots=True)
class OsrmTravel:
    """OSRM behind an address; `places_max` is its `--max-table-size`.

    OSRM knows one speed for each street, whatever the hour.
    """

    url: str
    profile: str = "driving"
    places_max: int = 100
    seconds_max: float = 60.0

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return travel seconds and metres by road; raises RoadsAway."""
        with Asking("OSRM", self.url, self.seconds_max) as asking:

            def ask(part: Part) -> Table:
                return _table("OSRM", asking.get(self._path(points, part)), part)

            side = max(1, self.places_max // 2)
            return put_together(len(points), side, ask, source=self.told(at))

    def told(self, at: datetime | None = None) -> str:
        """Say whose figures the ways are."""
        return f"OSRM {self.profile} {self.url}"

    def _path(self, points: Sequence[Point], part: Part) -> str:
        rows, columns = part
        asked = [points[it] for it in (*rows, *columns)]
        places = ";".join(f"{it.lon:.6f},{it.lat:.6f}" for it in asked)
        sources = ";".join(map(str, range(len(rows))))
        targets = ";".join(map(str, range(len(rows), len(asked))))
        return (
            f"/table/v1/{self.profile}/{places}?annotations=duration,distance"
            f"&generate_hints=false&sources={sources}&destinations={targets}"
        )


@dataclass(frozen=True, slots=True)
class OsrmHere:
    """OSRM in this process, from an extract that `osrm-extract` has prepared.

    `osrm-bindings` wants Python 3.12 or newer; where it is missing, RoadsAway says so.
    """

    extract: Path
    algorithm: str = "MLD"
    places_max: int = 1000

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return travel seconds and metres by road; raises RoadsAway."""
        osrm = _bindings()
        try:
            engine = osrm.OSRM(
                storage_config=str(self.extract),
                algorithm=self.algorithm,
                use_shared_memory=False,
                max_locations_distance_table=self.places_max,
            )
        except Exception as error:  # whatever the bindings raise for a file
            raise RoadsAway("OSRM here", f"{self.extract}: {error}") from error

        def ask(part: Part) -> Table:
            return _table("OSRM here", _asked(osrm, engine, points, part), part)

        side = max(1, self.places_max // 2)
        return put_together(len(points), side, ask, source=self.told(at))

    def told(self, at: datetime | None = None) -> str:
        """Say whose figures the ways are."""
        return f"OSRM {self.algorithm} {self.extract.name}"


def _bindings() -> Any:
    try:
        return importlib.import_module("osrm")
    except ImportError:
        missing = "install yaoda[osrm]; its wheels want Python 3.12 or newer"
        raise RoadsAway("OSRM here", missing) from None


def _asked(
    osrm: Any, engine: Any, points: Sequence[Point], part: Part
) -> Mapping[str, Any]:
    rows, columns = part
    try:
        answer = engine.Table(
            osrm.TableParameters(
                coordinates=[
                    (points[it].lon, points[it].lat) for it in (*rows, *columns)
                ],
                sources=list(range(len(rows))),
                destinations=list(range(len(rows), len(rows) + len(columns))),
                annotations=["duration", "distance"],
            )
        )
        # What the bindings answer is like lists, and is none.
        return {
            "code": "Ok",
            **{
                name: [list(row) for row in answer[name]]
                for name in ("durations", "distances")
            },
        }
    except Exception as error:
        raise RoadsAway("OSRM here", str(error)) from error


def _table(engine: str, answer: Mapping[str, Any], part: Part) -> Table:
    if answer.get("code") != "Ok":
        raise RoadsAway(engine, f"{answer.get('code')} {answer.get('message', '')}")
    return (
        checked(engine, "durations", answer.get("durations"), part),
        checked(engine, "distances", answer.get("distances"), part),
    )

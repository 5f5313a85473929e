"""What is measured: which files and days, for how many seconds, against which target."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import fixtures
from routing.formats.instance import Format
from routing.formats.reading import read_instance

COMMITTED = Path(fixtures.__file__).parent / "benchmarks"
_SMALL_NODES_MAX = 800
SOLVERS = ("ours", "vroom", "pyvrp", "pieces", "usual")
CITY_SECONDS = {500: 10, 1_000: 15, 2_000: 20, 5_000: 45, 10_000: 60}
# One model of everything breaks beyond this: planning it would only heat the room.
USUAL_STOPS_MAX = 2_000


class Work(StrEnum):
    """A line of the table of figures."""

    SMALL = "small"
    THOUSAND = "thousand"
    CITY = "city"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True)
class Job:
    """One case for every solver, with its seconds."""

    name: str
    spec: Mapping[str, Any]
    seconds: float
    solvers: tuple[str, ...]


def jobs(work: Work, instances: Path | None, only: Iterable[str]) -> Iterator[Job]:
    """Yield what a work consists of; `only` keeps names, or those that hold a word."""
    days = work in (Work.CITY, Work.GROWTH)
    every = list(_days(work) if days else _files(work, instances))
    names = {job.name.lower() for job in every}
    words = [word.lower() for word in only]
    for job in every:
        name = job.name.lower()
        if not words or any(
            word == name or (word not in names and word in name) for word in words
        ):
            yield job


def best_known(instances: Path | None) -> dict[str, tuple[int, float]]:
    """Return the best-known answers by name: vehicles and distance."""
    known: dict[str, tuple[int, float]] = {}
    for path in (
        COMMITTED / "best-known.json",
        instances and instances / "best_known.json",
    ):
        if path and path.is_file():
            for name, it in json.loads(path.read_text("utf-8")).items():
                known[name] = it["vehicles"], it["distance"]
    return known


def _files(work: Work, instances: Path | None) -> Iterator[Job]:
    seconds = 30.0 if work is Work.SMALL else 60.0
    folder = instances or COMMITTED
    for form in Format:
        for path in sorted((folder / form).glob("*.txt")):
            small = len(read_instance(path, form).nodes) <= _SMALL_NODES_MAX
            if small == (work is Work.SMALL):
                spec = {"file": str(path.absolute()), "format": form.value}
                yield Job(path.stem, spec, seconds, ("ours", "vroom", "pyvrp", "usual"))


def _days(work: Work) -> Iterator[Job]:
    for stops, seconds in CITY_SECONDS.items():
        solvers = ["ours"]
        if work is Work.CITY:
            solvers += ["vroom", "pyvrp", "pieces"]
            solvers += ["usual"] if stops <= USUAL_STOPS_MAX else []
        yield Job(f"city-{stops}", {"stops": stops}, seconds, tuple(solvers))

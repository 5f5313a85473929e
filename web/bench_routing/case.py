"""One piece of work for a solver: a benchmark file or a plain city day, as a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.city.plain import plain_day
from routing.formats.answer import answer_of
from routing.formats.checking import objections
from routing.formats.instance import Format, Instance
from routing.formats.reading import read_instance
from routing.formats.scaled import Objective, problem_of
from routing.problem import Kind, Problem

Stop = tuple[int, Kind]
"""A parcel by its number in the problem, and whether it is picked up or dropped."""

Tours = Mapping[int, Sequence[Stop]]
"""The stops of each courier who drives, by number in the problem."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer is worth, and what is wrong with it."""

    vehicles: int
    distance: float
    unserved: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A problem with where it came from: a file, or None for a made-up day."""

    name: str
    problem: Problem
    instance: Instance | None

    def judge(self, tours: Tours) -> Judged:
        """Check tours without any solver's code, by the file where there is one."""
        if self.instance is None:
            return _judged_day(self.problem, tours)
        routes = [[self._place(stop) for stop in stops] for stops in tours.values()]
        answer = answer_of(self.instance, routes)
        faults = objections(self.instance, answer)
        return Judged(answer.vehicles, answer.distance, len(answer.unserved), faults)

    def _place(self, stop: Stop) -> int:
        return place_of(self.problem, stop)


def load(spec: Mapping[str, Any]) -> Case:
    """Make the case that a specification names: a file with its format, or a day's stops."""
    if "stops" in spec:
        stops, seed = int(spec["stops"]), int(spec["day_seed"])
        return Case(f"city-{stops}", plain_day(stops, seed=seed), None)
    path = Path(spec["file"])
    instance = read_instance(path, Format(spec["format"]))
    return Case(path.stem, problem_of(instance, Objective.VEHICLES), instance)


def place_of(problem: Problem, stop: Stop) -> int:
    """Return where a stop is."""
    parcel = problem.parcels[stop[0]]
    return parcel.counter if stop[1] is Kind.PICKUP else parcel.dropoff


def _judged_day(problem: Problem, tours: Tours) -> Judged:
    """Drive every tour by the clock; the distance of a day is its seconds of travel."""
    driven = {number: stops for number, stops in tours.items() if stops}
    travel_s, faults = 0, []
    seen: set[Stop] = set()
    for number, stops in driven.items():
        twice = [stop for stop in stops if stop in seen]
        seen.update(stops)
        faults += [f"parcel {stop[0]} twice" for stop in twice]
        spent_s, wrong = _driven(problem, number, stops)
        travel_s += spent_s
        faults += wrong
    unserved = 2 * len(problem.parcels) - len(seen)
    return Judged(len(driven), travel_s, unserved, tuple(faults))


def _driven(
    problem: Problem, number: int, stops: Sequence[Stop]
) -> tuple[int, list[str]]:
    courier, faults = problem.couriers[number], []
    now_s, here, total_s = courier.start_s, courier.start, 0
    aboard: set[int] = set()
    for stop in stops:
        parcel = problem.parcels[stop[0]]
        picked = stop[1] is Kind.PICKUP
        there = place_of(problem, stop)
        total_s += problem.way_s(here, there)
        opens_s = parcel.ready_s if picked else parcel.open_s
        closes_s = parcel.pickup_close_s if picked else parcel.close_s
        now_s = max(now_s + problem.way_s(here, there), opens_s)
        if closes_s is not None and now_s > closes_s:
            faults.append(
                f"{parcel.id}: {stop[1]} at {now_s} s, closes at {closes_s} s"
            )
        if picked == (stop[0] in aboard):
            faults.append(f"{parcel.id}: {stop[1]} out of turn")
        (aboard.add if picked else aboard.discard)(stop[0])
        if (
            sum(problem.parcels[it].size_parcels for it in aboard)
            > courier.capacity_parcels
        ):
            faults.append(f"{courier.id}: too full after {parcel.id}")
        now_s += problem.handling_s(parcel) if picked else problem.service_s(parcel)
        here = there
    total_s += problem.way_s(here, courier.end)
    if now_s + problem.way_s(here, courier.end) > courier.end_s:
        faults.append(f"{courier.id}: back too late")
    if aboard:
        faults.append(f"{courier.id}: {len(aboard)} parcels never dropped")
    return total_s, faults

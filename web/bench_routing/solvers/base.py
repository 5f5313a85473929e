"""What the comparison asks of every solver, and what they share.

A solver is a file with `run(problem, *, seconds, seed, workers) -> Found`.
"""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from routing.problem import Courier, Kind, Problem
from web.bench_routing.case import Tours


@dataclass(frozen=True, slots=True)
class Found:
    """Tours, and the cost each better answer had with the seconds it was found after."""

    tours: Tours
    better: tuple[tuple[float, int, int], ...] = ()  # seconds, cost in fen, unserved
    notes: dict[str, Any] = field(default_factory=dict)


def horizon_s(problem: Problem) -> int:
    """Return when the last courier must be back."""
    return max(courier.end_s for courier in problem.couriers)


def fixed_fen(problem: Problem) -> int:
    """Return what a peer is told that a vehicle costs: ten days of driving, if anything.

    Much more than that, as our own problem has it, serves no peer: their search weighs
    a broken window against it.
    """
    return 10 * horizon_s(problem) if problem.prices.courier_fen else 0


def fleets(problem: Problem) -> list[list[int]]:
    """Group couriers who are alike, by their numbers."""

    def alike(number: int) -> tuple[int, ...]:
        it: Courier = problem.couriers[number]
        return it.start, it.end, it.start_s, it.end_s, it.capacity_parcels

    numbers = sorted(range(len(problem.couriers)), key=alike)
    return [list(group) for _, group in groupby(numbers, key=alike)]


def clock(problem: Problem, number: int, kind: Kind) -> tuple[int, int, int]:
    """Return when a stop opens and closes, and how long its service takes, in seconds."""
    parcel = problem.parcels[number]
    if kind is Kind.DROPOFF:
        return parcel.open_s, parcel.close_s, problem.service_s(parcel)
    closes_s = parcel.pickup_close_s
    last_s = horizon_s(problem) if closes_s is None else closes_s
    return parcel.ready_s, last_s, problem.handling_s(parcel)

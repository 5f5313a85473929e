"""VROOM (pyvroom), with its highest exploration level."""

import time
from datetime import timedelta
from typing import Any

import numpy as np
import vroom

from routing.problem import Kind, Problem
from web.bench_routing.case import Stop, place_of
from web.bench_routing.solvers.base import Found, clock, fixed_fen

EXPLORATION = 5
# VROOM refuses costs whose sum could overflow: the dearest way to every place and all
# vehicles together. Fifty thousand million was refused, this was not.
_SUM_MAX = 30_000_000_000


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan by VROOM; it knows no seed."""
    begun = time.monotonic()
    asked = _input(problem)
    left_s = max(0.5, seconds - (time.monotonic() - begun))
    solved = asked.solve(EXPLORATION, workers, timeout=timedelta(seconds=left_s))
    kinds = {"pickup": Kind.PICKUP, "delivery": Kind.DROPOFF, "job": Kind.DROPOFF}
    tours = dict[int, list[Stop]]()
    told = solved.routes
    for courier, kind, number in zip(
        told["vehicle_id"], told["type"], told["id"], strict=True
    ):
        if kind in kinds:
            tours.setdefault(int(courier) - 1, []).append((int(number), kinds[kind]))
    return Found(tours)


def _input(problem: Problem) -> vroom.Input:
    asked = vroom.Input()
    by = _coarser(problem)
    asked.set_durations_matrix("car", _up(problem.travel_s, by).astype(np.uint32))
    costs = vroom.VehicleCosts(fixed=fixed_fen(problem) // by)
    asked.add_vehicle(
        [
            vroom.Vehicle(
                number + 1,
                start=it.start,
                end=it.end,
                capacity=[it.capacity_parcels],
                time_window=(_up(it.start_s, by), it.end_s // by),
                costs=costs,
            )
            for number, it in enumerate(problem.couriers)
        ]
    )
    numbers = range(len(problem.parcels))
    asked.add_job([_job(problem, number, by) for number in numbers])
    return asked


def _job(problem: Problem, number: int, by: int) -> vroom.Job | vroom.Shipment:
    parcel = problem.parcels[number]
    if parcel.pickup is None:
        return vroom.Job(
            number,
            delivery=vroom.Amount([parcel.size_parcels]),
            **_stop(problem, number, Kind.DROPOFF, by),
        )
    counter, door = (
        vroom.ShipmentStep(number, **_stop(problem, number, kind, by))
        for kind in (Kind.PICKUP, Kind.DROPOFF)
    )
    return vroom.Shipment(counter, door, amount=vroom.Amount([parcel.size_parcels]))


def _stop(problem: Problem, number: int, kind: Kind, by: int) -> dict[str, Any]:
    opens_s, closes_s, service_s = clock(problem, number, kind)
    window = _up(opens_s, by), max(_up(opens_s, by), closes_s // by)
    return {
        "location": place_of(problem, (number, kind)),
        "default_service": _up(service_s, by),
        "time_windows": [window],
    }


def _coarser(problem: Problem) -> int:
    """Return by how much times are told more coarsely, on the safe side, to be taken."""
    ways_s = int(problem.travel_s.max(axis=1).sum(dtype=np.int64))
    total = ways_s + fixed_fen(problem) * len(problem.couriers)
    by = 1
    while total // by > _SUM_MAX:
        by *= 10
    return by


def _up(value: Any, by: int) -> Any:
    return -(-value // by)

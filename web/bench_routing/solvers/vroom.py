"""VROOM (pyvroom), with its highest exploration level."""

import time
from datetime import timedelta

import numpy as np
import vroom

from routing.problem import Kind, Problem
from web.bench_routing.case import Stop
from web.bench_routing.solvers.base import Found, clock, fixed_fen

EXPLORATION = 5
_FIXED_MAX = 4_000_000_000  # what VROOM's numbers hold


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
    asked.set_durations_matrix("car", problem.travel_s.astype(np.uint32))
    costs = vroom.VehicleCosts(fixed=min(fixed_fen(problem), _FIXED_MAX))
    asked.add_vehicle(
        [
            vroom.Vehicle(
                number + 1,
                start=it.start,
                end=it.end,
                capacity=[it.capacity_parcels],
                time_window=(it.start_s, it.end_s),
                costs=costs,
            )
            for number, it in enumerate(problem.couriers)
        ]
    )
    asked.add_job([_job(problem, number) for number in range(len(problem.parcels))])
    return asked


def _job(problem: Problem, number: int) -> vroom.Job | vroom.Shipment:
    parcel = problem.parcels[number]
    *window, service_s = clock(problem, number, Kind.DROPOFF)
    if parcel.pickup is None:
        return vroom.Job(
            number,
            location=parcel.dropoff,
            default_service=service_s,
            delivery=vroom.Amount([parcel.size_parcels]),
            time_windows=[tuple(window)],
        )
    door = vroom.ShipmentStep(
        number,
        location=parcel.dropoff,
        default_service=service_s,
        time_windows=[tuple(window)],
    )
    *window, service_s = clock(problem, number, Kind.PICKUP)
    counter = vroom.ShipmentStep(
        number,
        location=parcel.pickup,
        default_service=service_s,
        time_windows=[tuple(window)],
    )
    return vroom.Shipment(counter, door, amount=vroom.Amount([parcel.size_parcels]))

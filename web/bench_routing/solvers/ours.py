"""The planner of this repository."""

import time

from routing.problem import Kind, Problem
from routing.solve import solve
from routing.verify import verify
from routing.watch import Watch
from web.bench_routing.solvers.base import Found


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan by `routing.solve`; the verifier's own word comes along."""
    watch = Watch(time.monotonic)
    plan = solve(
        problem, seconds_max=seconds, seed=seed, workers=workers, on_better=watch
    )
    watch(plan)
    number = {courier.id: at for at, courier in enumerate(problem.couriers)}
    parcel = {each.id: at for at, each in enumerate(problem.parcels)}
    tours = {
        number[route.courier_id]: [
            (parcel[visit.parcel_id], visit.kind)
            for visit in route.visits
            if visit.parcel_id is not None and visit.kind in (Kind.PICKUP, Kind.DROPOFF)
        ]
        for route in plan.routes
    }
    return Found(
        tours,
        tuple(watch.better),
        {"verifier": [it.rule for it in verify(problem, plan)][:5]},
    )

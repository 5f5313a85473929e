"""The planner of this repository."""

from routing.problem import Kind, Problem
from routing.solve import solve
from routing.verify import verify
from web.bench_routing.solvers.base import Found


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan by `routing.solve`; the verifier's own word comes along."""
    plan = solve(problem, seconds_max=seconds, seed=seed)
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
    return Found(tours, (), {"verifier": [it.rule for it in verify(problem, plan)][:5]})

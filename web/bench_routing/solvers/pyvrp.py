"""PyVRP: the better of two runs at once with different seeds, one for each core."""

import multiprocessing
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    Location,
    PenaltyParams,
    ProblemData,
    Route,
    Shipment,
    Solution,
    VehicleType,
)
from pyvrp.solve import SolveParams, solve
from pyvrp.stop import MaxRuntime

from routing.problem import Kind, Problem
from web.bench_routing.case import Stop
from web.bench_routing.solvers.base import Found, clock, fixed_fen, fleets

INFEASIBLE = 2**62
# The bound of penalties: PyVRP's own, and for every other run one that it advises where
# a unit of load weighs little beside a vehicle's price.
PENALTIES_MAX = (PenaltyParams().max_penalty, 1e10)
_SEED_STEP = 1000
_GRACE = 3  # times the seconds given, until a run is given up


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan by PyVRP in as many processes as there are workers, and take the best."""
    seeds = [seed + _SEED_STEP * each for each in range(workers)]
    if workers == 1:
        return _found([alone(problem, seconds=seconds, seed=seed)])
    forked: Any = multiprocessing.get_context("fork")
    with forked.Pool(workers) as pool:
        asked = [
            pool.apply_async(_forked, (problem, seconds, it, PENALTIES_MAX[at % 2]))
            for at, it in enumerate(seeds)
        ]
        return _found([it.get(_GRACE * seconds + 120) for it in asked])


def _forked(
    problem: Problem, seconds: float, seed: int, penalty_max: float
) -> tuple[bool, int, Any]:
    return alone(problem, seconds=seconds, seed=seed, penalty_max=penalty_max)


def _found(runs: Sequence[tuple[bool, int, Any]]) -> Found:
    feasible, cost, tours = min(runs, key=lambda it: (not it[0], it[1]))
    return Found(tours, (), {"feasible": feasible, "cost": cost})


def alone(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    start: dict[int, list[Stop]] | None = None,
    penalty_max: float = PENALTIES_MAX[0],
) -> tuple[bool, int, dict[int, list[Stop]]]:
    """Plan by one run: whether it breaks nothing, its cost, its tours."""
    begun = time.monotonic()
    data = data_of(problem)
    left_s = max(0.3, seconds - (time.monotonic() - begun))
    given = None if start is None else solution_of(problem, data, start)
    result = solve(
        data,
        MaxRuntime(left_s),
        seed=seed,
        collect_stats=False,
        display=False,
        params=SolveParams(penalty=PenaltyParams(max_penalty=penalty_max)),
        initial_solution=given,
    )
    feasible = result.is_feasible()
    cost = int(result.cost()) if feasible else INFEASIBLE
    return feasible, cost, _tours(problem, result.best)


def data_of(problem: Problem) -> ProblemData:
    """Return the problem as PyVRP has it; places are its locations."""
    ways: Any = problem.travel_s.astype(np.int64)
    groups = fleets(problem)
    depots = sorted({problem.couriers[group[0]].start for group in groups})
    at = {place: number for number, place in enumerate(depots)}
    return ProblemData(
        [Location(0, 0) for _ in range(problem.places)],
        [_client(problem, it) for it in _from_depot(problem)],
        [Depot(place) for place in depots],
        [_vehicles(problem, group, at) for group in groups],
        [ways],
        [ways],
        [],
        [_shipment(problem, it) for it in _paired(problem)],
    )


def solution_of(
    problem: Problem, data: ProblemData, tours: dict[int, list[Stop]]
) -> Solution:
    """Return tours as a solution to begin with."""
    at, groups = _numbers(problem), fleets(problem)
    type_of = {each: kind for kind, group in enumerate(groups) for each in group}
    routes = []
    for courier, stops in tours.items():
        activities = [_activity(at, problem, stop) for stop in stops]
        if activities:
            routes.append(Route(data, activities, type_of[courier]))
    return Solution(data, routes)


def _tours(problem: Problem, best: Solution) -> dict[int, list[Stop]]:
    loads, pairs = _from_depot(problem), _paired(problem)
    free = [list(group) for group in fleets(problem)]
    tours = {}
    for route in best.routes():
        stops: list[Stop] = []
        for it in route.schedule():
            if it.is_client():
                stops.append((loads[it.idx], Kind.DROPOFF))
            elif it.is_pickup() or it.is_delivery():
                kind = Kind.PICKUP if it.is_pickup() else Kind.DROPOFF
                stops.append((pairs[it.idx], kind))
        tours[free[route.vehicle_type()].pop(0)] = stops
    return tours


def _activity(at: dict[int, int], problem: Problem, stop: Stop) -> Activity:
    if problem.parcels[stop[0]].pickup is None:
        return Activity(ActivityType.CLIENT, at[stop[0]])
    picked = stop[1] is Kind.PICKUP
    kind = ActivityType.PICKUP if picked else ActivityType.DELIVERY
    return Activity(kind, at[stop[0]])


def _numbers(problem: Problem) -> dict[int, int]:
    """Return the number of each parcel among PyVRP's clients or shipments."""
    groups = (_from_depot(problem), _paired(problem))
    return {parcel: at for group in groups for at, parcel in enumerate(group)}


def _from_depot(problem: Problem) -> list[int]:
    return [at for at, it in enumerate(problem.parcels) if it.pickup is None]


def _paired(problem: Problem) -> list[int]:
    return [at for at, it in enumerate(problem.parcels) if it.pickup is not None]


def _vehicles(problem: Problem, group: list[int], at: dict[int, int]) -> VehicleType:
    courier = problem.couriers[group[0]]
    return VehicleType(
        len(group),
        [courier.capacity_parcels],
        at[courier.start],
        at[courier.end],
        fixed_cost=fixed_fen(problem),
        tw_early=courier.start_s,
        tw_late=courier.end_s,
    )


def _client(problem: Problem, number: int) -> Client:
    parcel = problem.parcels[number]
    opens_s, closes_s, service_s = clock(problem, number, Kind.DROPOFF)
    return Client(
        parcel.dropoff,
        delivery=[parcel.size_parcels],
        service_duration=service_s,
        tw_early=opens_s,
        tw_late=closes_s,
    )


def _shipment(problem: Problem, number: int) -> Shipment:
    parcel = problem.parcels[number]
    ready_s, leaves_s, handling_s = clock(problem, number, Kind.PICKUP)
    opens_s, closes_s, service_s = clock(problem, number, Kind.DROPOFF)
    return Shipment(
        parcel.counter,
        parcel.dropoff,
        pickup_tw_early=ready_s,
        pickup_tw_late=leaves_s,
        pickup_service_duration=handling_s,
        delivery_tw_early=opens_s,
        delivery_tw_late=closes_s,
        delivery_service_duration=service_s,
        amount=[parcel.size_parcels],
    )

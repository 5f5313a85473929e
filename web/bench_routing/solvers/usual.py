"""OR-Tools as it is usually written: callbacks, cheapest arcs first, guided local search."""

import time
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.problem import Kind, Problem
from web.bench_routing.case import Stop, place_of
from web.bench_routing.solvers.base import Found, clock, fixed_fen, horizon_s


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan by one model of everything; it uses one core and knows no seed."""
    begun = time.monotonic()
    stops = _stops(problem)
    manager, model = _model(problem, stops)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    enums = routing_enums_pb2
    asked.first_solution_strategy = enums.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    asked.local_search_metaheuristic = (
        enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    left_s = max(0.5, seconds - (time.monotonic() - begun))
    asked.time_limit.FromMilliseconds(int(left_s * 1000))
    solved = model.SolveWithParameters(asked)
    tours: dict[int, list[Stop]] = {}
    for courier in range(len(problem.couriers)) if solved else ():
        index = solved.Value(model.NextVar(model.Start(courier)))
        while not model.IsEnd(index):
            node = manager.IndexToNode(index)
            tours.setdefault(courier, []).append(stops[node])
            index = solved.Value(model.NextVar(index))
    return Found(tours)


def _stops(problem: Problem) -> list[Stop]:
    pickups = [
        (at, Kind.PICKUP)
        for at, it in enumerate(problem.parcels)
        if it.pickup is not None
    ]
    return [*pickups, *((at, Kind.DROPOFF) for at in range(len(problem.parcels)))]


def _model(problem: Problem, stops: list[Stop]) -> tuple[Any, Any]:
    yards = sorted({place for it in problem.couriers for place in (it.start, it.end)})
    places = [place_of(problem, stop) for stop in stops] + yards
    node_of = {place: len(stops) + at for at, place in enumerate(yards)}
    manager = pywrapcp.RoutingIndexManager(
        len(places),
        len(problem.couriers),
        [node_of[it.start] for it in problem.couriers],
        [node_of[it.end] for it in problem.couriers],
    )
    model = pywrapcp.RoutingModel(manager)
    ways = problem.travel_s.tolist()
    services = [clock(problem, *stop)[2] for stop in stops] + [0] * len(yards)

    def way_s(origin: int, destination: int) -> int:
        here, there = manager.IndexToNode(origin), manager.IndexToNode(destination)
        return int(ways[places[here]][places[there]])

    def step_s(origin: int, destination: int) -> int:
        return way_s(origin, destination) + int(services[manager.IndexToNode(origin)])

    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitCallback(way_s))
    model.SetFixedCostOfAllVehicles(fixed_fen(problem))
    _clocks(problem, stops, manager, model, step=model.RegisterTransitCallback(step_s))
    _loads(problem, stops, manager, model)
    return manager, model


def _clocks(
    problem: Problem, stops: list[Stop], manager: Any, model: Any, *, step: int
) -> None:
    last_s = horizon_s(problem)
    model.AddDimension(step, last_s, last_s, False, "time")
    times = model.GetDimensionOrDie("time")
    for node, stop in enumerate(stops):
        opens_s, closes_s, _ = clock(problem, *stop)
        times.CumulVar(manager.NodeToIndex(node)).SetRange(opens_s, closes_s)
    for at, courier in enumerate(problem.couriers):
        times.CumulVar(model.Start(at)).SetRange(courier.start_s, courier.end_s)
        times.CumulVar(model.End(at)).SetRange(courier.start_s, courier.end_s)
    doors = {at: node for node, (at, kind) in enumerate(stops) if kind is Kind.DROPOFF}
    for node, (at, kind) in enumerate(stops):
        if kind is Kind.PICKUP:
            counter = manager.NodeToIndex(node)
            door = manager.NodeToIndex(doors[at])
            model.AddPickupAndDelivery(counter, door)
            same = model.VehicleVar(counter) == model.VehicleVar(door)
            model.solver().Add(same)
            before = times.CumulVar(counter) <= times.CumulVar(door)
            model.solver().Add(before)


def _loads(problem: Problem, stops: list[Stop], manager: Any, model: Any) -> None:
    paired = any(kind is Kind.PICKUP for _, kind in stops)

    def load(index: int) -> int:
        node: int = manager.IndexToNode(index)
        if node >= len(stops):
            return 0
        size = problem.parcels[stops[node][0]].size_parcels
        picked = stops[node][1] is Kind.PICKUP
        return size if picked or not paired else -size

    model.AddDimensionWithVehicleCapacity(
        model.RegisterUnaryTransitCallback(load),
        0,
        [courier.capacity_parcels for courier in problem.couriers],
        True,
        "load",
    )

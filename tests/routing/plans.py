"""Plans of given orders, written without the solver, for tests of what checks them."""

from routing.plan import Kind, Plan, Unserved
from routing.problem import Problem
from routing.timing import cost_fen, earliest_starts, stops_of, timed_route

Calls = list[tuple[str, Kind]]
"""Parcels and whether they are picked up or dropped off, in the order of a route."""


def plan_of(
    problem: Problem, orders: dict[str, Calls], unserved: tuple[Unserved, ...] = ()
) -> Plan:
    """Write out the plan in which each courier keeps an order; it must be possible."""
    stops = {
        (parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    routes, total_fen = [], 0
    for courier in problem.couriers:
        if courier.id in orders:
            route = [stops[call] for call in orders[courier.id]]
            starts = earliest_starts(problem, courier, route)
            assert starts is not None, courier.id
            routes.append(timed_route(problem, courier, route, starts))
            total_fen += cost_fen(problem, courier, route, starts)
    left = {parcel.id: problem.unserved_fen(parcel) for parcel in problem.parcels}
    return Plan(
        routes=tuple(routes),
        unserved=unserved,
        distance_m=sum(route.distance_m for route in routes),
        cost_fen=total_fen + sum(left.get(it.parcel_id, 0) for it in unserved),
    )

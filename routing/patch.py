"""Change a plan as little as can be: put what is new into the routes that stand. Pure.

A parcel goes into the cheapest gap of any route, which changes that route alone. Where no
gap is left, two routes near its places are planned anew together with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from routing.insertion import Gaps, Insertion, best_insertion
from routing.plan import Kind, Plan, Route, Unserved
from routing.problem import Courier, Parcel, Problem, able
from routing.reasons import explain
from routing.replan import Orders
from routing.timing import (
    Stop,
    earliest_starts,
    route_fen,
    stops_of,
    timed_route,
)

Solve = Callable[[Problem, Orders], Plan]
"""Plans a small problem from orders that stand."""

_PAIRS_MAX = 3  # of neighbouring routes that are tried together
# Where more are left behind, the answer is another courier anyway.
_WIDENED_MAX = 50


def inserted(
    problem: Problem,
    start: Mapping[str, Sequence[Stop]],
    again: Solve | None = None,
    over: Callable[[], bool] = bool,
) -> Orders:
    """Return orders with every parcel that fits, the urgent ones first.

    Without `again` only gaps are tried. Once `over` says so, the rest is left.
    """
    orders = {name: list(stops) for name, stops in start.items() if stops}
    gaps = _gaps(problem, orders)
    for parcel in _left(problem, orders):
        if over():
            break
        best = _best(problem, gaps, parcel)
        if best is not None:
            touched = {best.courier.id: list(best.stops)}
        else:
            touched = _between_two(problem, orders, parcel, again) if again else {}
        for name, stops in touched.items():
            orders[name] = stops
            gaps[name] = Gaps(problem, gaps[name].courier, stops)
    return orders


def laid_out(problem: Problem, orders: Mapping[str, Sequence[Stop]]) -> Plan:
    """Write feasible orders out as a plan: instants, sums, and reasons of the rest."""
    routes = timed(problem, orders)
    behind = _left(problem, orders)
    return Plan(
        routes=routes,
        unserved=_told(problem, orders, behind),
        distance_m=sum(route.distance_m for route in routes),
        cost_fen=_owed_fen(problem, orders)
        + sum(problem.unserved_fen(it) for it in behind),
    )


def timed(problem: Problem, orders: Mapping[str, Sequence[Stop]]) -> tuple[Route, ...]:
    """Write feasible orders out as routes, each stop with its instants."""
    routes = []
    for courier in problem.couriers:
        stops = orders.get(courier.id)
        if stops:
            starts = earliest_starts(problem, courier, stops)
            assert starts is not None, courier.id
            routes.append(timed_route(problem, courier, stops, starts))
    return tuple(routes)


def orders_of(problem: Problem, plan: Plan) -> Orders:
    """Return the stops of a plan's routes, as the clock sees them."""
    stops = {
        (parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    return {
        route.courier_id: [
            stops[visit.parcel_id, visit.kind]
            for visit in route.visits
            if visit.parcel_id is not None and visit.kind in (Kind.PICKUP, Kind.DROPOFF)
        ]
        for route in plan.routes
    }


def _owed_fen(problem: Problem, orders: Mapping[str, Sequence[Stop]]) -> int:
    total_fen = 0
    for courier in problem.couriers:
        stops = orders.get(courier.id)
        if stops:
            owed_fen = route_fen(problem, courier, stops)
            assert owed_fen is not None, courier.id
            total_fen += owed_fen
    return total_fen


def _gaps(problem: Problem, orders: Mapping[str, Sequence[Stop]]) -> dict[str, Gaps]:
    return {
        courier.id: Gaps(problem, courier, orders.get(courier.id, []))
        for courier in problem.couriers
    }


def _left(problem: Problem, orders: Mapping[str, Sequence[Stop]]) -> list[Parcel]:
    served = {stop.parcel.id for stops in orders.values() for stop in stops}
    left = [parcel for parcel in problem.parcels if parcel.id not in served]
    return sorted(left, key=lambda it: (-it.priority, it.close_s, it.id))


def _best(
    problem: Problem, gaps: Mapping[str, Gaps], parcel: Parcel
) -> Insertion | None:
    stops = stops_of(problem, parcel)
    found = (best_insertion(it, stops) for it in gaps.values())
    return min((it for it in found if it), key=lambda it: it.cost_fen, default=None)


def _between_two(
    problem: Problem, orders: Orders, parcel: Parcel, again: Solve
) -> Orders:
    """Plan two neighbouring routes anew with a parcel; nothing where it stays behind.

    One of the two may have it: what is on board is its courier's alone.
    """
    near = _nearest(problem, orders, parcel)
    pairs = (pair for pair in pairwise(near) if able(pair[0], parcel))
    for first, second in islice(pairs, _PAIRS_MAX):
        held = {it.id: orders.get(it.id, []) for it in (first, second)}
        names = {stop.parcel.id for stops in held.values() for stop in stops}
        part = replace(
            problem,
            parcels=tuple(
                it for it in problem.parcels if it.id in names or it.id == parcel.id
            ),
            couriers=(first, second),
        )
        found = again(part, {name: stops for name, stops in held.items() if stops})
        if found.served == len(part.parcels):
            return {**{name: [] for name in held}, **orders_of(part, found)}
    return {}


def _nearest(problem: Problem, orders: Orders, parcel: Parcel) -> list[Courier]:
    """List the couriers whose routes pass nearest to a parcel's places, if they may have it."""
    goals = [it for it in (parcel.pickup, parcel.dropoff) if it is not None]

    def apart_s(courier: Courier) -> int:
        places = {stop.place for stop in orders.get(courier.id, [])} or {courier.start}
        return sum(min(problem.way_s(it, goal) for it in places) for goal in goals)

    fit = [it for it in problem.couriers if able(it, parcel)]
    others = [it for it in problem.couriers if not able(it, parcel)]
    return [*sorted(fit, key=apart_s), *sorted(others, key=apart_s)] if fit else []


def _told(
    problem: Problem, orders: Mapping[str, Sequence[Stop]], behind: Sequence[Parcel]
) -> tuple[Unserved, ...]:
    gaps = list(_gaps(problem, orders).values()) if behind else []
    tried = gaps if len(behind) <= _WIDENED_MAX else []
    return tuple(explain(problem, tried, parcel) for parcel in behind)

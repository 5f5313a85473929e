"""Plan a slice: problem in, plan out, within the seconds given.

First every parcel that some courier could serve alone is put into pieces of the
town and each piece gets a first solution; then pieces made of neighbouring
routes are ruined and recreated, over and over; then whatever is still left is
tried in every gap of every route. What stays behind is told why.

The same problem and seed give the same plan if the search ends by itself, that
is, after so many pieces in a row without a gain. Where `seconds_max` cuts it
off, the speed of the machine decides how many pieces it got through.
"""

import time

from routing.insertion import best_insertion
from routing.plan import Plan
from routing.problem import Parcel, Problem, able
from routing.reasons import explain, servable
from routing.solve.model import Orders
from routing.solve.search import Search
from routing.timing import (
    cost_fen,
    earliest_starts,
    stops_of,
    timed_route,
)

__all__ = ["solve"]

# The share of the seconds kept for the last insertions and the reasons.
_LAST_SHARE = 0.05


def solve(problem: Problem, *, seed: int, seconds_max: float) -> Plan:
    """Return the best plan found in `seconds_max`; every parcel served or explained."""
    if seconds_max <= 0:
        raise ValueError(f"expected seconds_max above 0, got {seconds_max}")
    began_s = time.monotonic()
    ready = [parcel for parcel in problem.parcels if servable(problem, parcel)]
    search = Search(problem, ready, seed)
    search.construct(began_s + seconds_max * 0.5)
    _fill(problem, search.orders, search.unserved(), began_s + seconds_max * 0.7)
    search.improve(began_s + seconds_max * (1 - _LAST_SHARE))
    _fill(problem, search.orders, search.unserved(), None)
    return _plan(problem, search.orders)


def _fill(
    problem: Problem,
    orders: Orders,
    unserved: list[Parcel],
    deadline_s: float | None,
) -> None:
    """Put parcels into the cheapest gaps of the routes, the urgent ones first."""
    for parcel in sorted(unserved, key=lambda it: (-it.priority, it.close_s, it.id)):
        if deadline_s is not None and time.monotonic() > deadline_s:
            return
        pair = stops_of(problem, parcel)
        found = [
            best_insertion(problem, courier, orders.get(courier.id, ()), pair)
            for courier in problem.couriers
            if able(courier, parcel)
        ]
        best = min((it for it in found if it), key=lambda it: it.cost_fen, default=None)
        if best is not None:
            orders[best.courier.id] = list(best.stops)


def _plan(problem: Problem, orders: Orders) -> Plan:
    """Write out the routes with their instants, and the reasons of the rest."""
    routes, total_fen = [], 0
    for courier in problem.couriers:
        stops = orders.get(courier.id)
        if stops:
            starts = earliest_starts(problem, courier, stops)
            assert starts is not None, courier.id
            routes.append(timed_route(problem, courier, stops, starts))
            total_fen += cost_fen(problem, courier, stops, starts)
    served = {name for route in routes for name in route.parcel_ids}
    behind = [parcel for parcel in problem.parcels if parcel.id not in served]
    steps = sum(parcel.priority for parcel in behind)
    return Plan(
        routes=tuple(routes),
        unserved=tuple(explain(problem, orders, parcel) for parcel in behind),
        distance_m=sum(route.distance_m for route in routes),
        cost_fen=total_fen + steps * problem.prices.unserved_fen,
    )

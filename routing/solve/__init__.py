"""Plan a slice: problem in, plan out, within the seconds given.

First every parcel that some courier could serve alone is put into pieces of the
town and each piece gets a first solution; then pieces made of neighbouring
routes are ruined and recreated, over and over; then whatever is still left is
tried in every gap of every route. What stays behind is told why.

The same problem and seed give the same plan if the search ends by itself, that
is, after three rounds over all routes without a gain. Where `seconds_max` or a
piece's own clock cuts it off, the speed of the machine decides how far it got.
"""

import time
from collections.abc import Sequence

from routing.insertion import Gaps, Insertion, best_insertion
from routing.plan import Plan, Unserved
from routing.problem import Parcel, Problem
from routing.reasons import explain, servable
from routing.solve.search import Search
from routing.timing import cost_fen, earliest_starts, stops_of, timed_route

__all__ = ["solve"]

# Shares of the seconds: for first solutions, and at the end for the last insertions
# and the reasons. The end gets more where many parcels stay behind.
_FIRST_SHARE = 0.4
_LAST_SHARE = 0.05
_LAST_SHARE_MAX = 0.4
# So many parcels left behind are tried for a later hand-over in every gap; where
# more are left, the answer is another courier anyway.
_WIDENED_MAX = 50


def solve(problem: Problem, *, seed: int, seconds_max: float) -> Plan:
    """Return the best plan found in `seconds_max`; every parcel served or explained."""
    if seconds_max <= 0:
        raise ValueError(f"expected seconds_max above 0, got {seconds_max}")
    began_s = time.monotonic()
    ready = [parcel for parcel in problem.parcels if servable(problem, parcel)]
    search = Search(problem, ready, seed)
    search.construct(began_s + seconds_max * _FIRST_SHARE)
    before, filled_s = len(search.unserved()), time.monotonic()
    _fill(problem, search)
    # What is still left will be tried as long again, and then asked for a reason.
    share = 2 * len(search.unserved()) / max(1, before)
    last_s = max((time.monotonic() - filled_s) * share, seconds_max * _LAST_SHARE)
    last_s = min(last_s, seconds_max * _LAST_SHARE_MAX)
    search.improve(began_s + seconds_max - last_s)
    gaps = _fill(problem, search)
    return _plan(problem, search, gaps)


def _fill(problem: Problem, search: Search) -> list[Gaps]:
    """Put parcels into the cheapest gaps of the routes, the urgent ones first."""
    gaps = {
        courier.id: Gaps(problem, courier, search.orders.get(courier.id, []))
        for courier in problem.couriers
    }
    left = search.unserved()
    for parcel in sorted(left, key=lambda it: (-it.priority, it.close_s, it.id)):
        best = _best(problem, list(gaps.values()), parcel)
        if best is not None:
            name, stops = best.courier.id, list(best.stops)
            search.orders[name] = stops
            gaps[name] = Gaps(problem, best.courier, stops)
    return list(gaps.values())


def _best(problem: Problem, gaps: Sequence[Gaps], parcel: Parcel) -> Insertion | None:
    pair = stops_of(problem, parcel)
    found = (best_insertion(it, pair) for it in gaps)
    return min((it for it in found if it), key=lambda it: it.cost_fen, default=None)


def _plan(problem: Problem, search: Search, gaps: Sequence[Gaps]) -> Plan:
    """Write out the routes with their instants, and the reasons of the rest."""
    routes, total_fen = [], 0
    for courier in problem.couriers:
        stops = search.orders.get(courier.id)
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
        unserved=_told(problem, gaps, behind),
        distance_m=sum(route.distance_m for route in routes),
        cost_fen=total_fen + steps * problem.prices.unserved_fen,
    )


def _told(
    problem: Problem, gaps: Sequence[Gaps], behind: Sequence[Parcel]
) -> tuple[Unserved, ...]:
    tried = gaps if len(behind) <= _WIDENED_MAX else ()
    return tuple(explain(problem, tried, parcel) for parcel in behind)

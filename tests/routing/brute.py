"""The optimum of a very small slice, by trying every route of every courier.

Shares no code with the planner: clock, loads and prices are those of `oracle`.
"""

from itertools import combinations

from routing.problem import Courier, Kind, Parcel, Problem
from tests.routing import oracle

Calls = list[tuple[Parcel, Kind]]


def optimum_fen(problem: Problem) -> int | None:
    """Return the least cost of any plan, or None if fixed stops cannot be kept.

    For at most five parcels. Ways must obey the triangle inequality.
    """
    best = {frozenset[int](): 0}
    for courier in problem.couriers:
        best = _joined(best, _routes_fen(problem, courier), bool(courier.fixed))
    costs = [
        cost
        + sum(
            _left_fen(problem, parcel)
            for number, parcel in enumerate(problem.parcels)
            if number not in served
        )
        for served, cost in best.items()
    ]
    return min(costs, default=None)


def _left_fen(problem: Problem, parcel: Parcel) -> int:
    if parcel.unserved_fen is not None:
        return parcel.unserved_fen
    return problem.prices.unserved_fen * parcel.priority


def _joined(
    best: dict[frozenset[int], int], own: dict[frozenset[int], int], begun: bool
) -> dict[frozenset[int], int]:
    joined = {} if begun else dict(best)
    for served, cost in best.items():
        for more, more_fen in own.items():
            if not served & more:
                both = served | more
                joined[both] = min(joined.get(both, 10**15), cost + more_fen)
    return joined


def _routes_fen(problem: Problem, courier: Courier) -> dict[frozenset[int], int]:
    """Return the cheapest route of one courier for each set of parcels it can be."""
    begun = {name for name, _ in courier.fixed}
    numbers = [
        number
        for number, parcel in enumerate(problem.parcels)
        if _may_carry(courier, parcel)
    ]
    found = {}
    for size in range(1, len(numbers) + 1):
        for chosen in combinations(numbers, size):
            parcels = [problem.parcels[number] for number in chosen]
            if begun <= {parcel.id for parcel in parcels}:
                cheapest = _cheapest_fen(problem, courier, parcels)
                if cheapest is not None:
                    found[frozenset(chosen)] = cheapest
    return found


def _may_carry(courier: Courier, parcel: Parcel) -> bool:
    named = parcel.courier_id is None or parcel.courier_id == courier.id
    licensed = courier.areas is None or parcel.area in courier.areas
    boxed = not parcel.cold or courier.cold_capacity_parcels > 0
    return named and licensed and boxed and not parcel.skills - courier.skills


def _cheapest_fen(
    problem: Problem, courier: Courier, parcels: list[Parcel]
) -> int | None:
    """Walk through all orders, leaving out what is already too dear.

    With the ways as they are a longer route is never cheaper but for the price of
    long work, and a beginning that is infeasible stays so.
    """
    best: int | None = None
    open_ends: list[tuple[int, Calls]] = [(0, [])]
    while open_ends:
        way_fen, calls = open_ends.pop()
        if best is not None and way_fen >= best:
            continue
        if calls:
            reckoned = oracle.reckoned(problem, courier, calls)
            if reckoned is None:
                continue
            cost_fen, overwork_fen = reckoned
            if best is not None and cost_fen - overwork_fen >= best:
                continue
            if len(calls) == sum(1 + (it.pickup is not None) for it in parcels):
                best = cost_fen if best is None else min(best, cost_fen)
        then = [[*calls, call] for call in _next(courier, parcels, calls)]
        further = [(oracle.way_fen(problem, courier, it), it) for it in then]
        open_ends += sorted(further, key=lambda it: -it[0])  # the nearest comes first
    return best


def _next(courier: Courier, parcels: list[Parcel], calls: Calls) -> Calls:
    """List what may come next: the fixed stop, if one is due, or any that is open."""
    done = {(parcel.id, kind) for parcel, kind in calls}
    choices = []
    for parcel in parcels:
        fetched = parcel.pickup is None or (parcel.id, Kind.PICKUP) in done
        kind = Kind.DROPOFF if fetched else Kind.PICKUP
        if (parcel.id, kind) not in done:
            choices.append((parcel, kind))
    due = courier.fixed[len(calls) : len(calls) + 1]
    return [it for it in choices if not due or (it[0].id, it[1]) == due[0]]

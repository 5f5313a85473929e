"""The optimum of a very small slice, by trying every route of every courier."""

from itertools import combinations

from routing.plan import Kind
from routing.problem import Courier, Parcel, Problem, able
from routing.timing import Stop, cost_fen, earliest_starts, fits, stops_of


def optimum_fen(problem: Problem) -> int:
    """Return the least cost of any plan; for at most five parcels."""
    count = len(problem.parcels)
    best = {frozenset[int](): 0}
    for courier in problem.couriers:
        own = _routes_fen(problem, courier)
        best = _joined(best, own)
    unserved_fen = problem.prices.unserved_fen
    return min(
        cost
        + unserved_fen
        * sum(
            problem.parcels[number].priority
            for number in range(count)
            if number not in served
        )
        for served, cost in best.items()
    )


def _joined(
    best: dict[frozenset[int], int], own: dict[frozenset[int], int]
) -> dict[frozenset[int], int]:
    joined = dict(best)
    for served, cost in best.items():
        for more, more_fen in own.items():
            if not served & more:
                both = served | more
                joined[both] = min(joined.get(both, 10**12), cost + more_fen)
    return joined


def _routes_fen(problem: Problem, courier: Courier) -> dict[frozenset[int], int]:
    """Return the cheapest route of one courier for each set of parcels it can be."""
    numbers = [
        number for number, parcel in enumerate(problem.parcels) if able(courier, parcel)
    ]
    found = {}
    for size in range(1, len(numbers) + 1):
        for chosen in combinations(numbers, size):
            parcels = [problem.parcels[number] for number in chosen]
            cheapest = _cheapest_fen(problem, courier, parcels)
            if cheapest is not None:
                found[frozenset(chosen)] = cheapest
    return found


def _cheapest_fen(
    problem: Problem, courier: Courier, parcels: list[Parcel]
) -> int | None:
    """Walk through all orders, leaving out what is already too dear.

    Ways obey the triangle inequality, so a longer route is never cheaper and a
    beginning that is infeasible stays so.
    """
    pairs = [stops_of(problem, parcel) for parcel in parcels]
    best: int | None = None
    open_ends: list[tuple[list[Stop], list[Stop]]] = [([], [it[0] for it in pairs])]
    while open_ends:
        stops, choices = open_ends.pop()
        starts = earliest_starts(problem, courier, stops)
        if starts is None or not fits(courier, stops):
            continue
        cost = cost_fen(problem, courier, stops, starts)
        if best is not None and cost >= best:
            continue
        if not choices:
            best = cost
        for stop in choices:
            rest = [it for it in choices if it is not stop]
            if stop.kind is Kind.PICKUP:
                rest += [dropoff for pickup, dropoff in pairs if pickup is stop]
            open_ends.append(([*stops, stop], rest))
    return best

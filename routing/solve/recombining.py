"""Recombine the routes that were seen: the cheapest choice that serves each parcel once.

Set partitioning over a pool of routes by CP-SAT, with the orders that stand as a hint
(M. Balinski, R. Quandt, Operations Research 12(2), 1964).
"""

from collections import defaultdict
from collections.abc import Sequence

from ortools.sat.python import cp_model

from routing.problem import Kind, Problem
from routing.solve.board import Board
from routing.timing import Stop, route_fen, stops_of

POOL_MAX = 6_000
_POOL_MIN = 20

Key = tuple[str, tuple[tuple[str, bool], ...]]


class Pool:
    """Routes seen on the way, by courier: the newest some thousands."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._seen: dict[Key, None] = {}

    def add(self, courier: str, parcels: Sequence[str], told: Sequence[int]) -> None:
        """Note one route: a courier's id, the parcel of each stop, and which are drop-offs."""
        stops = tuple(zip(parcels, (n % 2 == 1 for n in told), strict=True))
        self._seen[courier, stops] = self._seen.pop((courier, stops), None)
        if len(self._seen) > 2 * POOL_MAX:
            for key in list(self._seen)[:POOL_MAX]:
                del self._seen[key]

    def recombine(self, board: Board, seconds_max: float) -> bool:
        """Choose among all routes seen; True where that is cheaper than what stands."""
        routes = self._priced(board)
        if len(routes) <= len(board.orders) + _POOL_MIN or seconds_max < 0.05:
            return False
        chosen = _choose(board, routes, seconds_max)
        return bool(chosen) and board.take(board.couriers, dict(chosen))

    def _priced(self, board: Board) -> list[tuple[str, list[Stop], int]]:
        pairs = {
            parcel.id: stops_of(self._problem, parcel)
            for parcel in self._problem.parcels
        }
        routes = [
            (name, [pairs[it][-1 if last else 0] for it, last in stops])
            for name, stops in list(self._seen)[-POOL_MAX:]
        ]
        stands = {(name, _key(stops)) for name, stops in board.orders.items()}
        routes = [it for it in routes if (it[0], _key(it[1])) not in stands]
        routes += [(name, list(stops)) for name, stops in board.orders.items()]
        priced = []
        for name, stops in routes:
            fen = route_fen(self._problem, board.couriers[name], stops)
            if fen is not None:
                priced.append((name, stops, fen))
        return priced


def _key(stops: Sequence[Stop]) -> tuple[tuple[str, bool], ...]:
    return tuple((it.parcel.id, it.kind is Kind.DROPOFF) for it in stops)


def _choose(
    board: Board, routes: Sequence[tuple[str, list[Stop], int]], seconds_max: float
) -> list[tuple[str, list[Stop]]]:
    """Return the chosen routes, or none where no better choice was found in the seconds."""
    model = cp_model.CpModel()
    serving = defaultdict(list)
    driving = defaultdict(list)
    prices = []
    for name, stops, fen in routes:
        chosen = model.new_bool_var("")
        model.add_hint(chosen, board.orders.get(name) == stops)
        driving[name].append(chosen)
        for parcel in {stop.parcel.id for stop in stops}:
            serving[parcel].append(chosen)
        prices.append((chosen, fen))
    for choices in driving.values():
        model.add_at_most_one(choices)
    left = []
    for parcel_id in board.parcels:
        behind = model.new_bool_var("")
        model.add_exactly_one([*serving[parcel_id], behind])
        left.append((behind, board.price(parcel_id)))
    model.minimize(sum(fen * var for var, fen in prices + left))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds_max
    solver.parameters.num_workers = 1
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return []
    return [
        (name, stops)
        for (name, stops, _), (var, _) in zip(routes, prices, strict=True)
        if solver.value(var)
    ]

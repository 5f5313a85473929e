"""Recombine the routes that were seen: the cheapest choice that serves each parcel once.

Set partitioning over a pool of routes by CP-SAT, with the orders that stand as a hint
(M. Balinski, R. Quandt, Operations Research 12(2), 1964).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from ortools.sat.python import cp_model

from routing.problem import Kind, Problem
from routing.solve.board import Board
from routing.timing import Stop, route_fen, stops_of

POOL_MAX = 6_000
_POOL_MIN = 20
# How often somebody is asked whether to stop.
_ASK_S = 0.02
_ASK_ROUTES = 200

Key = tuple[str, tuple[tuple[str, bool], ...]]


class Pool:
    """Routes seen on the way, by courier: the newest some thousands.

    `stopped` says whether somebody wants the plan at once.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._seen: dict[Key, None] = {}
        self.stopped: Callable[[], bool] = lambda: False

    def add(self, courier: str, parcels: Sequence[str], told: Sequence[int]) -> None:
        """Note one route: a courier's id, the parcel of each stop, and which are drop-offs."""
        stops = tuple(zip(parcels, (n % 2 == 1 for n in told), strict=True))
        self._seen[courier, stops] = self._seen.pop((courier, stops), None)
        if len(self._seen) > 2 * POOL_MAX:
            for key in list(self._seen)[:POOL_MAX]:
                del self._seen[key]

    def recombine(self, board: Board, seconds_max: float) -> bool:
        """Choose among all routes seen; True where that is cheaper than what stands."""
        until_s = time.monotonic() + seconds_max
        routes = self._priced(board)
        few = len(routes) <= len(board.orders) + _POOL_MIN
        if few or seconds_max < 0.05 or self.stopped():
            return False
        chosen = _choose(board, routes, until_s, self.stopped)
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
        for number, (name, stops) in enumerate(routes):
            if number % _ASK_ROUTES == 0 and self.stopped():
                return []
            fen = route_fen(self._problem, board.couriers[name], stops)
            if fen is not None:
                priced.append((name, stops, fen))
        return priced


def _key(stops: Sequence[Stop]) -> tuple[tuple[str, bool], ...]:
    return tuple((it.parcel.id, it.kind is Kind.DROPOFF) for it in stops)


def _choose(
    board: Board,
    routes: Sequence[tuple[str, list[Stop], int]],
    until_s: float,
    stopped: Callable[[], bool],
) -> list[tuple[str, list[Stop]]]:
    """Return the chosen routes, or none where no better choice was found in time."""
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
    solver.parameters.max_time_in_seconds = max(0.01, until_s - time.monotonic())
    solver.parameters.num_workers = 1
    if not _solved(solver, model, stopped):
        return []
    return [
        (name, stops)
        for (name, stops, _), (var, _) in zip(routes, prices, strict=True)
        if solver.value(var)
    ]


def _solved(
    solver: cp_model.CpSolver, model: cp_model.CpModel, stopped: Callable[[], bool]
) -> bool:
    """Solve beside this thread, which asks meanwhile whether to stop; False without a choice."""
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(solver.solve, model)
        while wait([found], _ASK_S).not_done:
            if stopped():
                solver.stop_search()
    return found.result() in (cp_model.OPTIMAL, cp_model.FEASIBLE)

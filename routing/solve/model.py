"""One piece of a slice searched by OR-Tools: in go stops, out come orders.

Only the order of stops is taken from the solver. The instants are reckoned again
in `timing`, so that a plan never depends on how the solver rounds its clock. Who
takes orders from here lets that clock decide whether they are feasible and cheaper,
for in three things the model is laxer than the truth: work beyond the fair share
counts without its waits and breaks, fixed stops are walked at the earliest whatever
the limits of later hand-overs ask for, and metres are not rounded to kilometres.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.constraint_solver.routing_heuristic_parameters_pb2 import (
    LocalCheapestInsertionParameters,
)
from ortools.constraint_solver.routing_parameters_pb2 import RoutingSearchParameters

from routing.problem import AMOUNT_MAX, Courier, Parcel
from routing.solve.building import Building
from routing.solve.nodes import Piece
from routing.timing import Stop, stops_of

__all__ = ["Model", "Orders", "Piece"]

Orders = dict[str, list[Stop]]
"""The order of stops of each courier, by courier id; idle couriers are left out."""

_STRATEGY = routing_enums_pb2.FirstSolutionStrategy
_METAHEURISTIC = routing_enums_pb2.LocalSearchMetaheuristic

# Operators that cost more than they bring on paired stops (measured on pieces of
# 50 to 300 stops: without them the search gets through several times the rounds).
_SLOW_OPERATORS = (
    "use_lin_kernighan",
    "use_relocate_expensive_chain",
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
)
_OFF = 2  # OptionalBoolean.BOOL_FALSE

# Fewer couriers: so many are tried as the one who stays at home, in rounds of so many
# moves and seconds, since the solver's own loop knows no end but these.
_DROPPED_MAX = 2
_ROUND_MOVES = 25
_ROUND_S = 0.15
# What a parcel costs then that has to be served: more than any way round, and so
# much dearer each time that it is missed.
_MISSED_FEN = AMOUNT_MAX // 64


class Model:
    """A piece to be searched; every search builds its model of OR-Tools anew.

    Building takes 2 to 10 ms for 30 parcels, a hundredth of what a search takes.
    """

    def __init__(self, piece: Piece) -> None:
        self._piece = piece

    def first(self, seconds_max: float) -> Orders | None:
        """Return a first set of orders, or None if the seconds did not suffice."""
        if not self._piece.couriers:
            return {}
        began_s = time.monotonic()
        built = Building(self._piece)
        search = _parameters(seconds_max - (time.monotonic() - began_s))
        search.first_solution_strategy = _STRATEGY.PARALLEL_CHEAPEST_INSERTION
        search.local_search_metaheuristic = _METAHEURISTIC.GREEDY_DESCENT
        return _read(built, built.routing.SolveWithParameters(search))

    def iterated(
        self,
        orders: Mapping[str, Sequence[Stop]],
        seconds_max: float,
        moves_max: int,
    ) -> Orders | None:
        """Improve orders by ruin and recreate for some seconds or moves.

        Orders that cannot be, or leave on the road what fixed stops have picked up,
        are not improved but made anew. None: the seconds did not suffice.
        """
        if not self._piece.couriers:
            return {}
        until_s = time.monotonic() + seconds_max
        built = Building(self._piece)
        search = self._ruining(until_s - time.monotonic(), moves_max)
        solution = _from(built, orders, search)
        if solution is None:
            built = Building(self._piece)
            search = self._ruining(until_s - time.monotonic(), moves_max)
            solution = built.routing.SolveWithIteratedLocalSearch(search)
        return _read(built, solution)

    def eliminate(
        self,
        orders: Mapping[str, Sequence[Stop]],
        seconds_max: float,
        cancelled: Callable[[], bool] | None = None,
    ) -> Orders | None:
        """Serve as much with one courier less, or return None if that was not found.

        The couriers with the fewest stops are tried in turn as the one who stays at
        home; nobody who is idle now is sent out for it, nobody with fixed stops is
        called back.
        """
        deadline_s = time.monotonic() + seconds_max
        crew = [it for it in self._piece.couriers if orders.get(it.id)]
        loose = [it for it in crew if not it.fixed]
        tried = sorted(loose, key=lambda it: (len(orders[it.id]), it.id))
        tried = tried[: _DROPPED_MAX if len(crew) > 1 else 0]
        for number, dropped in enumerate(tried):
            left_s = deadline_s - time.monotonic()
            until_s = time.monotonic() + left_s / (len(tried) - number)
            rest = tuple(it for it in crew if it is not dropped)
            found = self._without(rest, orders, until_s, cancelled)
            if found is not None:
                return found
        return None

    def _without(
        self,
        rest: tuple[Courier, ...],
        orders: Mapping[str, Sequence[Stop]],
        until_s: float,
        cancelled: Callable[[], bool] | None,
    ) -> Orders | None:
        """Ruin and recreate the routes of the rest until all is with them.

        A parcel that stays behind round after round becomes dearer every time, until
        another one that is easier to place gives way to it.
        """
        goal_fen, problem = self._left_fen(orders), self._piece.problem
        held = {it.id: list(orders[it.id]) for it in rest}
        mine = {stop.parcel.id for stops in orders.values() for stop in stops}
        parcels, missed = list(self._piece.parcels), Counter[str]()
        while (left_s := until_s - time.monotonic()) > 0:
            if cancelled is not None and cancelled():
                return None
            dear = tuple(_dear(it, missed[it.id], it.id in mine) for it in parcels)
            model = Model(Piece(problem, rest, dear))
            round_s = min(left_s, _ROUND_S)
            held = model.iterated(held, round_s, _ROUND_MOVES) or held
            if self._left_fen(held) <= goal_fen:
                return self._own(held)
            here = {stop.parcel.id for stops in held.values() for stop in stops}
            missed.update(mine - here)
            # The solver draws the same numbers every round: others must bear them.
            parcels = parcels[7:] + parcels[:7]
        return None

    def _own(self, orders: Orders) -> Orders:
        """Return orders with the stops of the piece's parcels as they are."""
        stops = {
            (stop.parcel.id, stop.kind): stop
            for parcel in self._piece.parcels
            for stop in stops_of(self._piece.problem, parcel)
        }
        return {
            name: [stops[stop.parcel.id, stop.kind] for stop in order]
            for name, order in orders.items()
        }

    def _ruining(self, seconds_max: float, moves_max: int) -> RoutingSearchParameters:
        """Set up ruin and recreate (SISR), each pair put back where it is cheapest.

        Measured on pieces of 30 parcels in half a second: without a descent after each
        move it gets through four times the moves and ends 3 % cheaper; pairs inserted at
        once, in random order, bring 2 % more than the defaults. A pair's cheapest place
        is told by its way alone, so where overwork has a price the descent stays.
        """
        search = _parameters(seconds_max)
        search.first_solution_strategy = _STRATEGY.LOCAL_CHEAPEST_INSERTION
        search.local_search_metaheuristic = _METAHEURISTIC.GREEDY_DESCENT
        search.solution_limit = moves_max
        iterated = search.iterated_local_search_parameters
        prices = self._piece.problem.prices
        iterated.improve_perturbed_solution = prices.overwork_fen_per_s > 0
        # Annealing would cool by the wall clock; taking only what is better keeps
        # the result a function of the piece and the moves.
        iterated.reference_solution_acceptance_strategy.greedy_descent.SetInParent()
        sisr = iterated.ruin_recreate_parameters.ruin_strategies.add().sisr
        sisr.max_removed_sequence_size = 10
        sisr.avg_num_removed_visits = 10
        sisr.bypass_factor = 0.5
        recreate = iterated.ruin_recreate_parameters.recreate_strategy
        insertion = recreate.parameters.local_cheapest_insertion
        kind = LocalCheapestInsertionParameters.PairInsertionStrategy
        order = LocalCheapestInsertionParameters.InsertionSortingProperty
        insertion.pickup_delivery_strategy = kind.BEST_PICKUP_DELIVERY_PAIR
        insertion.insertion_sorting_properties.append(order.SORTING_PROPERTY_RANDOM)
        return search

    def _left_fen(self, orders: Mapping[str, Sequence[Stop]]) -> int:
        """Return the price of the parcels that are in no order."""
        served = {stop.parcel.id for stops in orders.values() for stop in stops}
        left = [it for it in self._piece.parcels if it.id not in served]
        return sum(self._piece.problem.unserved_fen(it) for it in left)


def _dear(parcel: Parcel, missed: int, wanted: bool) -> Parcel:
    """Price a parcel that has to be served by how often it was missed."""
    if not wanted:
        return parcel
    return replace(parcel, unserved_fen=min(AMOUNT_MAX, _MISSED_FEN * (1 + missed)))


def _from(
    built: Building,
    orders: Mapping[str, Sequence[Stop]],
    search: RoutingSearchParameters,
) -> pywrapcp.Assignment | None:
    """Search on from orders as they stand.

    The hint of OR-Tools 9.15 only leans towards the orders: on 12 pieces of 12 the
    first solution was dearer than the hint, by up to two fifths. So the orders are a
    pre-assignment, taken back as soon as the first solution is there: ruin and
    recreate come after it and are free again.
    """
    routing = built.routing
    routing.CloseModelWithParameters(search)
    # The solver keeps the callback for good: it must not keep the solver in turn.
    still_locked = [routing]

    def loosen() -> None:
        if still_locked:
            still_locked.pop().MutablePreAssignment().Clear()

    indices = _indices(built, orders)
    if indices is None or not routing.ApplyLocksToAllVehicles(indices, True):
        return None
    routing.AddAtSolutionCallback(loosen)
    solution = routing.SolveWithIteratedLocalSearch(search)
    still_locked.clear()
    return solution


def _indices(
    built: Building, orders: Mapping[str, Sequence[Stop]]
) -> list[list[int]] | None:
    """Return the routes as the solver counts; None if it does not know a stop of theirs."""
    number, indices = built.nodes.number, []
    for begin in built.nodes.begins:
        stops = orders.get(begin.courier.id, ())[len(begin.fixed) :]
        chosen = [number.get((stop.parcel.id, stop.kind)) for stop in stops]
        known = [it for it in chosen if it is not None]
        if len(known) < len(chosen):
            return None
        indices.append([int(built.manager.NodeToIndex(it)) for it in known])
    return indices


def _read(built: Building, solution: pywrapcp.Assignment | None) -> Orders | None:
    if solution is None:
        return None
    orders: Orders = {}
    routing = built.routing
    for number, begin in enumerate(built.nodes.begins):
        stops = list(begin.fixed)
        index = solution.Value(routing.NextVar(routing.Start(number)))
        while not routing.IsEnd(index):
            stops.append(built.nodes.stops[built.manager.IndexToNode(index)])
            index = solution.Value(routing.NextVar(index))
        if stops:
            orders[begin.courier.id] = stops
    return orders


def _parameters(seconds_max: float) -> RoutingSearchParameters:
    search = pywrapcp.DefaultRoutingSearchParameters()
    for operator in _SLOW_OPERATORS:
        setattr(search.local_search_operators, operator, _OFF)
    search.time_limit.FromMilliseconds(max(1, round(seconds_max * 1000)))
    return search

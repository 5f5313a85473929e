"""One piece of a slice as an OR-Tools routing model: in go stops, out come orders.

Only the order of stops is taken from the solver. The instants are reckoned again
in `timing.py`, so that a plan never depends on how the solver rounds its clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.constraint_solver.routing_parameters_pb2 import RoutingSearchParameters

from routing.plan import Kind
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem, able
from routing.timing import Stop, stops_of

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


@dataclass(frozen=True, slots=True)
class Piece:
    """Some parcels and couriers of a problem, planned together."""

    problem: Problem
    couriers: tuple[Courier, ...]
    parcels: tuple[Parcel, ...]


class Model:
    """The routing model of one piece; build it once, search it, read the orders.

    Node numbers: pickup and drop-off of each parcel in turn, then one for each place
    where couriers start or end. In this order, because the ruin of OR-Tools 9.15 draws
    its first visit from the lowest numbers: with the places in front the last visits
    were never drawn, and where only those were served it drew for ever, past every
    time limit.
    """

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._depots = sorted({p for c in piece.couriers for p in (c.start, c.end)})
        self._stops = [
            stop for it in piece.parcels for stop in stops_of(piece.problem, it)
        ]
        row = {
            place: number
            for number, place in enumerate(self._depots, start=len(self._stops))
        }
        self._manager = pywrapcp.RoutingIndexManager(
            len(self._stops) + len(self._depots),
            len(piece.couriers),
            [row[courier.start] for courier in piece.couriers],
            [row[courier.end] for courier in piece.couriers],
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._add_time()
        self._add_room()
        self._add_pairs()

    def first(self, seconds_max: float) -> Orders | None:
        """Return a first set of orders, or None if the seconds did not suffice."""
        search = _parameters(seconds_max)
        search.first_solution_strategy = _STRATEGY.PARALLEL_CHEAPEST_INSERTION
        search.local_search_metaheuristic = _METAHEURISTIC.GREEDY_DESCENT
        return self._read(self._routing.SolveWithParameters(search))

    def iterated(
        self,
        orders: Mapping[str, Sequence[Stop]],
        seconds_max: float,
        moves_max: int,
    ) -> Orders | None:
        """Improve orders by ruin and recreate for some seconds or moves."""
        search = _parameters(seconds_max)
        search.first_solution_strategy = _STRATEGY.LOCAL_CHEAPEST_INSERTION
        search.local_search_metaheuristic = _METAHEURISTIC.GREEDY_DESCENT
        search.solution_limit = moves_max
        iterated = search.iterated_local_search_parameters
        # Annealing would cool by the wall clock; taking only what is better keeps
        # the result a function of the piece and the moves.
        iterated.reference_solution_acceptance_strategy.greedy_descent.SetInParent()
        sisr = iterated.ruin_recreate_parameters.ruin_strategies.add().sisr
        sisr.max_removed_sequence_size = 10
        sisr.avg_num_removed_visits = 10
        sisr.bypass_factor = 0.5
        self._routing.CloseModelWithParameters(search)
        hint = self._routing.ReadAssignmentFromRoutes(self._indices(orders), True)
        if hint is not None:
            self._routing.SetFirstSolutionHint(hint)
        return self._read(self._routing.SolveWithIteratedLocalSearch(search))

    def _add_time(self) -> None:
        problem, routing = self._piece.problem, self._routing
        moving = _moving_s(problem, self._stops, self._depots)
        service = np.array([s.service_s for s in self._stops] + [0] * len(self._depots))
        price = problem.prices
        cost = routing.RegisterTransitMatrix((moving * price.moving_fen_per_s).tolist())
        routing.SetArcCostEvaluatorOfAllVehicles(cost)
        routing.SetFixedCostOfAllVehicles(price.courier_fen)
        transit = routing.RegisterTransitMatrix((moving + service[:, None]).tolist())
        routing.AddDimension(transit, INSTANT_S_MAX, INSTANT_S_MAX, False, "time")
        self._time = routing.GetDimensionOrDie("time")
        for number, courier in enumerate(self._piece.couriers):
            shift = (courier.start_s, courier.end_s)
            self._time.CumulVar(routing.Start(number)).SetRange(*shift)
            self._time.CumulVar(routing.End(number)).SetRange(*shift)

    def _add_room(self) -> None:
        couriers, routing = self._piece.couriers, self._routing
        none = [0] * len(self._depots)
        steps = [1 if stop.kind is Kind.PICKUP else -1 for stop in self._stops]
        load = routing.RegisterUnaryTransitVector(steps + none)
        room = [courier.capacity_parcels for courier in couriers]
        routing.AddDimensionWithVehicleCapacity(load, 0, room, True, "load")
        if any(parcel.cold for parcel in self._piece.parcels):
            pairs = zip(steps, self._stops, strict=True)
            cold = [step if stop.parcel.cold else 0 for step, stop in pairs]
            load = routing.RegisterUnaryTransitVector(cold + none)
            room = [courier.cold_capacity_parcels for courier in couriers]
            routing.AddDimensionWithVehicleCapacity(load, 0, room, True, "cold")

    def _add_pairs(self) -> None:
        problem = self._piece.problem
        for pair, parcel in enumerate(self._piece.parcels):
            pickup = self._index(2 * pair)
            dropoff = self._index(2 * pair + 1)
            self._routing.AddPickupAndDelivery(pickup, dropoff)
            self._bound(pickup, self._stops[2 * pair])
            self._bound(dropoff, self._stops[2 * pair + 1])
            if problem.late_s_max:
                self._time.SetCumulVarSoftUpperBound(
                    dropoff, parcel.close_s, problem.prices.late_fen_per_s
                )
            self._add_fridge_limit(pair, pickup, dropoff)
            self._add_choice(parcel, pickup, dropoff)

    def _bound(self, index: int, stop: Stop) -> None:
        self._time.CumulVar(index).SetRange(stop.open_s, stop.close_s)

    def _add_fridge_limit(self, pair: int, pickup: int, dropoff: int) -> None:
        limit_s = self._stops[2 * pair].parcel.out_of_fridge_s_max
        if limit_s is None:
            return
        lag_s = limit_s + self._stops[2 * pair].service_s
        solver = self._routing.solver()
        solver.Add(self._time.CumulVar(dropoff) - self._time.CumulVar(pickup) <= lag_s)

    def _add_choice(self, parcel: Parcel, pickup: int, dropoff: int) -> None:
        """Let a parcel stay behind at a price, and go with able couriers only."""
        penalty_fen = self._piece.problem.prices.unserved_fen * parcel.priority
        self._routing.AddDisjunction([pickup], penalty_fen - penalty_fen // 2)
        self._routing.AddDisjunction([dropoff], penalty_fen // 2)
        for number, courier in enumerate(self._piece.couriers):
            if not able(courier, parcel):
                self._routing.VehicleVar(pickup).RemoveValue(number)
                self._routing.VehicleVar(dropoff).RemoveValue(number)

    def _index(self, stop_number: int) -> int:
        return int(self._manager.NodeToIndex(stop_number))

    def _indices(self, orders: Mapping[str, Sequence[Stop]]) -> list[list[int]]:
        number = {
            (stop.parcel.id, stop.kind): place for place, stop in enumerate(self._stops)
        }
        return [
            [
                self._index(number[stop.parcel.id, stop.kind])
                for stop in orders.get(courier.id, ())
            ]
            for courier in self._piece.couriers
        ]

    def _read(self, solution: pywrapcp.Assignment | None) -> Orders | None:
        if solution is None:
            return None
        orders: Orders = {}
        for number, courier in enumerate(self._piece.couriers):
            stops = []
            index = solution.Value(self._routing.NextVar(self._routing.Start(number)))
            while not self._routing.IsEnd(index):
                node = self._manager.IndexToNode(index)
                stops.append(self._stops[node])
                index = solution.Value(self._routing.NextVar(index))
            if stops:
                orders[courier.id] = stops
        return orders


def _moving_s(
    problem: Problem, stops: Sequence[Stop], depots: Sequence[int]
) -> npt.NDArray[np.int64]:
    """Return travel plus set-up from each node to each, in seconds."""
    places = np.array([*(stop.place for stop in stops), *depots])
    setup = np.array([stop.setup_s for stop in stops] + [0] * len(depots))
    travel = problem.travel_s[np.ix_(places, places)]
    elsewhere = places[:, None] != places[None, :]
    return np.asarray(travel + elsewhere * setup[None, :], dtype=np.int64)


def _parameters(seconds_max: float) -> RoutingSearchParameters:
    search = pywrapcp.DefaultRoutingSearchParameters()
    for operator in _SLOW_OPERATORS:
        setattr(search.local_search_operators, operator, _OFF)
    search.time_limit.FromMilliseconds(max(1, round(seconds_max * 1000)))
    return search

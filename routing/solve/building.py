"""How a piece is told to OR-Tools: visits, clocks, loads, prices, who may go where."""

from math import gcd

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp

from routing.plan import Kind
from routing.problem import INSTANT_S_MAX, Parcel
from routing.solve.nodes import ROOM_MAX, Nodes, Piece, load_of, may_carry, room_of
from routing.timing.clock import last_end_s

_LOADS = ("parcels", "cold", "grams")


class Building:
    """The routing model of a piece while it is built; ready once made.

    Node numbers: the visits in turn, then one for each place where routes begin or
    end. In this order, because the ruin of OR-Tools 9.15 draws its first visit from
    the lowest numbers: with the places in front the last visits were never drawn,
    and where only those were served it drew for ever, past every time limit.
    """

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.nodes = Nodes(piece)
        begins = self.nodes.begins
        ends = {it.courier.end for it in begins}
        self._depots = sorted({it.place for it in begins} | ends)
        row = {
            place: number
            for number, place in enumerate(self._depots, start=len(self.nodes.stops))
        }
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.nodes.stops) + len(self._depots),
            len(begins),
            [row[it.place] for it in begins],
            [row[it.courier.end] for it in begins],
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._scale = _scale(piece.problem.prices.fen_per_km)
        self._indices = [
            int(self.manager.NodeToIndex(number))
            for number in range(len(self.nodes.stops))
        ]
        self._add_prices()
        self._add_clock()
        self._add_loads()
        self._add_visits()

    def _add_prices(self) -> None:
        problem, routing = self.piece.problem, self.routing
        places = np.array([*(stop.place for stop in self.nodes.stops), *self._depots])
        square = np.ix_(places, places)
        setup = np.array([stop.setup_s for stop in self.nodes.stops])
        setup = np.append(setup, np.zeros(len(self._depots), np.int64))
        elsewhere = places[:, None] != places[None, :]
        moving = problem.travel_s[square] + elsewhere * setup[None, :]
        self._moving = np.asarray(moving, dtype=np.int64)
        fen = self._moving * (problem.prices.moving_fen_per_s * self._scale)
        if problem.prices.fen_per_km:
            per_km = problem.prices.fen_per_km * self._scale // 1000
            fen = fen + problem.distance_m[square].astype(np.int64) * per_km
        routing.SetArcCostEvaluatorOfAllVehicles(self._matrix(fen))
        for number, begin in enumerate(self.nodes.begins):
            if begin.fixed:
                routing.SetVehicleUsedWhenEmpty(True, number)
            else:
                fixed_fen = problem.courier_fen(begin.courier) * self._scale
                routing.SetFixedCostOfVehicle(fixed_fen, number)

    def _matrix(self, values: npt.NDArray[np.int64]) -> int:
        return int(self.routing.RegisterTransitMatrix(values.tolist()))

    def _add_clock(self) -> None:
        routing = self.routing
        service = [stop.service_s for stop in self.nodes.stops]
        service += [0] * len(self._depots)
        transit = self._matrix(self._moving + np.array(service)[:, None])
        routing.AddDimension(transit, INSTANT_S_MAX, INSTANT_S_MAX, False, "time")
        self.time = routing.GetDimensionOrDie("time")
        for number, begin in enumerate(self.nodes.begins):
            if begin.usable:
                shift = (begin.free_s, last_end_s(begin.courier))
                self.time.CumulVar(routing.Start(number)).SetRange(*shift)
                self.time.CumulVar(routing.End(number)).SetRange(*shift)
        if any(begin.breaks for begin in self.nodes.begins):
            self._add_breaks(service)
        if self.piece.problem.prices.overwork_fen_per_s:
            self._add_work(transit)

    def _add_breaks(self, service: list[int]) -> None:
        """Breaks lie between two visits, or before the first, or after the last."""
        routing, solver = self.routing, self.routing.solver()
        visits = [
            service[self.manager.IndexToNode(index)] for index in range(routing.Size())
        ]
        for number, begin in enumerate(self.nodes.begins):
            if begin.usable and begin.breaks:
                rests = [
                    solver.FixedDurationIntervalVar(
                        it.open_s, it.close_s, it.length_s, False, f"{number}"
                    )
                    for it in begin.breaks
                ]
                self.time.SetBreakIntervalsOfVehicle(rests, number, visits)

    def _add_work(self, transit: int) -> None:
        """Price what the way and the work take beyond the fair share of a courier."""
        routing = self.routing
        price = self.piece.problem.prices.overwork_fen_per_s * self._scale
        routing.AddDimension(transit, 0, INSTANT_S_MAX, True, "work")
        work = routing.GetDimensionOrDie("work")
        for number, begin in enumerate(self.nodes.begins):
            fair_s = begin.courier.fair_work_s
            if fair_s is not None:
                left_s = max(0, fair_s - begin.worked_s)
                work.SetCumulVarSoftUpperBound(routing.End(number), left_s, price)

    def _add_loads(self) -> None:
        """Count what is on board, from what came along at the begin to nothing.

        Where nothing comes along the begin is fixed at nothing, which is faster.
        """
        loads = [
            load_of(stop.parcel) if stop.kind is Kind.PICKUP else -load_of(stop.parcel)
            for stop in self.nodes.stops
        ]
        along = any(len(numbers) == 1 for numbers in self.nodes.of_parcel)
        steps = list(zip(*(load.values() for load in loads), strict=True))
        rooms = list(zip(*(it.room.values() for it in self.nodes.begins), strict=True))
        for name, step, room in zip(_LOADS, steps, rooms, strict=False):
            if any(step) and min(room) < ROOM_MAX // 2:
                self._add_load(name, list(step), list(room), along)

    def _add_load(
        self, name: str, steps: list[int], room: list[int], along: bool
    ) -> None:
        routing = self.routing
        vector = steps + [0] * len(self._depots)
        load = routing.RegisterUnaryTransitVector(vector)
        whole = [getattr(room_of(it.courier), name) for it in self.nodes.begins]
        routing.AddDimensionWithVehicleCapacity(load, 0, whole, not along, name)
        if along:
            dimension = routing.GetDimensionOrDie(name)
            for number, most in enumerate(room):
                dimension.CumulVar(routing.Start(number)).SetMax(max(0, most))
                dimension.CumulVar(routing.End(number)).SetMax(0)

    def _add_visits(self) -> None:
        parcels, pairs = self.piece.parcels, 0
        for parcel, numbers in zip(parcels, self.nodes.of_parcel, strict=True):
            indices = [self._indices[number] for number in numbers]
            for number, index in zip(numbers, indices, strict=True):
                stop = self.nodes.stops[number]
                # What is bound to be handed over, but cannot be, is left to the clock.
                close_s = max(stop.open_s, stop.close_s)
                self.time.CumulVar(index).SetRange(stop.open_s, close_s)
            if len(indices) == 2:
                self.routing.AddPickupAndDelivery(*indices)
                self._add_pair_limit(parcel, numbers[0], pairs)
                pairs += 1
            if indices:
                self._add_lateness(parcel, indices[-1])
                self._add_limit(parcel, numbers, indices)
                self._add_choice(parcel, indices)

    def _add_lateness(self, parcel: Parcel, door: int) -> None:
        problem = self.piece.problem
        if parcel.reserve_s or problem.lateness_s_max(parcel):
            price = problem.prices.late_fen_per_s * self._scale
            self.time.SetCumulVarSoftUpperBound(door, parcel.due_s, price)

    def _add_pair_limit(self, parcel: Parcel, pickup: int, pair: int) -> None:
        """Tell a limit to the filters of the search too, which see no constraints.

        Without it they put parcels together that no clock allows, over and over.
        """
        if parcel.limit_s is not None:
            lag_s = parcel.limit_s + self.nodes.stops[pickup].service_s
            self.time.SetPickupToDeliveryLimitFunctionForPair(
                lambda _pickup, _door: lag_s, pair
            )

    def _add_limit(
        self, parcel: Parcel, numbers: tuple[int, ...], indices: list[int]
    ) -> None:
        """Bound the seconds from the end of the pickup to the hand-over."""
        if parcel.limit_s is None or parcel.pickup is None:
            return
        if len(indices) == 2:
            since = self.time.CumulVar(indices[0])
            lag_s = parcel.limit_s + self.nodes.stops[numbers[0]].service_s
        else:
            number, passed_s = self.nodes.bound[parcel.id]
            since = self.time.CumulVar(self.routing.Start(number))
            lag_s = parcel.limit_s - passed_s
        door = self.time.CumulVar(indices[-1])
        self.routing.solver().Add(door - since <= lag_s)

    def _add_choice(self, parcel: Parcel, indices: list[int]) -> None:
        """Let a parcel stay behind at a price, and go with able couriers only."""
        bound = self.nodes.bound.get(parcel.id)
        if bound is not None:
            self.routing.VehicleVar(indices[-1]).SetValue(bound[0])
            return
        penalty_fen = self.piece.problem.unserved_fen(parcel) * self._scale
        share_fen = penalty_fen // len(indices)
        for index in indices[1:]:
            self.routing.AddDisjunction([index], share_fen)
        rest_fen = penalty_fen - share_fen * (len(indices) - 1)
        self.routing.AddDisjunction([indices[0]], rest_fen)
        for number, begin in enumerate(self.nodes.begins):
            if not may_carry(begin, parcel):
                for index in indices:
                    self.routing.VehicleVar(index).RemoveValue(number)


def _scale(fen_per_km: int) -> int:
    """Return by how much prices are multiplied, so that a metre costs whole numbers."""
    return 1000 // gcd(1000, fen_per_km)

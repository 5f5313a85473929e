"""The search by OR-Tools alone: first solutions by district, then pieces of routes."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from routing.problem import Courier, Parcel, Problem, able
from routing.solve.model import Model, Orders, Piece
from routing.timing import Stop, route_fen

if TYPE_CHECKING:
    from routing.solve.recipes import Recipe

# Measured on one core: a first solution with its descent takes 0.1 s for 20 parcels,
# 0.2 s for 30, 0.9 s for 50 and 4 s for 100 (bare: 0.04 s for 50); ruin and recreate
# makes 120 moves a second with 25 parcels.
_DISTRICT_PARCELS = (50, 30, 20)
_FIRST_S = {50: 0.9, 30: 0.2, 20: 0.1}
_PIECE_PARCELS = 32
_PIECE_PARCELS_STUCK = 64  # once small pieces bring nothing more
_PIECE_UNSERVED = 8
_PIECE_MOVES = 100
# Moves that come to nothing are not counted, so a piece needs a clock as well; this
# is three times what it takes when they are.
_PIECE_S_PER_PARCEL = 0.1
# A search ends by itself after so many rounds over all routes without a gain.
_IDLE_ROUNDS_MAX = 3
_FIRST_SHARE = 0.4


def improve(
    piece: Piece,
    orders: Mapping[str, Sequence[Stop]],
    recipe: "Recipe",
    heard: Callable[[Orders], object] = lambda _: None,
) -> Orders:
    """Improve the orders of a piece until the recipe's instant; tell of them on the way."""
    search = Search(piece.problem, piece.parcels, recipe.seed, heard)
    search.orders = {name: list(stops) for name, stops in orders.items() if stops}
    if not search.orders:
        left_s = recipe.until_s - time.monotonic()
        search.construct(time.monotonic() + _FIRST_SHARE * left_s)
    search.improve(recipe.until_s)
    return search.orders


class Search:
    """The orders of a slice while they are being made; always feasible."""

    def __init__(
        self,
        problem: Problem,
        parcels: Sequence[Parcel],
        seed: int,
        heard: Callable[[Orders], object] = lambda _: None,
    ) -> None:
        self._problem, self._heard = problem, heard
        self._parcels = tuple(parcels)
        self._couriers = {courier.id: courier for courier in problem.couriers}
        self._chance = random.Random(seed)
        self._travel = np.array(problem.travel_s, dtype=np.int64)
        self.orders: Orders = {}

    def unserved(self) -> list[Parcel]:
        """Return the parcels that are in no order yet."""
        served = {stop.parcel.id for stops in self.orders.values() for stop in stops}
        return [parcel for parcel in self._parcels if parcel.id not in served]

    def construct(self, deadline_s: float) -> None:
        """Make a first solution, district by district, before the deadline."""
        if not self._parcels:
            return
        size = _district_size(len(self._parcels), deadline_s - time.monotonic())
        districts = self._districts(self._parcels, self._problem.couriers, size)
        for number, (parcels, couriers) in enumerate(districts):
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return
            share_s = left_s / (len(districts) - number)
            piece = Piece(self._problem, tuple(couriers), tuple(parcels))
            self._take(piece, Model(piece).first(share_s))
            self._heard(self.orders)

    def improve(self, deadline_s: float) -> None:
        """Ruin and recreate pieces of neighbouring routes until nothing is gained."""
        idle, size = 0, _PIECE_PARCELS
        while self._parcels and idle < _IDLE_ROUNDS_MAX:
            gained = False
            for places in self._seeds(size):
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    return
                gained |= self._recreate(self._piece(places, size), left_s)
            idle = 0 if gained else idle + 1
            if not gained:
                size = _PIECE_PARCELS_STUCK

    def _recreate(self, piece: Piece, seconds_max: float) -> bool:
        """Ruin and recreate one piece; tell whether that made it cheaper."""
        held = {it.id: self.orders.get(it.id, []) for it in piece.couriers}
        piece_s = min(seconds_max, _PIECE_S_PER_PARCEL * len(piece.parcels))
        gained = self._take(piece, Model(piece).iterated(held, piece_s, _PIECE_MOVES))
        self._heard(self.orders)
        return gained

    def _seeds(self, size: int) -> list[list[int]]:
        """List the places around which pieces are cut: routes, and parcels left."""
        routes = [_places(stops) for stops in self.orders.values()]
        if len(self._parcels) <= size:
            return [[place for places in routes for place in places]]
        left = self.unserved()
        self._chance.shuffle(left)
        seeds = routes + [[it.fetched, it.dropoff] for it in left[: len(routes)]]
        self._chance.shuffle(seeds)
        return seeds

    def _piece(self, places: Sequence[int], size: int) -> Piece:
        """Cut out the routes nearest to some places, parcels left and idle couriers."""
        near = sorted(
            self.orders, key=lambda name: self._apart_s(places, self.orders[name])
        )
        names: list[str] = []
        parcels: list[Parcel] = []
        for name in near:
            carried = {it.parcel.id: it.parcel for it in self.orders[name]}
            if names and len(parcels) + len(carried) > size:
                break
            names.append(name)
            parcels += carried.values()
        left = sorted(
            self.unserved(), key=lambda it: (self._way_s(places, it.dropoff), it.id)
        )
        parcels += left[:_PIECE_UNSERVED]
        couriers = [self._couriers[name] for name in names]
        couriers += self._idle(places, parcels)
        # The solver breaks ties by position: a shuffle lets it look elsewhere.
        self._chance.shuffle(parcels)
        self._chance.shuffle(couriers)
        return Piece(self._problem, tuple(couriers), tuple(parcels))

    def _idle(self, places: Sequence[int], parcels: Sequence[Parcel]) -> list[Courier]:
        """Choose the nearest two couriers without a route who could carry something."""
        idle = [
            courier
            for courier in self._problem.couriers
            if courier.id not in self.orders
            and any(able(courier, parcel) for parcel in parcels)
        ]
        idle.sort(key=lambda it: (self._way_s(places, it.start), it.id))
        return idle[:2]

    def _take(self, piece: Piece, found: Orders | None) -> bool:
        """Put the orders of a piece in place if they are feasible and cheaper."""
        if found is None:
            return False
        new_fen = self._cost_fen(piece, found)
        old = {it.id: self.orders.get(it.id, []) for it in piece.couriers}
        old_fen = self._cost_fen(piece, old)
        if new_fen is None or (old_fen is not None and new_fen >= old_fen):
            return False
        for courier in piece.couriers:
            self.orders.pop(courier.id, None)
        self.orders.update(found)
        return True

    def _cost_fen(self, piece: Piece, orders: Orders) -> int | None:
        """Return what a piece costs by the clock of `timing`, None if infeasible."""
        total_fen = 0
        left = {parcel.id: parcel for parcel in piece.parcels}
        for courier in piece.couriers:
            stops = orders.get(courier.id, [])
            fen = route_fen(self._problem, courier, stops)
            if fen is None:
                return None
            total_fen += fen
            for stop in stops:
                left.pop(stop.parcel.id, None)
        return total_fen + sum(map(self._problem.unserved_fen, left.values()))

    def _apart_s(self, places: Sequence[int], stops: Sequence[Stop]) -> float:
        """Return how far a route is from some places: the mean of the nearest ways."""
        return float(self._ways_s(places, _places(stops)).min(axis=1).mean())

    def _way_s(self, places: Sequence[int], place: int) -> float:
        return float(self._ways_s(places, [place]).mean())

    def _ways_s(
        self, origins: Sequence[int], goals: Sequence[int]
    ) -> npt.NDArray[np.int64]:
        return np.asarray(self._travel[np.ix_(origins, goals)])

    def _districts(
        self, parcels: Sequence[Parcel], couriers: Sequence[Courier], size: int
    ) -> list[tuple[Sequence[Parcel], Sequence[Courier]]]:
        """Halve parcels and couriers between two far places until they are few."""
        if len(parcels) <= size or len(couriers) < 2:
            return [(parcels, couriers)]
        west = self._farthest(parcels, parcels[0].dropoff)
        east = self._farthest(parcels, west)

        def lean_s(*places: int) -> int:
            return sum(
                int(self._travel[west, p] - self._travel[east, p]) for p in places
            )

        parcels = sorted(
            parcels, key=lambda it: (lean_s(it.fetched, it.dropoff), it.id)
        )
        couriers = sorted(couriers, key=lambda it: (lean_s(it.start), it.id))
        half = len(parcels) // 2
        crew = max(1, len(couriers) // 2)
        return [
            *self._districts(parcels[:half], couriers[:crew], size),
            *self._districts(parcels[half:], couriers[crew:], size),
        ]

    def _farthest(self, parcels: Iterable[Parcel], place: int) -> int:
        return max((it.dropoff for it in parcels), key=lambda p: self._travel[place, p])


def _district_size(n_parcels: int, seconds: float) -> int:
    """Choose districts so large that their first solutions still come in time."""
    for size in _DISTRICT_PARCELS:
        if n_parcels / size * _FIRST_S[size] < seconds:
            return size
    return _DISTRICT_PARCELS[-1]


def _places(stops: Sequence[Stop]) -> list[int]:
    return sorted({stop.place for stop in stops})

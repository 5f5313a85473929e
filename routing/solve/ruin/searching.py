"""The compiled search as seen from Python: arrays in, orders out, a clock that is kept."""

import time
from collections.abc import Callable

import numpy as np

from routing.solve.cutting import Told
from routing.solve.model import Piece
from routing.solve.recipes import SMALL_PARCELS, Recipe, Seen
from routing.solve.ruin import loops, rules
from routing.solve.ruin.town import Knobs, tour_of, town_of

# The compiled loop cannot look at a clock: it is called for so long at a time.
CHUNK_S = 0.04
_MOVES_A_SECOND = 2_000.0  # a first guess; measured from then on
# A small piece has been searched through after so many moves for each parcel.
MOVES_PER_PARCEL = 4_000
MOVES_PER_PARCEL_SMALL = 1_000
_MOVES_SMALL = 500  # at a time
# Shares of the time: to settle down before a courier is done without.
_SETTLE = 0.08


def improve(
    piece: Piece,
    told: Told,
    recipe: Recipe,
    better: Callable[[Told, Seen], None],
) -> tuple[Told, Seen]:
    """Return the best orders found until the recipe's instant, and the routes seen."""
    search = Search(piece, recipe.seed)
    search.load(told)
    had = (search.best_fen, search.told())
    begun_s = time.monotonic()
    left_s = recipe.until_s - begun_s
    step_fen = search.first()
    hot, cold = recipe.hot * step_fen, recipe.cold * step_fen
    if recipe.squeeze and search.couriers_dear():
        settled_s = begun_s + _SETTLE * left_s
        search.anneal(settled_s, (hot, (hot * cold) ** 0.5), better, share=0.2)
        had = min(had, (search.best_fen, search.told()), key=_fen)
        search.squeeze(begun_s + (_SETTLE + recipe.squeeze) * left_s, hot / 3)
    search.anneal(recipe.until_s, (hot, cold), better)
    return min(had, (search.best_fen, search.told()), key=_fen)[1], search.seen


def _fen(found: tuple[int, Told]) -> int:
    return found[0]


class Search:
    """One piece while it is searched."""

    def __init__(self, piece: Piece, seed: int) -> None:
        self._piece = piece
        self._town = town_of(piece)
        self._tour, self._best = tour_of(self._town), tour_of(self._town)
        self._missed = np.ones(len(piece.parcels), np.int64)
        self._moves_a_s = _MOVES_A_SECOND
        self._small = len(piece.parcels) <= SMALL_PARCELS
        each = MOVES_PER_PARCEL_SMALL if self._small else MOVES_PER_PARCEL
        self._moves_left = each * len(piece.parcels)
        self.fen = self.best_fen = 0
        self.seen: Seen = set()
        loops.seed_chance(seed)

    def load(self, told: Told) -> None:
        """Take routes as they stand; one that cannot be is left out."""
        longest = max(map(len, told.values()), default=0)
        if longest > self._best.stops.shape[1]:
            self._tour = tour_of(self._town, longest)
            self._best = tour_of(self._town, longest)
        for k, courier in enumerate(self._piece.couriers):
            nodes = told.get(courier.id, ())
            self._best.length[k] = len(nodes)
            self._best.stops[k, : len(nodes)] = nodes
        self._go_on_from_best()

    def told(self) -> Told:
        """Return the best orders."""
        best = self._best
        return {
            courier.id: tuple(best.stops[k, : best.length[k]].tolist())
            for k, courier in enumerate(self._piece.couriers)
            if best.length[k]
        }

    def first(self) -> float:
        """Serve what can be served at once; return the mean price of a way between stops."""
        self._run(2, 1.0, Knobs())
        used = self._best.length > 0
        stops = int(self._best.length.sum())
        ways_fen = int((self._tour.fen - self._town.courier_fen)[used].sum())
        return max(1.0, ways_fen / max(1, stops))

    def couriers_dear(self) -> bool:
        """Tell whether sending a courier out costs more than the ways of a route."""
        used = self._best.length > 0
        couriers_fen = int(self._town.courier_fen[used].sum())
        return 2 * couriers_fen > int(self._tour.fen[used].sum())

    def anneal(
        self,
        until_s: float,
        heats: tuple[float, float],
        better: Callable[[Told, Seen], None],
        *,
        share: float = 1.0,
    ) -> None:
        """Ruin and recreate until an instant, or for a share of the moves; cool on the way."""
        begun_s, begun_at = time.monotonic(), self._moves_left
        moves = max(1, int(share * begun_at))
        while (now_s := time.monotonic()) < until_s:
            gone = (begun_at - self._moves_left) / moves
            if gone >= 1:
                return
            if not self._small:
                gone = max(gone, (now_s - begun_s) / (until_s - begun_s))
            heat = heats[0] * (heats[1] / heats[0]) ** gone
            had_fen = self.best_fen
            self._run(self._chunk(until_s - now_s), heat, Knobs())
            if self.best_fen < had_fen:
                self._note()
                better(self.told(), self.seen)

    def squeeze(self, until_s: float, heat_fen: float) -> None:
        """Do without one courier after another, until an instant or one that cannot be spared."""
        moves_min = self._moves_left // 2
        while time.monotonic() < until_s and self._best.behind_count[0] == 0:
            if self._small and self._moves_left < moves_min:
                return
            if not self._squeeze_once(until_s, heat_fen, moves_min):
                return

    def _squeeze_once(self, until_s: float, heat_fen: float, moves_min: int) -> bool:
        self._go_on_from_best()
        if not self._send_home():
            return False
        while (left_s := until_s - time.monotonic()) > 0 and (
            not self._small or self._moves_left > moves_min
        ):
            self._run(self._chunk(left_s), heat_fen, Knobs(closed=True))
            if self._tour.behind_count[0] == 0:
                self.fen = self.best_fen = int(self._tour.fen.sum())
                loops.copy(self._tour, self._best)
                self._note()
                return True
        self._go_on_from_best()
        return False

    def _send_home(self) -> bool:
        """Take the stops of the courier whose parcels are easiest to place; False without one."""
        town, tour = self._town, self._tour
        free = np.flatnonzero((tour.length > 0) & (town.held == 0))
        if len(free) < 2:
            return False
        missed = [
            self._missed[town.parcel_of[tour.stops[k, : tour.length[k]]]].sum()
            for k in free
        ]
        k = free[int(np.argmin(missed))]
        gone = np.unique(town.parcel_of[tour.stops[k, : tour.length[k]]])
        tour.behind[: len(gone)] = gone
        tour.behind_count[0] = len(gone)
        tour.absent[gone] = True
        tour.courier[np.isin(town.parcel_of, gone)] = -1
        tour.length[k] = 0
        rules.refresh(town, tour, k)
        return True

    def _run(self, moves: int, heat_fen: float, knobs: Knobs) -> None:
        begun_s = time.monotonic()
        made, fen, best_fen = loops.search(
            self._town,
            self._tour,
            self._best,
            missed=self._missed,
            fen=self.fen,
            best_fen=self.best_fen,
            moves=moves,
            heat_fen=heat_fen,
            knobs=knobs,
        )
        if not knobs.closed:
            self.fen, self.best_fen = fen, best_fen
        self._moves_left -= made
        rate = made / max(time.monotonic() - begun_s, 1e-6)
        self._moves_a_s = (self._moves_a_s + rate) / 2

    def _go_on_from_best(self) -> None:
        """Set the routes to the best ones, reckoned anew."""
        town, tour = self._town, self._tour
        loops.copy(self._best, tour)
        tour.courier[:] = -1
        tour.absent[:] = True
        for k in range(len(town.begins)):
            if not rules.refresh(town, tour, k):
                tour.length[k] = 0
                rules.refresh(town, tour, k)
            tour.absent[town.parcel_of[tour.stops[k, : tour.length[k]]]] = False
        left = np.flatnonzero(tour.absent)
        tour.behind[: len(left)] = left
        tour.behind_count[0] = len(left)
        loops.copy(tour, self._best)
        left_fen = int(town.unserved_fen[tour.absent].sum())
        self.fen = self.best_fen = int(tour.fen.sum()) + left_fen

    def _note(self) -> None:
        self.seen.update(self.told().items())

    def _chunk(self, left_s: float) -> int:
        if self._small:
            return _MOVES_SMALL
        return max(1, int(self._moves_a_s * min(CHUNK_S, left_s)))

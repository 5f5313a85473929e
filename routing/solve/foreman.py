"""Who parts the work: gives pieces to workers, takes what is better, keeps the time."""

import random
import time
from collections.abc import Mapping, Sequence

from routing.problem import Parcel, Problem
from routing.solve.board import Board
from routing.solve.crew import Crew
from routing.solve.cutting import cut, hear, tell
from routing.solve.finishing import plan_of
from routing.solve.jobs import Found, Job
from routing.solve.model import Piece
from routing.solve.parting import Part, parts
from routing.solve.recipes import SMALL_PARCELS, Recipe
from routing.solve.recombining import Pool
from routing.solve.starting import usable
from routing.solve.watching import Watch
from routing.timing import Stop

# A day of so many stops is one piece for every worker, each with a seed of its own.
WHOLE_STOPS_MAX = 1_200
PART_PARCELS = 400
# Annealing, in parts of the mean way between two stops.
HOT, COLD = 0.4, 0.004
# Shares of the time: for stages between which the workers agree on the best, ...
STAGES = (0.4, 0.75, 1.0)
SQUEEZE = 0.75
SQUEEZE_PART = 0.4
# ... for the last insertions, the plan and the reasons.
_LAST_SHARE = 0.03
_LAST_SHARE_MAX = 0.2
_LAST_S_PER_PARCEL = 0.0004
_LAST_S_PER_UNSERVED = 0.01
_LATE_SHARE = 0.01
_SILENT_SHARE = 0.7
_POLL_S = 0.05
_TELL_S = 1.0


class Foreman:
    """Improves the orders of one problem with a crew."""

    def __init__(
        self, problem: Problem, watch: Watch, *, seed: int, workers: int
    ) -> None:
        self.board = Board(problem)
        self.pool = Pool(problem)
        self._watch = watch
        self._chance = random.Random(seed)
        self._workers = workers
        self._jobs: dict[int, Piece] = {}
        self._number = 0
        self._begun = len(problem.parcels) <= SMALL_PARCELS
        # Workers that have not said a word by then will not (their code has yet to be
        # compiled): the rest of the time is for insertions.
        self._silent_s = watch.begun_s + _SILENT_SHARE * watch.seconds_max

    @property
    def _improve_until_s(self) -> float:
        """Return when the end begins; where parcels stay behind it takes longer."""
        seconds_max = self._watch.seconds_max
        most_s = seconds_max * _LAST_SHARE_MAX
        write_s = len(self.board.parcels) * _LAST_S_PER_PARCEL
        # At first nothing is served yet: how much will stay behind shows later.
        behind = len(self.board.unserved) if self._begun else 0
        behind_s = behind * _LAST_S_PER_UNSERVED
        last_s = max(seconds_max * _LAST_SHARE, min(write_s + behind_s, most_s))
        return self._watch.ends_s - last_s

    def begin(self, start: Mapping[str, Sequence[Stop]]) -> None:
        """Take orders that stand, and the stops that are fixed."""
        for name, stops in usable(self.board.problem, start).items():
            self.board.take([name], {name: stops})
        self._take_fixed()

    def improve(self) -> None:
        """Improve the orders until the time is up, or nothing more is to be had."""
        problem = self.board.problem
        if not problem.parcels or not problem.couriers:
            return
        small = len(problem.parcels) <= SMALL_PARCELS
        with Crew(1 if small else self._workers) as crew:
            if _stops(problem) <= WHOLE_STOPS_MAX:
                self._improve_whole(crew, STAGES[-1:] if small else STAGES)
            else:
                self._improve_parts(crew)
            self._recombine()

    def _take_fixed(self) -> None:
        """Put fixed stops in place where no order holds them yet."""
        for courier in self.board.problem.couriers:
            if courier.fixed and courier.id not in self.board.orders:
                self.board.take_fixed(courier)

    def _improve_whole(self, crew: Crew, stages: Sequence[float]) -> None:
        """Search the whole day from as many seeds as there are workers, in stages."""
        everyone = Part(self.board.problem.couriers, self.board.problem.parcels)
        begun_s = time.monotonic()
        span_s = self._improve_until_s - begun_s
        before = 0.0
        for share in stages:
            until_s = begun_s + share * span_s
            hot, cold = _heat(before), _heat(share)
            squeeze = SQUEEZE if before == 0 else 0.25 if share < 1 else 0.0
            recipes = [
                Recipe(until_s, self._seed(), hot, cold, squeeze)
                for _ in range(crew.size)
            ]
            while recipes and not self._watch.over(min(until_s, self._silent_s)):
                if crew.idle:
                    self._give(crew, everyone, recipes.pop())
                else:
                    self._hear(crew, _POLL_S)
            self._listen(crew, until_s)
            if self._watch.over(min(self._improve_until_s, self._silent_s)):
                return
            before = share

    def _improve_parts(self, crew: Crew) -> None:
        """Part the day along other lines over and over, and search the parts."""
        begun_s = time.monotonic()
        span_s = self._improve_until_s - begun_s
        rounds = _rounds(len(self.board.parcels), span_s, self._workers)
        for turn in range(rounds):
            if self._watch.over(self._improve_until_s):
                return
            waiting = parts(self.board, PART_PARCELS, self._chance)
            until_s = begun_s + span_s * (turn + 1) / rounds
            hot, cold = _heat(turn / rounds), _heat((turn + 1) / rounds)
            squeeze = SQUEEZE_PART if 0 < turn < rounds // 2 else 0.0
            while waiting and not self._watch.over(
                min(self._improve_until_s, self._silent_s)
            ):
                left_s = until_s - time.monotonic()
                each_s = max(0.3, left_s * crew.size / len(waiting))
                if crew.idle:
                    ends_s = min(time.monotonic() + each_s, self._improve_until_s)
                    recipe = Recipe(ends_s, self._seed(), hot, cold, squeeze)
                    self._give(crew, waiting.pop(), recipe)
                if not crew.idle:
                    self._hear(crew, _POLL_S)
                if crew.lost:
                    return
            self._listen(crew, self._improve_until_s)

    def _seed(self) -> int:
        return self._chance.randrange(2**31)

    def _give(self, crew: Crew, part: Part, recipe: Recipe) -> None:
        couriers = self.board.crew_of(part.couriers)
        piece = cut(self.board.problem, couriers, part.parcels)
        own = {it.id: self.board.orders.get(it.id, []) for it in couriers}
        self._number += 1
        self._jobs[self._number] = Piece(
            self.board.problem, tuple(couriers), _same(self.board, piece)
        )
        crew.give(Job(self._number, piece, tell(piece, own), recipe))

    def _listen(self, crew: Crew, until_s: float) -> None:
        """Hear what workers find until all are done, or long enough after an instant."""
        late_s = until_s + _LATE_SHARE * self._watch.seconds_max
        while crew.busy and not self._watch.over(min(late_s, self._silent_s)):
            self._hear(crew, _POLL_S)

    def _hear(self, crew: Crew, seconds_max: float) -> None:
        for found in crew.heard(seconds_max):
            self._silent_s = self._watch.ends_s
            self._begun = self._begun or found.done
            self._take(found)
        self._tell()

    def _take(self, found: Found) -> None:
        piece = self._jobs.get(found.number)
        if piece is None:
            return
        names = [courier.id for courier in piece.couriers]
        self.board.take(names, hear(piece, found.told))
        for name, numbers in found.routes:
            self.pool.add(name, [piece.parcels[n // 2].id for n in numbers], numbers)
        if found.done:
            del self._jobs[found.number]

    def _tell(self) -> None:
        """Tell of a better plan, about once a second."""
        watch, now_s = self._watch, time.monotonic()
        if watch.on_better is None or now_s - watch.told_s < _TELL_S:
            return
        if self.board.better:
            self.board.better = False
            watch.on_better(plan_of(self.board, None, watch))
            watch.told_s = time.monotonic()

    def _recombine(self) -> None:
        left_s = self._watch.ends_s - time.monotonic()
        if not self._watch.over(self._improve_until_s + 0.5 * left_s):
            self.pool.recombine(self.board, 0.5 * left_s)


def _stops(problem: Problem) -> int:
    return sum(1 if it.pickup is None else 2 for it in problem.parcels)


def _heat(share: float) -> float:
    return float(HOT * (COLD / HOT) ** share)


def _rounds(parcels: int, span_s: float, workers: int) -> int:
    """Return how often a day is parted: each part wants some seconds a time."""
    each_s = 3.0 * parcels / PART_PARCELS / workers
    return max(2, min(8, int(span_s / each_s)))


def _same(board: Board, piece: Piece) -> tuple[Parcel, ...]:
    return tuple(board.parcels[parcel.id] for parcel in piece.parcels)

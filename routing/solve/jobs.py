"""What a worker process is asked to do with a piece, and what it tells on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from routing.solve import improvers
from routing.solve.cutting import Told
from routing.solve.model import Piece
from routing.solve.recipes import Recipe, Seen

SAY_S = 0.4
Improve = Callable[[Piece, Told, Recipe, improvers.Better], tuple[Told, Seen]]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece to improve from orders that stand."""

    number: int
    piece: Piece = field(repr=False)
    told: Told = field(repr=False)
    recipe: Recipe

    def run(
        self, say: Callable[["Found"], object], improve: Improve = improvers.improve
    ) -> None:
        """Search until the recipe's instant; say what is better as it is found."""
        said_s = time.monotonic()

        def better(told: Told, routes: Seen) -> None:
            nonlocal said_s
            if time.monotonic() - said_s > SAY_S:
                said_s = time.monotonic()
                say(Found(self.number, told, frozenset(routes), done=False))
                routes.clear()

        told, routes = improve(self.piece, self.told, self.recipe, better)
        say(Found(self.number, told, frozenset(routes), done=True))


@dataclass(frozen=True, slots=True)
class Found:
    """The best orders of a job so far, and routes seen on the way since the last word."""

    number: int
    told: Told
    routes: frozenset[tuple[str, tuple[int, ...]]]
    done: bool

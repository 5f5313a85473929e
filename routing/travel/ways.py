"""Seconds and metres between points, who says so, and which points have no way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pharmacies.places import Point
from routing.problem import INSTANT_S_MAX, Matrix

UNREACHABLE_S = INSTANT_S_MAX
"""What a way takes that is none: as planner and verifier know it, too."""

UNREACHABLE_M = 10_000_000


class RoadsAway(Exception):
    """The road engine gave no answer that can be used: which one, and why."""

    def __init__(self, engine: str, why: str) -> None:
        super().__init__(f"{engine}: {why}")
        self.engine, self.why = engine, why


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Travel seconds and metres, row = origin, column = destination.

    `source` says whose figures they are; `instead_of` says which engine was asked first,
    and why it did not answer. A way that does not exist takes `UNREACHABLE_S`.
    """

    travel_s: Matrix = field(repr=False)
    distance_m: Matrix = field(repr=False)
    source: str
    instead_of: str | None = None

    def __iter__(self) -> Iterator[Matrix]:
        """Give seconds, then metres, as a problem takes them."""
        return iter((self.travel_s, self.distance_m))

    def missing(self) -> int:
        """Count the ways that do not exist."""
        return int(np.count_nonzero(self.travel_s >= UNREACHABLE_S))

    def cut_off(self) -> tuple[int, ...]:
        """Name the points that most others cannot reach, or that reach most others not."""
        others = max(len(self.travel_s) - 1, 1)
        none = self.travel_s >= UNREACHABLE_S
        lost = np.maximum(none.sum(axis=0), none.sum(axis=1)) * 2 > others
        return tuple(int(it) for it in np.flatnonzero(lost))


class TravelTimes(Protocol):
    """Anything that knows how far and how long it is from each point to each."""

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return the ways between all points, for leaving at an instant where that matters.

        Raises RoadsAway where no answer can be had.
        """
        ...


def whole(values: npt.NDArray[np.floating[Any]], out: Matrix) -> None:
    """Round up into whole numbers, so that no plan promises more than was reckoned."""
    values -= 1e-6  # of what is whole but for the last digits of a float
    np.ceil(values, out=values)
    out[:] = values


def sealed(matrix: Matrix) -> Matrix:
    """Make a matrix read-only, with nothing on the diagonal."""
    np.fill_diagonal(matrix, 0)
    matrix.setflags(write=False)
    return matrix

"""How long and how a piece is searched."""

from dataclasses import dataclass

Seen = set[tuple[str, tuple[int, ...]]]
"""Routes seen on the way: a courier's id, and the stops of the piece by number."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a piece is searched, and until which instant of the monotonic clock.

    Annealing goes from `hot` to `cold`, in parts of the mean way between two stops;
    `squeeze` is the share of the time for doing without a courier.
    """

    until_s: float
    seed: int
    hot: float
    cold: float
    squeeze: float = 0.0


SMALL_PARCELS = 40
"""A piece of so many parcels is searched to an end, the same with every clock."""

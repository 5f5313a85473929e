"""A benchmark instance as its file has it: plain numbers in the file's own unit.

Nothing here is scaled or rounded, so that an answer can be checked against the
file in double precision.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Format(StrEnum):
    """The formats that are read."""

    LI_LIM = "li-lim"
    SOLOMON = "solomon"
    SARTORI = "sartori"


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the file: where, how much (minus what is brought), when, how long."""

    number: int
    x: float
    y: float
    demand: int
    open: float
    close: float
    service: float


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """Nodes from the depot (number 0) on, the fleet, and who belongs to whom.

    `pairs` are (pickup, delivery); empty where every load comes from the depot.
    `ways` is the file's own matrix; without one the way is the straight line.
    Travelling takes as long as it is far.
    """

    name: str
    vehicles: int
    capacity: int
    nodes: tuple[Node, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    ways: npt.NDArray[np.int32] | None = field(default=None, repr=False)

    @property
    def depot(self) -> Node:
        """Return where every route starts and ends."""
        return self.nodes[0]

    def way(self, origin: int, destination: int) -> float:
        """Return how far it is from node to node, and how long it takes."""
        if self.ways is not None:
            return int(self.ways.item(origin, destination))
        start, end = self.nodes[origin], self.nodes[destination]
        return math.hypot(start.x - end.x, start.y - end.y)

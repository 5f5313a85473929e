"""Compile, or load, the whole search by planning the smallest piece there is."""

import numpy as np

from routing.problem import Courier, Parcel, Problem
from routing.solve import kept
from routing.solve.model import Piece
from routing.solve.ruin.searching import Search

_WAYS = np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]], np.int32)


def warm() -> None:
    """Load the compiled code; where none is kept yet this takes half a minute."""
    search = Search(smallest(), seed=1)
    search.load({"a": (0, 1), "b": (2, 3)})
    search.first()
    kept.note_ready()


def smallest() -> Piece:
    """Make a piece of two parcels and two couriers: every other has arrays of the same types."""
    parcels = tuple(
        Parcel(id=name, pickup=1, dropoff=2, ready_s=0, open_s=0, close_s=3600)
        for name in ("a", "b")
    )
    couriers = tuple(
        Courier(id=name, start=0, end=0, start_s=0, end_s=7200, capacity_parcels=9)
        for name in ("a", "b")
    )
    return Piece(Problem(_WAYS, _WAYS, parcels, couriers), couriers, parcels)

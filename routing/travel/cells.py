"""Tables of a road engine, part by part, put together into matrices of whole numbers."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from routing.problem import Matrix
from routing.travel.ways import (
    UNREACHABLE_M,
    UNREACHABLE_S,
    RoadsAway,
    Ways,
    sealed,
)

Part = tuple[range, range]
Table = tuple[list[list[float | None]], list[list[float | None]]]  # seconds, metres


def put_together(
    size: int, side: int, ask: Callable[[Part], Table], *, source: str
) -> Ways:
    """Ask for squares of `side` rows and columns, and put them into two matrices."""
    travel_s = np.zeros((size, size), np.int32)
    distance_m = np.zeros((size, size), np.int32)
    for part in parts(size, side):
        rows, columns = (slice(it.start, it.stop) for it in part)
        seconds, metres = (np.array(it, np.float64) for it in ask(part))
        none = np.isnan(seconds) | np.isnan(metres)
        _fill(travel_s[rows, columns], seconds, none, UNREACHABLE_S)
        _fill(distance_m[rows, columns], metres, none, UNREACHABLE_M)
    return Ways(sealed(travel_s), sealed(distance_m), source)


def parts(size: int, side: int) -> Iterator[Part]:
    """Cut a square of places into squares that an engine answers at once."""
    cuts = [range(at, min(at + side, size)) for at in range(0, size, side)]
    return ((rows, columns) for rows in cuts for columns in cuts)


def checked(
    engine: str, name: str, given: Any, part: Part, *, scale: float = 1
) -> list[list[float | None]]:
    """Give a table of the size asked for, of numbers from 0 and nothing else but None."""
    rows, columns = (len(it) for it in part)
    if not isinstance(given, Sequence) or len(given) != rows:
        raise RoadsAway(engine, f"{name}: expected {rows} rows")
    found = []
    for row in given:
        if not isinstance(row, Sequence) or len(row) != columns:
            raise RoadsAway(engine, f"{name}: expected {columns} columns")
        found.append([_cell(engine, name, it, scale) for it in row])
    return found


def _cell(engine: str, name: str, given: Any, scale: float) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise RoadsAway(engine, f"{name}: {str(given)[:40]!r} is no number")
    if not math.isfinite(given) or given < 0:
        raise RoadsAway(engine, f"{name}: {given} is no length")
    return given * scale


def _fill(
    out: Matrix, values: "np.ndarray[Any, Any]", none: "np.ndarray[Any, Any]", most: int
) -> None:
    values[none] = most
    out[:] = np.ceil(np.minimum(values - 1e-6, most))

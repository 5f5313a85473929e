"""Who improves a piece: the compiled search where it is installed, else OR-Tools."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from routing.solve.cutting import Told, hear, tell
from routing.solve.model import Piece
from routing.solve.recipes import Seen

if TYPE_CHECKING:
    from routing.solve.recipes import Recipe

Better = Callable[[Told, Seen], None]


def compiled() -> bool:
    """Tell whether the compiled search can be used: numba is an extra."""
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def warm() -> None:
    """Load what a search needs, so that a process made from this one has it at once."""
    if compiled():
        from routing.solve.ruin.warming import warm as load

        load()


def improve(
    piece: Piece, told: Told, recipe: "Recipe", better: Better
) -> tuple[Told, Seen]:
    """Return the best orders found until the recipe's instant, and the routes seen."""
    if compiled():
        from routing.solve.ruin import improve as ruin

        return ruin(piece, told, recipe, better)
    from routing.solve.search import improve as search

    found = search(piece, hear(piece, told), recipe)
    return tell(piece, found), set()

"""Who improves a piece: the compiled search where it is installed, else OR-Tools."""

import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING

from routing.solve import kept
from routing.solve.cutting import Told, hear, tell
from routing.solve.model import Piece
from routing.solve.recipes import Seen

if TYPE_CHECKING:
    from routing.solve.model import Orders
    from routing.solve.recipes import Recipe

Better = Callable[[Told, Seen], None]


def compiled() -> bool:
    """Tell whether the compiled search can be used: numba is an extra."""
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def at_once() -> bool:
    """Tell whether nothing has to be compiled before a search can begin."""
    return importlib.util.find_spec("numba") is None or kept.ready()


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
    return improve_by_tools(piece, told, recipe, better)


def improve_by_tools(
    piece: Piece, told: Told, recipe: "Recipe", better: Better
) -> tuple[Told, Seen]:
    """Return the best orders that OR-Tools finds until the recipe's instant."""
    from routing.solve.search import improve as search

    def heard(orders: "Orders") -> None:
        better(tell(piece, orders), set())

    return tell(piece, search(piece, hear(piece, told), recipe, heard)), set()

"""The life of a delivery order (配送订单), from settled to the patient's door."""

from collections.abc import Mapping
from types import MappingProxyType

# A parcel that could not be handed over goes back to packed and is planned again
# (retry), or is returned: then its settlement is reversed.
TRANSITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "placed": frozenset({"packed", "cancelled"}),
        "packed": frozenset({"planned", "cancelled"}),
        "planned": frozenset({"out", "packed"}),
        "out": frozenset({"handed_over", "returned", "packed"}),
        "handed_over": frozenset(),
        "returned": frozenset(),
        "cancelled": frozenset(),
    }
)


class IllegalMove(ValueError):
    """An order was asked to go where its state does not lead."""


def move(state: str, to: str) -> str:
    """Move an order to its next state, or refuse with IllegalMove.

    >>> move("placed", "packed")
    'packed'
    """
    if to not in TRANSITIONS[state]:
        raise IllegalMove(f"{state} does not lead to {to}")
    return to

"""How much of a plan stays as it was when it is planned anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fixtures.rounds.told import Stop

Lists = Sequence[Sequence[Stop]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the stops ahead in two versions: how many kept their courier, and what comes before."""

    stops: int
    courier: int
    order: int  # the same courier, after the same stop


def kept_of(before: Lists, after: Lists) -> Kept:
    """Hold two versions against each other: the stops that both have ahead, by courier.

    >>> from routing.problem import Kind
    >>> a, b, c = (Stop(no, Kind.DROPOFF) for no in range(3))
    >>> kept_of([[a, b], []], [[c, a], [b]])
    Kept(stops=2, courier=1, order=1)
    """
    old, new = _places(before), _places(after)
    both = old.keys() & new.keys()
    return Kept(
        stops=len(both),
        courier=sum(old[it] == new[it] for it in both),
        order=len(_pairs(before, both) & _pairs(after, both)),
    )


def _places(lists: Lists) -> dict[Stop, int]:
    return {stop: courier for courier, stops in enumerate(lists) for stop in stops}


def _pairs(lists: Lists, both: set[Stop]) -> set[tuple[int, Stop | None, Stop]]:
    """Name each stop with its courier and the one before it, among those that both have."""
    found = set()
    for courier, stops in enumerate(lists):
        kept = [it for it in stops if it in both]
        found |= {(courier, *pair) for pair in pairwise([None, *kept])}
    return found  # type: ignore[return-value]

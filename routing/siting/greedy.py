"""A first choice: whoever brings most people first, as far as gaps and budget go. Pure."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from routing.siting.matching import filled, units_of
from routing.siting.problem import Siting


def first_choice(problem: Siting) -> dict[int, str]:
    """Choose candidates greedily: which, and the unit that each counts towards."""
    return units_of(problem, filled(problem, _by_gain(problem), extra=problem.extra))


def _by_gain(problem: Siting) -> Iterator[int]:
    """Give the candidates, each time the one that brings most people more.

    A gain only shrinks, so that one that was not looked at again is an upper bound.
    """
    mine: list[list[int]] = [[] for _ in problem.candidates]
    worth = [group.persons * group.weight for group in problem.groups]
    for number, group in enumerate(problem.groups):
        for candidate in group.served_by:
            mine[candidate].append(number)
    heap = [(-sum(worth[it] for it in has), one) for one, has in enumerate(mine)]
    heapify(heap)
    while heap:
        said, candidate = heappop(heap)
        gain = sum(worth[it] for it in mine[candidate])
        if heap and gain < -said and (-gain, candidate) > heap[0]:
            heappush(heap, (-gain, candidate))
            continue
        yield candidate
        for it in mine[candidate]:
            worth[it] = 0

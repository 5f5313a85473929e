"""What is told of groups of people tells of no fewer than five (GB/T 39725-2020; k ≥ 5).

Groups of fewer are put together with others, so that nothing can be reckoned back from what
is missing to a sum: sums stay whole, and every number that is told is of enough people.
"""

from collections.abc import Mapping

PEOPLE_MIN = 5


def too_few(sizes: Mapping[str, int], people_min: int = PEOPLE_MIN) -> frozenset[str]:
    """Name the groups to be told as one: the small ones, and the next smallest with a lonely one.

    >>> sorted(too_few({"a": 2, "b": 9, "c": 40}))
    ['a', 'b']
    >>> sorted(too_few({"a": 2, "b": 4, "c": 40}))
    ['a', 'b']
    """
    by_size = sorted(sizes, key=lambda name: (sizes[name], name))
    few = [name for name in by_size if sizes[name] < people_min]
    others = iter(by_size[len(few) :])
    while few and sum(sizes[name] for name in few) < people_min:
        following = next(others, None)
        if following is None:
            break
        few.append(following)
    return frozenset(few)

"""Each quota unit against its target: how many pharmacies stand, how many lack."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one quota unit stands; `gap` is how many pharmacies it still lacks."""

    unit: str
    target: int
    designated: int
    gap: int
    met: bool


def standings(
    targets: Mapping[str, int], designated: Mapping[str, int]
) -> tuple[Standing, ...]:
    """Compare each unit with its target, in the order of the targets.

    The target is a floor (不低于): a surplus in one unit does not fill the gap
    of another.
    """
    return tuple(
        standing(unit, target, designated.get(unit, 0))
        for unit, target in targets.items()
    )


def standing(unit: str, target: int, designated: int) -> Standing:
    """Compare one unit with its target.

    >>> standing("苍南县", 3, 2).gap
    1
    """
    if target < 0 or designated < 0:
        raise ValueError(f"expected counts, got {target}, {designated} for {unit}")
    gap = max(0, target - designated)
    return Standing(unit, target, designated, gap, gap == 0)

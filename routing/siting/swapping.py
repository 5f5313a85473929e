"""Make a choice better by swaps: one goes, and whoever then brings most comes in its place."""

from time import monotonic

import numpy as np

from routing.siting.crowd import Crowd, Reals
from routing.siting.problem import Siting


def swapped(
    problem: Siting, crowd: Crowd, choice: dict[int, str], *, until_s: float
) -> dict[int, str]:
    """Swap until no swap makes the choice better, or time is over.

    Who comes counts towards the same unit as who goes, so that floors and ceilings stand;
    beyond its gap a unit may give its place to another that has no ceiling.
    """
    held = dict(choice)
    fits = _fits(problem)
    chosen = np.zeros(crowd.candidates)
    chosen[list(held)] = 1
    times, idle = crowd.served(chosen), 0
    while idle < len(held) and monotonic() <= until_s:
        for one in sorted(held):
            if monotonic() > until_s:
                break
            idle += 1
            times -= crowd.of(one)
            gains = crowd.priced(np.where(times > 0.5, 0.0, crowd.worth))
            unit, best = held[one], one
            for other, (may, units) in _open(problem, held, one, fits).items():
                able = np.where(may & (chosen == 0), gains, -1.0)
                found = int(np.argmax(able))
                if able[found] > gains[best] + 0.5:
                    best, unit = found, other or units[found]
            times += crowd.of(best)
            if best != one:
                del held[one]
                chosen[one], chosen[best], held[best], idle = 0, 1, unit, 0
    return held


Fit = tuple[Reals, list[str]]


def _fits(problem: Siting) -> dict[str, Fit]:
    """Say who could count towards each unit; under "", towards any without a ceiling."""
    found: dict[str, Fit] = {}
    for unit in problem.units:
        may = np.array([unit.name in each.units for each in problem.candidates], bool)
        found[unit.name] = may, []
    free = {unit.name for unit in problem.units if unit.room is None}
    firsts = [
        next((it for it in each.units if it in free), "") for each in problem.candidates
    ]
    found[""] = np.array([bool(it) for it in firsts], bool), firsts
    return found


def _open(
    problem: Siting, held: dict[int, str], one: int, fits: dict[str, Fit]
) -> dict[str, Fit]:
    unit = held[one]
    gap = next(it.gap for it in problem.units if it.name == unit)
    beyond = sum(it == unit for it in held.values()) > gap
    return {unit: fits[unit], **({"": fits[""]} if beyond else {})}

"""What no choice can beat, and which candidates are decided by that alone.

Lagrangian relaxation: "people are served only by who was chosen" is given a price for each
group, the choice that is best at these prices is exact and quick (`matching`), and its worth
bounds every choice. The prices are moved towards the lowest bound. A candidate that would
push the bound below a choice already known is out, or in, for good (Beasley 1993): what is
left to CP-SAT is small.
"""

from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from routing.siting.crowd import Crowd, Reals
from routing.siting.matching import Places, filled, units_of
from routing.siting.problem import Siting

ROUNDS = 400
_KEPT = 0.8  # of the course, from round to round
_PATIENCE = 8  # rounds without a better bound, before steps get shorter


@dataclass(slots=True)
class Bounds:
    """The best choice so far, what no choice can beat, and who is decided."""

    choice: dict[int, str]
    value: int
    bound: float
    prices: Reals = field(repr=False)
    out: set[int] = field(default_factory=set)
    sure: set[int] = field(default_factory=set)


def bounded(
    problem: Siting, crowd: Crowd, choice: dict[int, str], *, until_s: float
) -> Bounds:
    """Move the prices until the bound meets the best choice, or rounds or time are over."""
    found = Bounds(choice, crowd.value(choice), float(crowd.worth.sum()), crowd.worth)
    counts = np.maximum(np.bincount(crowd.group, minlength=len(crowd.worth)), 1)
    price, pace, waited = crowd.worth / counts, 1.0, 0
    course = np.zeros(len(price))
    for _ in range(ROUNDS):
        places, bound, lack = _priced_out(problem, crowd, price)
        _better_choice(problem, crowd, places, found)
        waited += 1
        if bound < found.bound - 1e-9:
            found.bound, found.prices, waited = bound, price, 0
        if found.bound < found.value + 1 or monotonic() > until_s or pace < 1e-3:
            break
        if waited >= _PATIENCE:
            pace, waited, price = pace / 2, 0, found.prices
            course[:] = 0
            continue
        # What the rounds before have in common shows the way; one alone swings about.
        course = lack if not course.any() else _KEPT * course + (1 - _KEPT) * lack
        length = float(course @ course)
        if length == 0:
            break
        step = pace * (bound - found.value + 1) / length
        price = np.clip(price - step * course, 0, crowd.worth)
    _decide(problem, crowd, found)
    return found


def _priced_out(
    problem: Siting, crowd: Crowd, price: Reals
) -> tuple[Places, float, Reals]:
    """Find the best choice at some prices, its bound, and where it serves too often."""
    value = crowd.priced(price)
    places = filled(
        problem, np.argsort(-value, kind="stable").tolist(), extra=problem.extra
    )
    chosen = np.zeros(crowd.candidates)
    chosen[list(places.place_of)] = 1
    bound = float((crowd.worth - price).sum() + value @ chosen)
    wants = price < crowd.worth - 1e-9
    return places, bound, crowd.served(chosen) - wants


def _better_choice(
    problem: Siting, crowd: Crowd, places: Places, found: Bounds
) -> None:
    choice = units_of(problem, places)
    value = crowd.value(choice)
    if value > found.value:
        found.choice, found.value = choice, value


def _decide(problem: Siting, crowd: Crowd, found: Bounds) -> None:
    """Decide whoever cannot be, or must be, in a choice better than the one known."""
    value = crowd.priced(found.prices)
    places, bound, _ = _priced_out(problem, crowd, found.prices)
    least: dict[str, float] = {}
    for one, place in places.place_of.items():
        least[place] = min(least.get(place, np.inf), float(value[one]))
    most = dict.fromkeys(least, -np.inf)
    spare = bound - found.value - 1 + 1e-6  # worse than this by more: no better choice
    reach: dict[tuple[str, ...], set[str]] = {}
    for one, each in enumerate(problem.candidates):
        if one in places.place_of:
            continue
        if each.units not in reach:
            reach[each.units] = places.reachable(one)
        near = reach[each.units] & least.keys()
        for place in near:
            most[place] = max(most[place], float(value[one]))
        free = any(places.left[it] for it in reach[each.units])
        cost = min((least[it] for it in near), default=np.inf) - float(value[one])
        if not free and cost > spare:
            found.out.add(one)
    for one, place in places.place_of.items():
        if not any(places.left.values()) and float(value[one]) - most[place] > spare:
            found.sure.add(one)

"""Small problems of places, drawn or by hand, and every choice of them tried."""

from itertools import combinations, product
from random import Random

from routing.siting import Candidate, Group, Siting, Unit


def drawn(seed: int, *, candidates: int = 7, people: int = 8) -> Siting:
    """Draw a problem small enough to try every choice."""
    rng = Random(seed)
    names = ["甲县", "乙县", "市本级"]
    units = [Unit(name, rng.randrange(3)) for name in names]
    if rng.random() < 0.4:
        units.append(Unit("丁区", 0, room=rng.randrange(2)))
        names.append("丁区")
    shops = [
        Candidate(f"P{no}", tuple(rng.sample(names, rng.choice((1, 1, 2)))))
        for no in range(rng.randrange(candidates + 1))
    ]
    groups = [
        Group(
            rng.randrange(1, 9),
            tuple(sorted(rng.sample(range(len(shops)), rng.randrange(len(shops) + 1)))),
            weight=rng.choice((1, 1, 3)),
        )
        for _ in range(rng.randrange(people + 1))
    ]
    return Siting(tuple(units), tuple(shops), tuple(groups), extra=rng.randrange(3))


def best(problem: Siting) -> tuple[int, int]:
    """Try every choice: the fewest places left empty, and the most worth with that."""
    numbers = range(len(problem.candidates))
    found = []
    for count in range(len(numbers) + 1):
        for some in combinations(numbers, count):
            ways = product(*(problem.candidates[one].units for one in some))
            empty = min((empty_of(problem, way) for way in ways), default=None)
            if empty is not None:
                found.append((empty, -worth_of(problem, set(some)), count))
    fewest = min(empty for empty, _, _ in found)
    gaps = sum(unit.gap for unit in problem.units)
    most = gaps - fewest + problem.extra
    fit = [worth for empty, worth, count in found if empty == fewest and count <= most]
    return fewest, -min(fit)


def empty_of(problem: Siting, way: tuple[str, ...]) -> int:
    """Count the places that stay empty; a choice above a ceiling leaves all empty."""
    for unit in problem.units:
        if unit.room is not None and way.count(unit.name) > unit.room:
            return 10_000
    return sum(max(0, unit.gap - way.count(unit.name)) for unit in problem.units)


def worth_of(problem: Siting, some: set[int]) -> int:
    """Add up the worth of the people whom some candidates serve."""
    served = (it for it in problem.groups if some & set(it.served_by))
    return sum(it.persons * it.weight for it in served)

"""Check a choice of places against its problem, sharing nothing with what chose it.

Everything is worked out again from the problem alone. The bound is the one thing that is
only believed where the problem is too large to try every choice.
"""

from collections import Counter
from collections.abc import Iterator

from routing.siting.answer import Answer
from routing.siting.problem import Siting


def faults(problem: Siting, answer: Answer) -> tuple[str, ...]:
    """List what is wrong with an answer, in words; nothing where it holds."""
    return (
        *_of_choice(problem, answer),
        *_of_units(problem, answer),
        *_of_people(problem, answer),
    )


def _of_choice(problem: Siting, answer: Answer) -> Iterator[str]:
    known = {each.code: each for each in problem.candidates}
    codes = [each.code for each in answer.chosen]
    for each in answer.chosen:
        if each.code not in known:
            yield f"{each.code} is no candidate"
        elif each.unit not in known[each.code].units:
            yield f"{each.code} cannot count towards {each.unit}"
        if codes.count(each.code) > 1:
            yield f"{each.code} was chosen twice"


def _of_units(problem: Siting, answer: Answer) -> Iterator[str]:
    told = {each.unit: each for each in answer.outcomes}
    lacking = 0
    for unit in problem.units:
        has = sum(each.unit == unit.name for each in answer.chosen)
        lacks = unit.gap - has if has < unit.gap else 0
        lacking += lacks
        if unit.room is not None and has > unit.room:
            yield f"{unit.name} takes {has}, more than its {unit.room}"
        said = told.get(unit.name)
        if said is None or (said.gap, said.chosen, said.lacks) != (
            unit.gap,
            has,
            lacks,
        ):
            yield f"{unit.name} is told wrong"
    allowed = sum(unit.gap for unit in problem.units) - lacking + problem.extra
    if len(answer.chosen) > allowed:
        yield f"{len(answer.chosen)} were chosen, more than the {allowed} allowed"
    if lacking > _unfillable(problem):
        yield f"{lacking} places stay empty that could be filled"


def _unfillable(problem: Siting) -> int:
    """Count the places that no choice fills, by Hall's theorem over sets of units.

    The largest lack of any set of units: its gaps less the candidates who could count
    towards it. Only units that share candidates have to be looked at together.
    """
    return sum(_worst(problem, cluster) for cluster in _clusters(problem))


def _worst(problem: Siting, cluster: list[str]) -> int:
    gaps = {unit.name: unit.gap for unit in problem.units}
    alike = Counter(each.units for each in problem.candidates)
    worst = 0
    for bits in range(1 << len(cluster)):
        some = {name for at, name in enumerate(cluster) if bits >> at & 1}
        could = sum(count for units, count in alike.items() if some & set(units))
        worst = max(worst, sum(gaps[name] for name in some) - could)
    return worst


def _clusters(problem: Siting) -> list[list[str]]:
    found = [{unit.name} for unit in problem.units if unit.gap]
    lacking = {unit.name for unit in problem.units if unit.gap}
    for shared in {frozenset(each.units) & lacking for each in problem.candidates}:
        touched = [one for one in found if one & shared]
        rest = [one for one in found if not one & shared]
        found = [*rest, set[str]().union(*touched)] if touched else rest
    return [sorted(one) for one in found]


def _of_people(problem: Siting, answer: Answer) -> Iterator[str]:
    at = {each.code: number for number, each in enumerate(problem.candidates)}
    taken = {at[each.code] for each in answer.chosen if each.code in at}
    served = [it for it in problem.groups if taken & set(it.served_by)]
    persons = sum(it.persons for it in served)
    if answer.persons != persons:
        yield f"{persons} people are served, not {answer.persons}"
    if answer.unserved != sum(it.persons for it in problem.groups) - persons:
        yield f"{answer.unserved} people are told to stay without"
    if answer.value != sum(it.persons * it.weight for it in served):
        yield f"the choice is not worth {answer.value}"
    if answer.bound < answer.value:
        yield "the bound is below what was found"
    if sum(each.adds for each in answer.chosen) != persons:
        yield "what the chosen add is not what is served"
    for each in answer.chosen:
        mine = (
            it.persons for it in problem.groups if at.get(each.code) in it.served_by
        )
        if each.serves != sum(mine):
            yield f"{each.code} does not serve {each.serves}"

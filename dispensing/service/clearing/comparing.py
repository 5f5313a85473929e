"""Set a group's year beside the one before: counted here where it is, else as it was entered."""

from collections.abc import Sequence

from dispensing.clearing.claims import visitors
from dispensing.clearing.goals import GOALS, Compared, compare
from dispensing.clearing.reckoning import Given
from dispensing.clearing.scores import Measured
from dispensing.policy.rules import Rules
from dispensing.service.clearing.entering import FIGURES, EnteredNumber
from dispensing.service.clearing.measuring import Standing

BEFORE = "_before"


def goals_of(
    rules: Rules,
    standing: Standing,
    given: Given | None,
    found: Sequence[EnteredNumber],
) -> tuple[Compared, ...]:
    """Compare the goals of a year; `given` is None while its spending is not whole."""
    entered = {
        one.name: Measured(one.part, one.of)
        for one in found
        if not one.code
        and one.name in FIGURES
        and FIGURES[one.name].share == (one.of is not None)
    }
    names = {goal.name for goal in GOALS}
    before = {name: entered[name + BEFORE] for name in names & _named(entered)}
    now = _counted(standing, given)
    now |= {name: entered[name] for name in names & entered.keys()}
    return compare(rules, before, now)


def _named(entered: dict[str, Measured]) -> set[str]:
    return {name.removesuffix(BEFORE) for name in entered if name.endswith(BEFORE)}


def _counted(standing: Standing, given: Given | None) -> dict[str, Measured]:
    """Count who of the pilot came (S15), and what the fund paid (S17)."""
    found = {}
    pilot = {head.person for head in standing.heads}
    if pilot:
        came = frozenset[str]().union(*visitors(standing.claims).values())
        found["visited"] = Measured(len(pilot & came), len(pilot))
    if given is not None:
        spent = sum(sum(one.fund_fen.values()) for one in given.spent.values())
        found["fund"] = Measured(spent)
    return found

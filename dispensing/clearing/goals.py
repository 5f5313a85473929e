"""What a pilot is to reach from one year to the next (濉溪 一（三）“两升两降”, 三（六）)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dispensing.clearing.scores import Measured
from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules


@dataclass(frozen=True, slots=True)
class Goal:
    """One number that is to rise or to fall, and the figure of the pack that says so."""

    name: str
    zh: str
    rises: bool
    figure: str


GOALS = (
    Goal("visited", "门诊就诊率", True, "clause.goals"),
    Goal("satisfied", "群众满意率", True, "clause.goals"),
    Goal("hospitalised", "总体住院率", False, "clause.goals"),
    Goal("fund", "医保基金支出", False, "clause.goals"),
    Goal("primary", "基层就诊率", True, "clause.contract_goals"),
    Goal("in_county", "县域内就诊率", True, "clause.contract_goals"),
    Goal("disabled", "致残率", False, "clause.contract_goals"),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One goal with the number of the year before and of the year; None: nobody has it."""

    goal: Goal
    before: Measured | None
    now: Measured | None
    cited: Citation

    @property
    def is_met(self) -> bool | None:
        """Tell whether it moved as it should; None while a number is missing.

        What stays as it was has neither risen nor fallen.
        """
        if self.before is None or self.now is None:
            return None
        moved = _size(self.now) - _size(self.before)
        return moved > 0 if self.goal.rises else moved < 0


def compare(
    rules: Rules, before: Mapping[str, Measured], now: Mapping[str, Measured]
) -> tuple[Compared, ...]:
    """Set the years side by side, for each goal of the texts in force."""
    return tuple(
        Compared(
            goal, before.get(goal.name), now.get(goal.name), rules.cited(goal.figure)
        )
        for goal in GOALS
        if goal.figure in rules.figures
    )


def _size(found: Measured) -> Fraction:
    return Fraction(found.part) if found.of is None else found.rate

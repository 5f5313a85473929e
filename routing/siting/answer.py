"""What is answered when places are chosen: which, for whom, and how good that is. Pure."""

from dataclasses import dataclass
from typing import Literal

Proof = Literal["optimal", "within_gap"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One candidate that was chosen.

    `serves` are all the people whom it would serve alone, `adds` those whom nobody chosen
    before it serves; the list begins with whoever adds most.
    """

    code: str
    unit: str
    serves: int
    adds: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one unit: it lacked `gap`, gets `chosen`, and `lacks` so many still."""

    unit: str
    gap: int
    chosen: int
    lacks: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The best choice found, and how good it is.

    `value` is what the choice brings, in weighted persons, and `bound` what no choice can
    beat; where they meet the optimum is proven.
    """

    chosen: tuple[Chosen, ...]
    outcomes: tuple[Outcome, ...]
    persons: int  # newly served
    unserved: int  # persons who stay without
    value: int
    bound: int

    @property
    def proof(self) -> Proof:
        """Tell whether the optimum is proven."""
        return "optimal" if self.value == self.bound else "within_gap"

    @property
    def gap_percent(self) -> float:
        """Return how much better another choice could be at most, in percent of the bound."""
        return 100 * (self.bound - self.value) / self.bound if self.bound else 0.0

    @property
    def short(self) -> tuple[Outcome, ...]:
        """List the units that stay below their floor for want of candidates."""
        return tuple(each for each in self.outcomes if each.lacks)

"""Watch a search come down: when which better plan was found, and when it may stop."""

from collections.abc import Callable
from dataclasses import dataclass, field

from routing.plan import Plan

Better = tuple[float, int, int]
"""Seconds since the search began, the cost in fen, and the parcels left behind."""


@dataclass(slots=True)
class Watch:
    """Hears of every better plan, by a clock that counts seconds."""

    clock: Callable[[], float]
    better: list[Better] = field(default_factory=list)
    began_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.began_s = self.clock()

    def __call__(self, plan: Plan) -> None:
        """Note a better plan."""
        at_s = round(self.clock() - self.began_s, 2)
        self.better.append((at_s, plan.cost_fen, len(plan.unserved)))

    def first_full_s(self) -> float | None:
        """Return after how many seconds a plan left nothing behind, or None."""
        return next((at_s for at_s, _, left in self.better if left == 0), None)

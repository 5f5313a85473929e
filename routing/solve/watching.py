"""The time that a plan may take, and who may stop it or wants to hear of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from routing.plan import Plan


@dataclass(slots=True)
class Watch:
    """The time there is, and who wants to hear of the plan or to stop it."""

    begun_s: float
    seconds_max: float
    on_better: Callable[[Plan], object] | None = None
    cancelled: Callable[[], bool] | None = None
    told_s: float = 0.0

    @property
    def ends_s(self) -> float:
        """Return the instant by which the plan has to be there."""
        return self.begun_s + self.seconds_max

    def stopped(self) -> bool:
        """Tell whether somebody said to stop."""
        return self.cancelled is not None and self.cancelled()

    def over(self, until_s: float) -> bool:
        """Tell whether an instant has come, or somebody said to stop."""
        return self.stopped() or time.monotonic() >= until_s

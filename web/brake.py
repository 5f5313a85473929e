"""The brake on guessed passwords: too many failures for one name, and it must wait."""

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

WINDOW_S = 600
NAMES_MAX = 10_000


@dataclass(slots=True)
class Brake:
    """Counts the failures of each name during the last ten minutes, in memory."""

    failures_max: int
    _failures: dict[str, deque[float]] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def admits(self, name: str) -> bool:
        """Tell whether this name may try now, and count the try as a failure until it passes.

        Counted beforehand, so that guesses sent at once do not slip through together.
        """
        with self._guard:
            if len(self._recent(name)) >= self.failures_max:
                return False
            if len(self._failures) >= NAMES_MAX:
                self._forget_old()
            self._failures[name] = self._recent(name)
            self._failures[name].append(monotonic())
            return True

    def passed(self, name: str) -> None:
        """Forget the failures of a name that has signed in."""
        with self._guard:
            self._failures.pop(name, None)

    def _recent(self, name: str) -> deque[float]:
        kept = self._failures.get(name, deque())
        while kept and kept[0] < monotonic() - WINDOW_S:
            kept.popleft()
        return kept

    def _forget_old(self) -> None:
        for name in [name for name in self._failures if not self._recent(name)]:
            del self._failures[name]
        while len(self._failures) >= NAMES_MAX:
            self._failures.pop(next(iter(self._failures)))

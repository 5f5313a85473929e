"""How far a listener has heard: a number of each of the sequences that are listened to.

Numbers can become visible out of their order, where several write at once: one that is
missing is looked for again until it must have been given up.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

GIVEN_UP_S = 60.0  # longer than a unit of work waits for locks
MISSING_MAX = 1000
_WRITTEN = re.compile(r"\d{1,18}\.\d{1,18}(\.\d{1,18}\.\d{1,18})?")


@dataclass(frozen=True, slots=True)
class Place:
    """Up to which number of each sequence all was heard.

    They are the records of the audit chain, the acts on plans, what the dispatcher's desk was
    told and did, and the positions.
    """

    record: int = 0
    act: int = 0
    desk: int = 0
    position: int = 0

    def __str__(self) -> str:
        return ".".join(map(str, self.numbers))

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Give the number of each sequence."""
        return self.record, self.act, self.desk, self.position


def read_place(text: str | None) -> Place | None:
    """Read a place as it is written; None for anything else.

    >>> read_place("12.3.4.5"), read_place("12"), read_place(None)
    (Place(record=12, act=3, desk=4, position=5), None, None)
    >>> read_place("12.3")  # of a page that was open before there were more
    Place(record=12, act=3, desk=0, position=0)
    """
    found = _WRITTEN.fullmatch(text or "")
    return Place(*map(int, found[0].split("."))) if found else None


@dataclass(slots=True)
class Reading:
    """One sequence as it is read on: the highest number, and those missing below it."""

    high: int
    missing: dict[int, float] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """Tell up to which number nothing is missing any more."""
        return min(self.missing, default=self.high + 1) - 1

    def take(self, numbers: Iterable[int], now_s: float) -> None:
        """Note the numbers that were read at a moment.

        >>> reading = Reading(4)
        >>> reading.take([5, 8], now_s=0.0)
        >>> reading.whole, sorted(reading.missing)
        (5, [6, 7])
        >>> reading.take([6], now_s=1.0)
        >>> reading.whole
        6
        >>> reading.take([], now_s=GIVEN_UP_S + 1)
        >>> reading.whole
        8
        """
        for number in sorted(numbers):
            self.missing.pop(number, None)
            for left_out in range(max(self.high + 1, number - MISSING_MAX), number):
                self.missing[left_out] = now_s
            self.high = max(self.high, number)
        self.missing = {
            number: since_s
            for number, since_s in list(self.missing.items())[-MISSING_MAX:]
            if now_s - since_s < GIVEN_UP_S
        }

    def wanted(self) -> Collection[int]:
        """Tell which numbers are still to be looked for."""
        return self.missing.keys()

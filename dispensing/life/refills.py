"""Fillings of a prescription that may be filled more than once (续方): how many, from which day."""

from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.days import later


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a prescription may be filled, and what was filled so far.

    `interval_days` is the least number of days between two fillings (minInrvDays), and
    `filled_on` the day of the last one.
    """

    fills_max: int = 1
    interval_days: int = 0
    filled: int = 0
    filled_on: date | None = None


NO_REPEAT = Repeat()


def fills_left(repeat: Repeat) -> int:
    """Tell how often it may still be filled.

    >>> fills_left(Repeat(3, 28, filled=1))
    2
    """
    return max(0, repeat.fills_max - repeat.filled)


def next_day(repeat: Repeat, lead_days: int = 0) -> date | None:
    """Tell from which day it may be filled again; None where no day has to be waited for.

    `lead_days` is how much earlier an operator lets people come, never before the day
    after the last filling.

    >>> next_day(Repeat(3, 28, filled=1, filled_on=date(2025, 9, 15)))
    datetime.date(2025, 10, 13)
    """
    if not repeat.filled or repeat.filled_on is None or not fills_left(repeat):
        return None
    wait_days = max(1, repeat.interval_days - lead_days)
    return later(repeat.filled_on, wait_days)


def lapses_before(last_day: date, repeat: Repeat, lead_days: int = 0) -> bool:
    """Tell whether its validity ends before it may be filled again.

    >>> once = Repeat(2, 28, filled=1, filled_on=date(2025, 9, 15))
    >>> lapses_before(date(2025, 10, 12), once), lapses_before(date(2025, 10, 13), once)
    (True, False)
    """
    from_day = next_day(repeat, lead_days)
    return from_day is not None and from_day - last_day > timedelta(0)


def days_of(packs: int, of_packs: int, supply_days: int) -> int:
    """Tell for how many days a part of the packs of a line lasts: whole days, at least one.

    >>> days_of(2, 3, 28), days_of(3, 3, 28), days_of(1, 90, 28)
    (18, 28, 1)
    """
    return max(1, packs * supply_days // of_packs)

"""Holidays of China, with the working days that make up for them, as the State Council has them.

The list is of the library `chinesecalendar`, which grows by a release each autumn: a year that
it does not have is not guessed. No text moves a date for a holiday, so none is moved here.
"""

from datetime import date
from typing import Literal

import chinese_calendar  # type: ignore[import-untyped]

_YEARS = {day.year for day in chinese_calendar.holidays}
_KNOWN = (min(_YEARS), max(_YEARS))
DayKind = Literal["workday", "weekend", "holiday", "unknown"]


def day_kind(day: date) -> DayKind:
    """Tell what kind of day it is; `unknown` where the year's holidays are not known.

    >>> day_kind(date(2025, 10, 2)), day_kind(date(2025, 9, 28)), day_kind(date(2039, 1, 2))
    ('holiday', 'workday', 'unknown')
    """
    if not _KNOWN[0] <= day.year <= _KNOWN[1]:
        return "unknown"
    if chinese_calendar.is_workday(day):
        return "workday"
    is_named = chinese_calendar.get_holiday_detail(day)[1] is not None
    return "holiday" if is_named else "weekend"

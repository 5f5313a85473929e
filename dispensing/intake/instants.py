"""Days and instants as they are sent: written one way, and within living memory.

A library would also read "0" as a day of 1970, and a day at the edge of the calendar
has no neighbour: whoever adds a day to it fails.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

Moment = TypeVar("Moment", date, datetime)
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def day(text: str) -> date:
    """Read a day such as 2025-09-15.

    >>> day("2025-09-15")
    datetime.date(2025, 9, 15)
    """
    wanted = "expected a day such as 2025-09-15"
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(wanted)
    return within_reach(found)


def instant(text: str) -> datetime:
    """Read an instant with its offset (RFC 3339), such as 2025-09-15T08:12:00+08:00.

    >>> instant("2025-09-15T00:12:00Z").isoformat()
    '2025-09-15T00:12:00+00:00'
    """
    wanted = "expected an instant with its offset such as 2025-09-15T08:12:00+08:00"
    try:
        found = (
            datetime.fromisoformat(text.upper()) if _INSTANT.fullmatch(text) else None
        )
    except ValueError:
        found = None
    if found is None:
        raise ValueError(wanted)
    return found


def within_reach(found: Moment) -> Moment:
    """Return a day or an instant of the years 1900 to 2199."""
    on = found.date() if isinstance(found, datetime) else found
    if not FIRST <= on <= LAST:
        raise ValueError(f"expected a day from {FIRST} to {LAST}")
    return found


def _day_of(value: Any) -> Any:
    return day(value) if isinstance(value, str) else value


def _instant_of(value: Any) -> Any:
    return instant(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day_of), AfterValidator(within_reach)]
Instant = Annotated[
    AwareDatetime, BeforeValidator(_instant_of), AfterValidator(within_reach)
]

"""When the duties of a text are due: once, each month, each quarter, each year.

No text says what becomes of a date that falls on a holiday: it stays where it is.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Duty:
    """One date of a text: what, who, how often, and the sentence that says so."""

    slug: str
    what: str
    of: tuple[str, ...]  # bureau, health, institution
    who: str
    every: str  # once, month, quarter, year
    document: str
    clause: str
    quote: str
    day: int | None = None
    on: str = ""  # month and day of a year
    until: date | None = None  # of what is due once
    since: date | None = None

    @property
    def is_dated(self) -> bool:
        """Tell whether the text names a day; else the last of the period is taken."""
        return bool(self.day or self.on or self.until)


@dataclass(frozen=True, slots=True)
class Due:
    """One day on which a duty is due, and the period that it is about."""

    duty: Duty
    on: date
    period: str  # 2025, 2025Q3, 2025-09, or nothing for what is due once

    @property
    def key(self) -> str:
        """Name the due day, the same for everybody."""
        return f"due:{self.duty.slug}:{self.on.isoformat()}"


def duties_of(
    rows: Sequence[Mapping[str, Any]], *, document: str, clause: str
) -> tuple[Duty, ...]:
    """Read the duties from the rows of a text's calendar."""
    return tuple(
        Duty(
            slug=row["slug"],
            what=row["what"],
            of=tuple(row["of"]),
            who=row["who"],
            every=row["every"],
            document=document,
            clause=clause,
            quote=row["quote"],
            day=row.get("day"),
            on=row.get("on", ""),
            until=_date(row.get("until")),
            since=_date(row.get("since")),
        )
        for row in rows
    )


def dues(duties: Sequence[Duty], first: date, last: date) -> tuple[Due, ...]:
    """List what is due from one day to another, both included, by day."""
    found = [
        due
        for duty in duties
        for due in _of(duty, first.year, last.year)
        if first <= due.on <= last and (duty.since is None or duty.since <= due.on)
    ]
    return tuple(sorted(found, key=lambda due: (due.on, due.duty.slug)))


def period_of(every: str, day: date) -> str:
    """Name the month, the quarter or the year of a day.

    >>> period_of("quarter", date(2025, 9, 15)), period_of("month", date(2025, 9, 15))
    ('2025Q3', '2025-09')
    """
    if every == "month":
        return f"{day.year}-{day.month:02}"
    if every == "quarter":
        return f"{day.year}Q{(day.month + 2) // 3}"
    return str(day.year) if every == "year" else ""


def _of(duty: Duty, first_year: int, last_year: int) -> Iterator[Due]:
    if duty.until is not None:
        yield Due(duty, duty.until, "")
        return
    for year in range(first_year, last_year + 1):
        step = _MONTHS[duty.every]
        for month in range(1, 13, step):
            on = _day(duty, year, month, step)
            yield Due(duty, on, period_of(duty.every, on))


def _day(duty: Duty, year: int, month: int, step: int) -> date:
    """Give the day of one period: as the text names it, else the period's last."""
    if duty.on:
        return date.fromisoformat(f"{year}-{duty.on}")
    if duty.day:
        return date(year, month, duty.day)
    last = month + step - 1
    return date(year, last, monthrange(year, last)[1])


def _date(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None

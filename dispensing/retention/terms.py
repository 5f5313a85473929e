"""The operator's terms: how long each kind is kept, who says so, and what is held back."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from dispensing.days import day_of, start_of
from dispensing.retention.kinds import KINDS

YEARS_MAX = 100
_LENGTHS = {"years", "days"}
_SAID = {"source", "decided_by", "decided_on"}


@dataclass(frozen=True, slots=True)
class Term:
    """How long a kind is kept, by which source, and who has decided it when."""

    years: int
    days: int
    source: str
    decided_by: str
    decided_on: date
    locked_too: bool = False  # what is locked since a closing ends with it as well

    def __post_init__(self) -> None:
        if not (0 <= self.years <= YEARS_MAX and 0 <= self.days <= YEARS_MAX * 366):
            raise ValueError("expected a term of a day to a hundred years")
        if (self.years > 0) == (self.days > 0):
            raise ValueError("expected years or days, one day at least")
        if not (self.source.strip() and self.decided_by.strip()):
            raise ValueError("a term names its source and who decided it")

    def before(self, now: datetime) -> datetime:
        """Tell before which instant what ended has been kept long enough.

        >>> from datetime import UTC
        >>> term = Term(2, 0, "…", "…", date(2025, 1, 1))
        >>> term.before(datetime(2028, 2, 29, 4, tzinfo=UTC)).isoformat()
        '2026-02-28T00:00:00+08:00'
        """
        today = day_of(now)
        year = max(date.min.year, today.year - self.years)
        is_leap_day = (today.month, today.day) == (2, 29)
        day = (
            today.replace(year=year, day=28)
            if is_leap_day
            else today.replace(year=year)
        )
        return start_of(day - timedelta(days=self.days))

    @property
    def length(self) -> str:
        """Write the length by ISO 8601.

        >>> Term(2, 0, "…", "…", date(2025, 1, 1)).length
        'P2Y'
        """
        return f"P{self.years}Y" if self.years else f"P{self.days}D"


@dataclass(frozen=True, slots=True)
class Hold:
    """What an operator holds back whatever its term: a prescription or a person, and why."""

    reason: str
    source: str
    prescription: UUID | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        if (self.prescription is None) == (self.person is None):
            raise ValueError("a hold names a prescription or a person")
        if not (self.reason.strip() and self.source.strip()):
            raise ValueError("a hold names its reason and its source")


@dataclass(frozen=True, slots=True)
class Terms:
    """The operator's terms by kind, and what is held back."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()


NO_TERMS = Terms()


def read_terms(path: Path) -> Terms:
    """Read the operator's file; ValueError names what is wrong with it."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        odd = found.keys() - {"terms", "holds"}
        odd |= found.get("terms", {}).keys() - KINDS.keys()
        if odd:
            raise ValueError(f"unknown: {', '.join(sorted(odd))}")
        return Terms(
            {name: _term(said) for name, said in found.get("terms", {}).items()},
            tuple(_hold(said) for said in found.get("holds", [])),
        )
    except (ValueError, AttributeError, TypeError, OSError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _term(said: Mapping[str, Any]) -> Term:
    lengths = said.keys() & _LENGTHS
    if said.keys() - {"locked_too"} != _SAID | lengths or len(lengths) != 1:
        raise ValueError("expected years or days, source, decided_by and decided_on")
    (length,) = lengths
    if type(said[length]) is not int or type(said["decided_on"]) is not date:
        raise ValueError(f"expected {length} as a whole number and decided_on as a day")
    if type(said.get("locked_too", False)) is not bool:
        raise ValueError("expected locked_too to be true or false")
    return Term(
        years=said.get("years", 0),
        days=said.get("days", 0),
        source=str(said["source"]),
        decided_by=str(said["decided_by"]),
        decided_on=said["decided_on"],
        locked_too=said.get("locked_too", False),
    )


def _hold(said: Mapping[str, Any]) -> Hold:
    if said.keys() - {"prescription", "person"} != {"reason", "source"}:
        raise ValueError("expected a hold's prescription or person, reason and source")
    whom = said.get("prescription")
    return Hold(
        reason=str(said["reason"]),
        source=str(said["source"]),
        prescription=None if whom is None else UUID(whom),
        person=said.get("person"),
    )

"""What the rules find: alarms with a stable number, their evidence and the money at stake."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ID_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of a claim that an alarm rests on; `stake_fen` is never above what the fund paid."""

    claim: str
    line: int
    day: date
    outlet: str
    person: str
    medicine: str
    fund_fen: int
    stake_fen: int

    def __post_init__(self) -> None:
        if not 0 <= self.stake_fen <= self.fund_fen:
            raise ValueError(f"at stake is at most what the fund paid: {self}")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding of one rule about one subject."""

    id: str
    rule: str
    edition: str
    subject: str  # the person, the outlet, or what the rule names
    outlet: str  # who is heard: where most of it was paid
    first_day: date
    last_day: date
    stake_fen: int
    evidence: tuple[Evidence, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unrun:
    """A rule that did not run, and which data it waits for."""

    rule: str
    needs: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What one run has found: how much was read, the alarms, and what could not be asked."""

    lines: int
    first: date | None
    last: date | None
    alarms: tuple[Alarm, ...]
    unrun: tuple[Unrun, ...]


def alarm_id(rule: str, subject: str, first_claim: str) -> str:
    """Number an alarm by what it is about: the same run again, the same numbers.

    Neither the thresholds nor what came later change it, so that a later run does not
    open a second case about the same thing.

    >>> alarm_id("duplicate", "P1|A10BA02", "c7") == alarm_id("duplicate", "P1|A10BA02", "c7")
    True
    """
    said = "\x1f".join((rule, subject, first_claim))
    return hashlib.sha256(said.encode()).hexdigest()[:ID_LETTERS]


def alarm(
    rule: str,
    edition: str,
    subject: str,
    evidence: tuple[Evidence, ...],
    *,
    facts: Mapping[str, Any],
) -> Alarm:
    """Make an alarm of its evidence, in the order of day, claim and line."""
    rows = tuple(sorted(evidence, key=lambda one: (one.day, one.claim, one.line)))
    paid: dict[str, int] = {}
    for one in rows:
        paid[one.outlet] = paid.get(one.outlet, 0) + one.fund_fen
    outlet = min(paid, key=lambda code: (-paid[code], code))
    return Alarm(
        id=alarm_id(rule, subject, rows[0].claim),
        rule=rule,
        edition=edition,
        subject=subject,
        outlet=outlet,
        first_day=rows[0].day,
        last_day=rows[-1].day,
        stake_fen=sum(one.stake_fen for one in rows),
        evidence=rows,
        facts=dict(facts),
    )

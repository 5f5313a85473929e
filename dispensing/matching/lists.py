"""The lists of a matching: who gets each, what may become of a person on it, by when."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules

BOTH = ("bureau", "health")


@dataclass(frozen=True, slots=True)
class ListRule:
    """One list: its words, who sees it, who answers it with which codes, and which dates it has."""

    name: str
    zh: str
    en: str
    seen_by: tuple[str, ...]
    answered_by: tuple[str, ...]
    codes: tuple[str, ...]
    due: tuple[str, ...]  # what a calendar row `meets`


LISTS = MappingProxyType(
    {
        one.name: one
        for one in (
            ListRule(
                "enrol",
                "应纳入待遇",
                "to enrol",
                ("bureau",),
                ("bureau",),
                ("not_eligible", "postponed"),
                ("matching.exchange", "matching.managed", "matching.flag"),
            ),
            ListRule(
                "tell_health",
                "已享待遇未管理",
                "entitled, not managed",
                BOTH,
                BOTH,
                ("now_managed", "not_ill", "moved_away", "died", "unreachable"),
                ("matching.exchange", "matching.entitled"),
            ),
            ListRule(
                "verify",
                "待核实诊断",
                "diagnosis to verify",
                BOTH,
                BOTH,
                ("confirmed", "not_ill", "moved_away", "died", "unreachable"),
                ("matching.push", "matching.verify", "matching.exchange"),
            ),
            ListRule(
                "review",
                "待人工比对",
                "pairs to look at",
                ("bureau",),
                ("bureau",),
                ("same_person", "other_person"),
                (),
            ),
            ListRule(
                "uninsured",
                "未参保",
                "not insured",
                ("bureau",),
                ("bureau",),
                ("joined", "insured_elsewhere", "declined", "unreachable"),
                (),
            ),
        )
    }
)
NAMES = tuple(LISTS)
OUTCOMES = MappingProxyType(
    {
        "not_eligible": ("不符合条件", "does not qualify"),
        "postponed": ("暂缓", "put off"),
        "now_managed": ("已纳入管理", "is managed now"),
        "not_ill": ("没有此病", "does not have it"),
        "moved_away": ("已迁出", "has moved away"),
        "died": ("已去世", "has died"),
        "unreachable": ("联系不上", "cannot be reached"),
        "confirmed": ("经核实符合", "verified"),
        "same_person": ("是同一人", "the same person"),
        "other_person": ("不是同一人", "another person"),
        "joined": ("已参保", "has joined"),
        "insured_elsewhere": ("在外地参保", "is insured elsewhere"),
        "declined": ("不愿参保", "does not want to"),
    }
)
CODES = tuple(OUTCOMES)
KINDS = MappingProxyType(
    {
        "chronic": ("两病用药保障", "two-disease benefit"),
        "chronic_outpatient": ("门诊慢特病", "outpatient chronic disease"),
    }
)


@dataclass(frozen=True, slots=True)
class Due:
    """By when a list is to be done, and the sentence that says so."""

    day: date
    what: str
    who: str
    cited: Citation


def due_of(rules: Rules, name: str, day: date) -> Due | None:
    """Tell by when a list of a run on a day is due; None where no text says."""
    found = [
        Due(on, row["what"], row["who"], replace(cited, quote=row["quote"]))
        for cited in (rules.cited("calendar"),)
        for row in rules.rows("calendar")
        if row.get("meets") in LISTS[name].due and (on := _day(row, day)) is not None
    ]
    return min(found, key=lambda due: due.day, default=None)


def _day(row: Mapping[str, Any], day: date) -> date | None:
    """Give the day of a row's period that a day lies in: month or quarter, else its one date."""
    if row["every"] == "once":
        until = date.fromisoformat(row["until"])
        return (
            until if day <= until else None
        )  # what comes later has no date in the text
    month = day.month if row["every"] == "month" else (day.month - 1) // 3 * 3 + 1
    if row["every"] not in ("month", "quarter"):
        return None
    last = monthrange(day.year, month)[1]
    return date(day.year, month, min(row.get("day") or last, last))


@dataclass(frozen=True, slots=True)
class Entitling:
    """Whom a region lets in without an application, for which diseases, and how (R14, T5, L13)."""

    diseases: frozenset[str]
    schemes: frozenset[str]
    exclusive: bool  # whoever has 门诊慢特病 has no 两病 beside it
    automatic: bool  # a text says that managed patients are let in (T4, L2)
    cited: Citation
    confirmed: bool = False  # once the centre that manages them confirms it (C12)

    def lets_in(self, name: str) -> bool:
        """Tell whether people of a list are let in without an application."""
        return self.automatic or (self.confirmed and name == "enrol")

    @classmethod
    def of(cls, rules: Rules) -> "Entitling":
        """Read the rules in force."""
        automatic, confirmed = (
            f"clause.{way}_entitlement" in rules.figures
            for way in ("automatic", "confirmed")
        )
        way = "confirmed" if confirmed and not automatic else "automatic"
        return cls(
            rules.diseases,
            rules.schemes,
            rules.exclusive,
            automatic,
            rules.cited(f"clause.{way}_entitlement"),
            confirmed and not automatic,
        )

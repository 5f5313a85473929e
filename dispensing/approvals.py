"""Two people for what matters (双人复核): which acts want a second person, and from when.

An override is left to one person up to a threshold that the operator has set, with its
source. Where none is set, nothing is guessed: every override of that kind wants two.
"""

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from dispensing.errors import Conflict, Words

ANY = "any"  # every check that has no threshold of its own
# What may be asked for, and how long it waits: an approval that comes later is none.
LASTS = {
    "designation": timedelta(days=7),
    "settlement": timedelta(hours=12),
    "people": timedelta(days=1),
    "overlay": timedelta(days=7),
    "case": timedelta(days=7),
    "clearing": timedelta(days=7),
}
KINDS = tuple(LASTS)
ENDS = ("approved", "declined", "withdrawn")
# Who decides: a role that the matrix admits (proposal.decide), by the kind of act.
DECIDERS = {
    "designation": ("bureau", "admin"),
    "settlement": ("pharmacist",),
    "people": ("bureau", "admin"),
    "overlay": ("bureau", "admin"),
    "case": ("bureau", "admin"),
    "clearing": ("bureau", "admin"),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Up to what one person decides alone, and who says so."""

    most: int
    source: str

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ValueError(f"a threshold is not below nothing: {self.most}")
        if not self.source.strip():
            raise ValueError("a threshold names its source")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The operator's thresholds: outlets away from a target, fen of the fund by check."""

    quota: Threshold | None = None
    settlement: Mapping[str, Threshold] = field(default_factory=dict)

    def quota_wants_two(self, outlets: int) -> bool:
        """Tell whether leaving a target by so many outlets wants a second person."""
        return self.quota is None or outlets > self.quota.most

    def settlement_wants_two(self, checks: Collection[str], fund_fen: int) -> bool:
        """Tell whether settling against what checks say wants a second person."""
        found = [self.settlement.get(c, self.settlement.get(ANY)) for c in checks]
        return any(each is None or fund_fen > each.most for each in found)


@dataclass(frozen=True, slots=True)
class Needed:
    """What wants a second person: the kind, where, exactly what, and what it rests on."""

    kind: str
    place: str
    content: Mapping[str, Any]
    basis: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind}: expected one of {', '.join(KINDS)}")


class SecondNeeded(Conflict):
    """An act that one person alone does not do; `proposal_id` is what now waits for another."""

    code = "second-person-needed"

    def __init__(self, needed: Needed, proposal_id: UUID | None = None) -> None:
        super().__init__(
            Words(
                "这件事要两个人办：已提交，等另一位有权的人批准。还没有办理。",
                "This takes two people: it waits for another who may approve it."
                " Nothing was done yet.",
                "请通知另一位有权的人打开“待批准”。",
                "Let another who may approve open the page of approvals.",
            )
        )
        self.needed, self.proposal_id = needed, proposal_id


def canonical(content: Mapping[str, Any]) -> str:
    """Write what is asked for in the one way that its digest is over.

    >>> canonical({"b": 1, "a": "药"})
    '{"a":"药","b":1}'
    """
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    )


def digest(text: str) -> str:
    """Give the SHA-256 of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_thresholds(path: Path) -> Thresholds:
    """Read the operator's file; ValueError names what is wrong with it."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        odd = found.keys() - {"quota", "settlement"}
        if odd:
            raise ValueError(f"unknown: {', '.join(sorted(odd))}")
        quota = found.get("quota")
        return Thresholds(
            None if quota is None else _threshold(quota, "outlets_max"),
            {
                check: _threshold(said, "fund_fen_max")
                for check, said in found.get("settlement", {}).items()
            },
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _threshold(said: Mapping[str, Any], unit: str) -> Threshold:
    if said.keys() != {unit, "source"} or type(said[unit]) is not int:
        raise ValueError(f"expected {unit}, a whole number, and a source")
    return Threshold(said[unit], str(said["source"]))

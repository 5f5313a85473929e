"""The rules of smart audit as data: the sentence each rests on, its thresholds, what excuses it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "rules.toml"
BENCH = "bench"  # chosen on made-up books; no text gives it
BUREAU = "bureau"  # set by a bureau, with a reason
VALUE_MAX = 10**9


class UnknownParameter(ValueError):
    """A threshold was set that no rule has, or to what it cannot be."""


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One thing in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """One threshold of a rule, and whose it is: the bench's, or a bureau's with a reason."""

    name: str
    value: int
    unit: str
    zh: str
    en: str
    standing: str = BENCH
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditRule:
    """One rule: what it finds, the sentence it rests on, and what may be an innocent reason."""

    id: str
    version: int
    zh: str
    en: str
    document: str
    requirement: str
    clause: str
    quote: str
    about: str  # person, outlet, doctor
    needs: tuple[str, ...]
    shows: tuple[str, ...]
    innocent: tuple[RuleSaid, ...]
    parameters: tuple[RuleParameter, ...]
    statistic: str = ""

    @property
    def values(self) -> dict[str, int]:
        """Give the thresholds by name."""
        return {one.name: one.value for one in self.parameters}

    @property
    def edition(self) -> str:
        """Name the rule as it ran: its version, and each threshold."""
        told = ",".join(f"{one.name}={one.value}" for one in self.parameters)
        return f"{self.version};{told}"


@lru_cache(maxsize=1)
def shipped() -> tuple[AuditRule, ...]:
    """Read the rules that are shipped, in their order."""
    raw = tomllib.loads(PATH.read_text("utf-8"))
    return tuple(_rule(one) for one in raw["rules"])


def rule(name: str, among: Iterable[AuditRule] = ()) -> AuditRule:
    """Find a rule by its id; KeyError for another."""
    return {one.id: one for one in among or shipped()}[name]


def with_values(
    rules: Iterable[AuditRule], given: Mapping[tuple[str, str], tuple[int, str]]
) -> tuple[AuditRule, ...]:
    """Lay a bureau's thresholds over the shipped ones, each with the reason.

    >>> (first, *_) = with_values(shipped(), {("duplicate", "times_min"): (5, "spot checks")})
    >>> first.values["times_min"], first.parameters[1].standing
    (5, 'bureau')
    """
    for (name, parameter), (value, reason) in given.items():
        check(name, parameter, value, reason)
    return tuple(_laid(one, given) for one in rules)


def check(name: str, parameter: str, value: int, reason: str) -> None:
    """Tell whether a threshold may be set so; raises UnknownParameter."""
    known = {each.id: each.values for each in shipped()}
    if parameter not in known.get(name, {}):
        raise UnknownParameter(f"{name}.{parameter}: no such threshold")
    if not 0 <= value <= VALUE_MAX:
        raise UnknownParameter(f"{name}.{parameter}: expected 0 to {VALUE_MAX}")
    if not reason.strip():
        raise UnknownParameter(f"{name}.{parameter}: expected a reason")


def _laid(
    one: AuditRule, given: Mapping[tuple[str, str], tuple[int, str]]
) -> AuditRule:
    def laid(each: RuleParameter) -> RuleParameter:
        found = given.get((one.id, each.name))
        if found is None:
            return each
        return replace(each, value=found[0], reason=found[1], standing=BUREAU)

    return replace(one, parameters=tuple(laid(each) for each in one.parameters))


def _rule(raw: Mapping[str, Any]) -> AuditRule:
    lists = {
        "needs": tuple(raw["needs"]),
        "shows": tuple(raw["shows"]),
        "innocent": tuple(RuleSaid(**each) for each in raw["innocent"]),
        "parameters": tuple(RuleParameter(**each) for each in raw["parameters"]),
    }
    return AuditRule(**{**raw, **lists})

"""A county's hospital group (医共体): who belongs to it, whose people are whose (S2, S3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dispensing.clearing.terms import LEVELS

ABOVE = {"village": "township", "township": "county"}


@dataclass(frozen=True, slots=True)
class Node:
    """One institution: its level, and the one above it that its people count for as well."""

    code: str
    name: str
    level: str
    above: str = ""

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"expected one of {', '.join(LEVELS)}: {self.level}")
        if bool(self.above) != (self.level in ABOVE):
            raise ValueError("a village has its township above, a township its county")


@dataclass(frozen=True, slots=True)
class Head:
    """One person of one kind: since when, at which institution, with a contract or without."""

    person: str
    people: str  # two_diseases, chronic
    since: date
    code: str = ""
    signed: bool = False


def check_tree(nodes: Sequence[Node]) -> None:
    """Refuse a group whose institutions do not hang together."""
    known = {node.code: node for node in nodes}
    leads = [node.code for node in nodes if node.level == "county"]
    if len(leads) > 1:
        raise ValueError(f"one lead hospital leads a group, not {', '.join(leads)}")
    for node in nodes:
        if not node.above:
            continue
        above = known.get(node.above)
        if above is None:
            raise ValueError(f"{node.code}: {node.above} is not in the group")
        if above.level != ABOVE[node.level]:
            raise ValueError(f"{node.code}: {node.above} is no {ABOVE[node.level]}")


def pilot(
    heads: Iterable[Head], year: int, *, excludes_new: bool = True
) -> tuple[Head, ...]:
    """Leave out who was newly added in the year, or comes later still (S3)."""
    last = year - 1 if excludes_new else year
    return tuple(head for head in heads if head.since.year <= last)


def own_heads(nodes: Sequence[Node], heads: Iterable[Head]) -> Mapping[str, int]:
    """Count whose people are whose: each person once, and for everybody above as well.

    Who belongs to an institution that is not in the group counts for the lead hospital
    alone: then the part of the other levels stays with the group's pool.
    """
    known = {node.code: node for node in nodes}
    leads = [node.code for node in nodes if node.level == "county"]
    counted: Counter[str] = Counter()
    for code in dict((head.person, head.code) for head in heads).values():
        counted.update({*_upward(known, code), *leads})
    return {node.code: counted[node.code] for node in nodes}


def people_of(nodes: Sequence[Node], code: str) -> frozenset[str]:
    """Name the institutions whose people count for one: itself and those below it."""
    below = {node.code for node in nodes if node.above == code} - {code}
    return frozenset({code}).union(*(people_of(nodes, each) for each in below))


def _upward(known: Mapping[str, Node], code: str) -> list[str]:
    found = []
    while code in known:
        found.append(code)
        code = known[code].above
    return found

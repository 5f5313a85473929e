"""What is asked when places are chosen: units, candidates and people, as plain values."""

from collections import Counter
from dataclasses import dataclass

WEIGHT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A quota unit: how many pharmacies it lacks, and how many it may still take.

    A floor (不低于) has a gap and no ceiling. A unit whose target is a ceiling has no gap,
    and room for so many.
    """

    name: str
    gap: int = 0
    room: int | None = None  # None: a floor, which a surplus does no harm

    def __post_init__(self) -> None:
        if self.gap < 0 or (self.room is not None and self.room < 0):
            raise ValueError(f"expected counts, got {self.gap}, {self.room}")
        if self.room is not None and self.gap > self.room:
            raise ValueError(f"{self.name} lacks more than it may take")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pharmacy that could be next, and the units that it could count towards."""

    code: str
    units: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.units or len(set(self.units)) != len(self.units):
            raise ValueError(f"expected one or more units, each once: {self.code}")


@dataclass(frozen=True, slots=True)
class Group:
    """People of one place and one need whom nobody serves, and the candidates who would.

    `served_by` are places in the list of candidates: near enough, with the drugs there.
    """

    persons: int
    served_by: tuple[int, ...]
    weight: int = 1  # of one person

    def __post_init__(self) -> None:
        if self.persons < 0 or not 1 <= self.weight <= WEIGHT_MAX:
            raise ValueError(f"expected persons and a weight of 1 to {WEIGHT_MAX}")


@dataclass(frozen=True, slots=True)
class Siting:
    """Choose candidates: the gaps first, then so many more, for as many people as can be."""

    units: tuple[Unit, ...]
    candidates: tuple[Candidate, ...]
    groups: tuple[Group, ...]
    extra: int = 0  # shops beyond the gaps

    def __post_init__(self) -> None:
        names = Counter(unit.name for unit in self.units)
        codes = Counter(each.code for each in self.candidates)
        for twice in (*names, *codes):
            if names[twice] > 1 or codes[twice] > 1:
                raise ValueError(f"twice in the problem: {twice}")
        for each in self.candidates:
            if strange := set(each.units) - names.keys():
                raise ValueError(f"{each.code} counts towards no unit: {min(strange)}")
        for group in self.groups:
            if any(not 0 <= it < len(self.candidates) for it in group.served_by):
                raise ValueError("a group is served by a candidate that is not there")
        if self.extra < 0:
            raise ValueError(f"expected a budget of 0 or more, got {self.extra}")

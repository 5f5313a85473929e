"""What a year's work scores: from measured shares and cases to points (附件2, R11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dispensing.clearing.terms import Item
from dispensing.money import WHOLE_PERMYRIAD

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """What an item was found to be: a share as two counts, or a number of cases."""

    part: int
    of: int | None = None  # None: a number of cases

    def __post_init__(self) -> None:
        if self.part < 0 or (self.of is not None and self.of <= 0):
            raise ValueError(f"expected counts, got {self.part} of {self.of}")
        if self.of is not None and self.part > self.of:
            raise ValueError(f"{self.part} of {self.of} is more than all")

    @property
    def rate(self) -> Fraction:
        """Give the share."""
        assert self.of is not None
        return Fraction(self.part, self.of)


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one row, with what they were reckoned from; None: not measured."""

    item: Item
    measured: Measured | None
    points: Fraction | None

    @property
    def lost(self) -> Fraction:
        """Give the points that are missing to the full ones."""
        assert self.points is not None
        return self.item.points - self.points


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one institution over the rows that the text at hand has."""

    rows: tuple[Points, ...]

    @property
    def missing(self) -> tuple[Item, ...]:
        """Name the rows that nobody has measured yet."""
        return tuple(each.item for each in self.rows if each.points is None)

    @property
    def points(self) -> Fraction:
        """Add the points up; raises ValueError while a row is missing."""
        if self.missing:
            rows = ", ".join(item.row for item in self.missing)
            raise ValueError(f"not measured: rows {rows}")
        return sum((each.points or Fraction(0) for each in self.rows), Fraction(0))

    @property
    def ratio(self) -> Fraction:
        """Give the share of all points (考核实际得分比)."""
        return Fraction(self.points, sum(each.item.points for each in self.rows))


def score(items: tuple[Item, ...], measured: Mapping[str, Measured]) -> Score:
    """Score every row by what was measured for it; raises ValueError for a row that is none."""
    unknown = sorted(set(measured) - {item.row for item in items})
    if unknown:
        raise ValueError(f"no such rows: {', '.join(unknown)}")
    return Score(tuple(_points(item, measured.get(item.row)) for item in items))


def _points(item: Item, found: Measured | None) -> Points:
    if found is None:
        return Points(item, None, None)
    if (item.how == "deduction") != (found.of is None):
        wanted = "a number of cases" if item.how == "deduction" else "a share"
        raise ValueError(f"row {item.row} wants {wanted}")
    return Points(item, found, _HOW[item.how](item, found))


def _by_range(item: Item, found: Measured) -> Fraction:
    """Full above the range's end, the share of the points inside, nothing below (R11)."""
    low = Fraction(item.low_permyriad, WHOLE_PERMYRIAD)
    high = Fraction(item.high_permyriad, WHOLE_PERMYRIAD)
    if found.rate < low:
        return Fraction(0)
    if found.rate > high:
        return Fraction(item.points)
    return found.rate * item.points


def _by_ratio(item: Item, found: Measured) -> Fraction:
    full = Fraction(item.high_permyriad, WHOLE_PERMYRIAD)
    return min(Fraction(found.rate, full), Fraction(1)) * item.points


def _by_cases(item: Item, found: Measured) -> Fraction:
    lost = Fraction(item.deducted_tenths * found.part, TENTHS)
    return max(item.points - lost, Fraction(0))


_HOW = {"range": _by_range, "ratio": _by_ratio, "deduction": _by_cases}

"""What a clearing rests on: the amount of a head, the shares of the levels, rows of the score."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dispensing.money import WHOLE_PERMYRIAD
from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules

LEVELS = ("village", "township", "county")
Cells = Mapping[str, Any]
NEEDED = ("heads.quotas", "payout.shares", "score.items")


@dataclass(frozen=True, slots=True)
class Quota:
    """What one head of a kind brings to the pool in a year, the contract's part included."""

    people: str  # two_diseases (两病), chronic (常见慢性病)
    care: str  # outpatient, inpatient
    signed: bool | None  # with a family doctor's contract; None: the text does not ask
    quota_fen: int
    contract_fen: int
    cited: Citation


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one level in what is left over (村、镇、县)."""

    level: str
    permyriad: int
    cited: Citation


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the score: how many points, and how they are come by."""

    row: str
    name: str
    points: int
    how: str  # range, ratio, deduction
    low_permyriad: int
    high_permyriad: int
    full_above: bool  # above the range's end the points are full
    deducted_tenths: int  # of a point, for each case
    cited: Citation


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one region's clearing on a day, each with the words it rests on."""

    quotas: tuple[Quota, ...]
    shares: tuple[Share, ...]
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        if sum(share.permyriad for share in self.shares) != WHOLE_PERMYRIAD:
            raise ValueError("the shares of the levels are not the whole")
        if len({share.level for share in self.shares}) != len(self.shares):
            raise ValueError("a level has two shares")

    @property
    def points_max(self) -> int:
        """Give the points that the rows at hand add up to (S25: the copy breaks off)."""
        return sum(item.points for item in self.items)

    def quota(self, people: str, care: str, *, signed: bool) -> Quota:
        """Find what a head of a kind brings; raises LookupError where nothing says it."""
        for each in self.quotas:
            if (each.people, each.care) == (people, care) and each.signed in (
                None,
                signed,
            ):
                return each
        raise LookupError(f"no amount for a head: {people}, {care}, signed={signed}")


class Lacking(LookupError):
    """Terms that the texts in force leave open, or do not have: the figures by name."""

    def __init__(self, figures: tuple[str, ...]) -> None:
        self.figures = figures
        super().__init__(f"no value in force for {', '.join(figures)}")


def terms(rules: Rules) -> Terms:
    """Read the terms in force; raises Lacking with the figures that have no value."""
    lacking = tuple(name for name in NEEDED if not rules.rows(name))
    if lacking:
        raise Lacking(lacking)
    return Terms(
        quotas=tuple(_quota(*each) for each in _cited(rules, "heads.quotas")),
        shares=tuple(_share(*each) for each in _cited(rules, "payout.shares")),
        items=items_of(rules),
    )


def items_of(rules: Rules) -> tuple[Item, ...]:
    """Read the rows of the score in force; none where no text has any."""
    return tuple(_item(*each) for each in _cited(rules, "score.items"))


def _cited(rules: Rules, name: str) -> Iterator[tuple[Cells, Citation]]:
    """Give each row of a figure with the words that it rests on."""
    for cells in rules.rows(name):
        yield cells, replace(rules.cited(name), quote=cells["quote"])


def _quota(cells: Cells, cited: Citation) -> Quota:
    return Quota(
        cells["people"],
        cells["care"],
        cells.get("signed"),
        cells["quota_fen"],
        cells.get("contract_fen", 0),
        cited,
    )


def _share(cells: Cells, cited: Citation) -> Share:
    return Share(cells["level"], cells["share_permyriad"], cited)


def _item(cells: Cells, cited: Citation) -> Item:
    return Item(
        cells["row"],
        cells["item"],
        cells["points"],
        cells["how"],
        cells.get("low_share_permyriad", 0),
        cells.get("high_share_permyriad", 0),
        cells.get("full_above", False),
        cells.get("deducted_tenths", 0),
        cited,
    )

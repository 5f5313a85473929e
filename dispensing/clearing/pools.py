"""What a group's heads bring in a year, and what is left of it (附件1 二)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispensing.clearing.terms import Quota, Terms

OUTPATIENT, INPATIENT = "outpatient", "inpatient"
# What the fund pays for outpatients of the pilot: 门诊统筹、两病、常见慢性病、大额门诊.
SPENT_ON = ("pooling", "two_diseases", "chronic", "large")


@dataclass(frozen=True, slots=True)
class Heads:
    """So many people of a kind who count: who came (S15), or whom the bureau approved (S16)."""

    people: str
    care: str
    signed: bool
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(f"expected a number of people, got {self.number}")


@dataclass(frozen=True, slots=True)
class Brought:
    """What heads of one kind bring, and the amount of one that it rests on."""

    heads: Heads
    quota: Quota
    fen: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What one kind of care cost: the fund's payments by class, the contracts, deductions."""

    fund_fen: Mapping[str, int]
    contract_fen: int = 0
    deducted_fen: int = 0

    def __post_init__(self) -> None:
        amounts = (*self.fund_fen.values(), self.contract_fen, self.deducted_fen)
        if any(isinstance(each, bool) or not isinstance(each, int) for each in amounts):
            raise TypeError("amounts are whole fen")
        if min(amounts, default=0) < 0:
            raise ValueError("an amount spent is not below nothing")

    @property
    def fen(self) -> int:
        """Add up all that goes off the pool."""
        return sum(self.fund_fen.values()) + self.contract_fen + self.deducted_fen


@dataclass(frozen=True, slots=True)
class Pool:
    """A year's pool of one kind of care: brought, spent, and what is left (negative: overspent)."""

    care: str
    brought: tuple[Brought, ...]
    spent: Spent

    @property
    def brought_fen(self) -> int:
        """Add up what the heads bring (年度结算总额)."""
        return sum(each.fen for each in self.brought)

    @property
    def surplus_fen(self) -> int:
        """Give what is left over (年度结余资金)."""
        return self.brought_fen - self.spent.fen


@dataclass(frozen=True, slots=True)
class Year:
    """The year of one group: both pools (S17)."""

    outpatient: Pool
    inpatient: Pool

    @property
    def surplus_fen(self) -> int:
        """Give the year's surplus of both (年度结余总额)."""
        return self.outpatient.surplus_fen + self.inpatient.surplus_fen


def year(terms: Terms, heads: Sequence[Heads], spent: Mapping[str, Spent]) -> Year:
    """Reckon both pools of a year; raises LookupError for a kind that has no amount."""
    kinds = [(each.people, each.care, each.signed) for each in heads]
    if len(set(kinds)) != len(kinds):
        raise ValueError("heads of one kind are given twice")
    return Year(
        pool(terms, heads, OUTPATIENT, spent[OUTPATIENT]),
        pool(terms, heads, INPATIENT, spent[INPATIENT]),
    )


def pool(terms: Terms, heads: Sequence[Heads], care: str, spent: Spent) -> Pool:
    """Reckon the pool of one kind of care."""
    own = [each for each in heads if each.care == care]
    return Pool(care, tuple(_brought(terms, each) for each in own), spent)


def _brought(terms: Terms, heads: Heads) -> Brought:
    quota = terms.quota(heads.people, heads.care, signed=heads.signed)
    return Brought(heads, quota, heads.number * quota.quota_fen)

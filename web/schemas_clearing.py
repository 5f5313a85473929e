"""What the clearing of a year takes: people, payments and what the work was measured to be."""

from typing import Literal

from pydantic import Field as Bounded

from web.schemas import Strict

Count = Bounded(ge=0, le=10**9)


class HeadsGiven(Strict):
    """So many people of a kind."""

    people: Literal["two_diseases", "chronic"]
    care: Literal["outpatient", "inpatient"]
    signed: bool = False
    number: int = Count


class SpentGiven(Strict):
    """What one kind of care cost in the year, in fen."""

    fund_fen: dict[str, int] = Bounded(default_factory=dict, max_length=20)
    contract_fen: int = Bounded(default=0, ge=0, le=10**13)
    deducted_fen: int = Bounded(default=0, ge=0, le=10**13)


class MeasuredGiven(Strict):
    """A share as two counts, or a number of cases."""

    part: int = Count
    of: int | None = Bounded(default=None, ge=1, le=10**9)


class MemberGiven(Strict):
    """One institution of the group, with the rows of its score."""

    code: str = Bounded(min_length=1, max_length=40)
    level: Literal["village", "township", "county"]
    heads: int = Count
    measured: dict[str, MeasuredGiven]


class ClearingGiven(Strict):
    """The year of one group."""

    region: str
    year: int = Bounded(ge=2000, le=2100)
    people: int = Count  # the pilot's, of the whole group
    heads: list[HeadsGiven] = Bounded(min_length=1, max_length=20)
    outpatient: SpentGiven
    inpatient: SpentGiven
    members: list[MemberGiven] = Bounded(min_length=1, max_length=5_000)

"""What the clearing of a year takes: people, payments and what the work was measured to be."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Bounded

from dispensing.intake.instants import Day
from web.schemas import PersonNo, Strict, Text

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


Code = Annotated[
    str, Bounded(pattern=r"^[A-Za-z0-9-]{1,20}$", examples=["H34062100001"])
]
Level = Literal["village", "township", "county"]
Number = Annotated[int, Bounded(ge=0, le=10**15)]
AMOUNT_MAX = 10**13
CONTRACTS_MAX = 20_000


class GroupActGiven(Strict):
    """An institution that joins a group or leaves it, from a day on."""

    kind: Literal["joined", "left"]
    code: Code
    name: Text
    level: Level
    above: Annotated[str, Bounded(pattern=r"^[A-Za-z0-9-]{0,20}$")] = ""
    on: Day
    document: Text


class ContractGiven(Strict):
    """Where one person belongs, with a family doctor's contract or without."""

    person: PersonNo
    code: Code
    signed: bool
    on: Day


class ContractsGiven(Strict):
    """A file of contracts: all of it is taken in, or nothing."""

    document: Text
    rows: list[ContractGiven] = Bounded(min_length=1, max_length=CONTRACTS_MAX)


class FigureGiven(Strict):
    """A figure of the group's year, in fen or people, with where it stands."""

    name: Annotated[str, Bounded(pattern=r"^[a-z_]{1,40}$")]
    part: Number
    of: Annotated[int, Bounded(ge=1, le=10**15)] | None = None
    ref: Annotated[str, Bounded(max_length=80)] = ""
    document: Text


class RowGiven(Strict):
    """What a row of the score was measured to be at one institution."""

    code: Code
    row: Annotated[str, Bounded(pattern=r"^[0-9.]{1,10}$")]
    part: int = Count
    of: Annotated[int, Bounded(ge=1, le=10**9)] | None = None
    document: Text


class BookingGiven(Strict):
    """An amount that is advanced, settled, kept of savings, or of a revolving fund."""

    stage: Literal["advance", "settle", "retain", "revolve", "return"]
    period: Annotated[str, Bounded(pattern=r"^(Q[1-4]|0[1-9]|1[0-2])?$")] = ""
    code: Annotated[str, Bounded(pattern=r"^[A-Za-z0-9-]{0,20}$")] = ""
    amount_fen: Annotated[int, Bounded(ge=1, le=AMOUNT_MAX)]
    document: Text


class UndoneGiven(Strict):
    """Why a booking is taken back."""

    document: Text


class ClearingAsked(Strict):
    """Why the year is to be settled as it stands."""

    reason: Text


class OtherwiseAsked(BaseModel):
    """What a row would be at one institution, for a trial."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    row: Annotated[str, Bounded(pattern=r"^[0-9.]{1,10}$")]
    part: int = Count
    of: Annotated[int, Bounded(ge=1, le=10**9)] | None = None

"""The rows of groups paid by heads: institutions, contracts, what was entered, booked, cleared."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from dispensing.clearing.package import STAGES
from dispensing.clearing.terms import LEVELS
from pharmacies.append_only import NUMBER, guard


class GroupActRow(SQLModel, table=True):
    """One institution that joined a group (医共体) or left it, from a day; never changed."""

    __tablename__ = "group_act"
    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS!r}", name="group_act_level"),
        CheckConstraint("kind IN ('joined', 'left')", name="group_act_kind"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    key: UUID = Field(unique=True)
    place: str = Field(max_length=4)  # the pooling area (统筹区)
    group_code: str = Field(max_length=20, index=True)
    kind: str = Field(max_length=8)
    code: str = Field(max_length=20)
    name: str = Field(max_length=80)
    level: str = Field(max_length=12)
    above: str = Field(default="", max_length=20)
    on: date
    document: str
    by: str
    role: str
    at: datetime


class ContractRow(SQLModel, table=True):
    """Where one person belongs, with a family doctor's contract or without, from a day."""

    __tablename__ = "family_contract"
    __table_args__ = (
        UniqueConstraint("batch", "head_no", name="family_contract_once"),
        Index("family_contract_of", "place", "head_no", "on"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    batch: UUID  # the file that it came in
    place: str = Field(max_length=4)
    head_no: str = Field(max_length=10)  # the number of the person
    code: str = Field(max_length=20)
    signed: bool
    on: date
    document: str
    by: str
    role: str
    at: datetime


class EnteredRow(SQLModel, table=True):
    """One number that an officer entered, with where it stands; a later one corrects it.

    `code` is the institution of an indicator, empty for what is the group's. A share has
    both counts. `ref` tells single cases apart, such as each deduction by its document.
    """

    __tablename__ = "clearing_entry"
    __table_args__ = (
        CheckConstraint(
            'part >= 0 AND ("of" IS NULL OR "of" > 0)', name="entry_counts"
        ),
        Index("clearing_entry_of", "place", "group_code", "year"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    key: UUID = Field(unique=True)
    place: str = Field(max_length=4)
    group_code: str = Field(max_length=20)
    year: int
    code: str = Field(default="", max_length=20)
    name: str = Field(max_length=40)
    ref: str = Field(default="", max_length=80)
    part: int = Field(sa_type=BigInteger)
    of: int | None = Field(default=None, sa_type=BigInteger)
    document: str
    by: str
    role: str
    at: datetime


class BookingRow(SQLModel, table=True):
    """One amount of a group's year, advanced, settled or cleared; undone by a negative one."""

    __tablename__ = "group_booking"
    __table_args__ = (
        CheckConstraint(f"stage IN {tuple(STAGES)!r}", name="group_booking_stage"),
        CheckConstraint("amount_fen <> 0", name="group_booking_amount"),
        UniqueConstraint(
            "place", "group_code", "year", "turn", name="group_booking_turn"
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    key: UUID = Field(unique=True)
    place: str = Field(max_length=4)
    group_code: str = Field(max_length=20)
    year: int
    turn: int  # one after another: who books beside another is told to look again
    stage: str = Field(max_length=10)
    period: str = Field(default="", max_length=4)
    code: str = Field(default="", max_length=20)
    amount_fen: int = Field(sa_type=BigInteger)
    number: int | None = None  # of the clearing that booked it
    undoes: int | None = Field(default=None, unique=True)
    document: str
    by: str
    role: str
    at: datetime


class ClearingRow(SQLModel, table=True):
    """One clearing of a group's year as two people settled it; a later version corrects it."""

    __tablename__ = "clearing"
    __table_args__ = (
        UniqueConstraint(
            "place", "group_code", "year", "number", name="clearing_number"
        ),
        UniqueConstraint("proposal_id", name="clearing_once"),
        CheckConstraint("number > 0", name="clearing_counts"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    place: str = Field(max_length=4)
    region: str = Field(max_length=32)
    group_code: str = Field(max_length=20)
    year: int
    number: int
    text: str  # what it rests on and what came of it, word for word
    sha256: str = Field(max_length=64)
    surplus_fen: int = Field(sa_type=BigInteger)
    paid_fen: int = Field(sa_type=BigInteger)
    pool_fen: int = Field(sa_type=BigInteger)
    proposal_id: UUID = Field(foreign_key="proposal.id")
    reason: str
    by: str
    approved_by: str
    at: datetime


for _name in (
    *("group_act", "family_contract", "clearing_entry"),
    *("group_booking", "clearing"),
):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

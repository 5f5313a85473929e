"""The rows of insured people: registrations, the year's allowance, what they have at home."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, SEALED, guard


class PersonRow(SQLModel, table=True):
    """One insured person (参保人); name, ID number, phone, address and home are sealed."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("scheme IN ('resident', 'employee')", name="person_scheme"),
        CheckConstraint(
            "account_fen >= account_reserved_fen AND account_reserved_fen >= 0",
            name="person_account",
        ),
    )

    person_no: str = Field(primary_key=True)
    id_index: str = Field(unique=True)
    id_sealed: str
    name: str = Field(sa_column_kwargs=SEALED)
    phone_sealed: str
    phone_index: str = Field(  # one of several people, in a family
        default="", index=True, sa_column_kwargs={"server_default": ""}
    )
    address_sealed: str
    point_sealed: str  # of the home
    born_on: date
    scheme: str
    area: str
    active: bool = True
    away_filed: str | None = None
    account_fen: int = Field(default=0, sa_type=BigInteger)
    account_reserved_fen: int = Field(default=0, sa_type=BigInteger)
    closed_at: datetime | None = None  # what was before is locked


class RegistrationRow(SQLModel, table=True):
    """A disease that a person is registered for, from a day; `kind` tells under which benefit."""

    __tablename__ = "registration"

    person_no: str = Field(primary_key=True, foreign_key="person.person_no")
    no: int = Field(primary_key=True)  # counts the registrations of the person
    disease_sealed: str
    kind: str  # chronic, or chronic_outpatient (门诊慢性病)
    since: date


class AllowanceRow(SQLModel, table=True):
    """What one person's calendar year has used, and what pending settlements hold of it."""

    __tablename__ = "allowance"
    __table_args__ = (
        CheckConstraint(
            "fund_fen >= 0 AND fund_reserved_fen >= 0 AND ordinary_fund_fen >= 0"
            " AND deductible_fen >= 0 AND deductible_reserved_fen >= 0",
            name="allowance_not_negative",
        ),
    )

    person_no: str = Field(primary_key=True, foreign_key="person.person_no")
    year: int = Field(primary_key=True)
    fund_fen: int = Field(default=0, sa_type=BigInteger)
    fund_reserved_fen: int = Field(default=0, sa_type=BigInteger)
    ordinary_fund_fen: int = Field(default=0, sa_type=BigInteger)
    deductible_fen: int = Field(default=0, sa_type=BigInteger)
    deductible_reserved_fen: int = Field(default=0, sa_type=BigInteger)


class FamilyAidRow(SQLModel, table=True):
    """A relative's leave to pay from the relative's own account (个人账户家庭共济)."""

    __tablename__ = "family_aid"
    __table_args__ = (
        CheckConstraint("person_no <> payer_no", name="family_aid_of_another"),
        Index(
            "family_aid_once",
            "person_no",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    payer_no: str = Field(index=True, foreign_key="person.person_no")
    since: datetime
    until: datetime | None = None  # withdrawn


class SupplyRow(SQLModel, table=True):
    """One medicine that a person took home; a reversed settlement takes it back."""

    __tablename__ = "supply"

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    atc: str
    on: date
    supply_days: int
    settlement_id: UUID | None = Field(default=None, index=True)
    taken_back: bool = False


class ClosureRow(SQLModel, table=True):
    """One closing of a person's account (注销): in which way, who wrote it down; never changed."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("way IN ('page', 'program', 'written')", name="closure_way"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    way: str
    by: str
    role: str
    note: str = ""  # by which writing it was asked for
    at: datetime


event.listen(SQLModel.metadata.tables["closure"], "after_create", guard)

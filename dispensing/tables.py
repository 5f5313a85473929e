"""The rows of people, prescriptions, assessments, settlements, orders and who read what."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from dispensing.append_only import guard

# A settlement in one of these holds its prescription: no second one may begin.
LIVE_SETTLEMENT = "state IN ('pending', 'unknown', 'posted', 'reversing')"
LIVE_ORDER = "state NOT IN ('returned', 'cancelled')"


class PersonRow(SQLModel, table=True):
    """One insured person (参保人); ID number, phone and address are sealed."""

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
    name: str
    phone_sealed: str
    address_sealed: str
    born_on: date
    scheme: str
    area: str
    active: bool = True
    away_filed: str | None = None
    account_fen: int = Field(default=0, sa_type=BigInteger)
    account_reserved_fen: int = Field(default=0, sa_type=BigInteger)
    lon: float
    lat: float


class RegistrationRow(SQLModel, table=True):
    """A disease that a person is registered for, from a day; `kind` tells under which benefit."""

    __tablename__ = "registration"

    person_no: str = Field(primary_key=True, foreign_key="person.person_no")
    disease: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # chronic, or chronic_outpatient (门诊慢性病)
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


class IssuerKeyRow(SQLModel, table=True):
    """A public key of an institution that signs prescriptions."""

    __tablename__ = "issuer_key"

    key_id: str = Field(primary_key=True)
    issuer: str = Field(index=True)
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    valid_from: date
    valid_until: date
    revoked_at: datetime | None = None


class PrescriptionRow(SQLModel, table=True):
    """One prescription; the message as received is kept sealed, as evidence."""

    __tablename__ = "prescription"
    __table_args__ = (
        UniqueConstraint("issuer", "hosp_rx_no", name="prescription_number"),
        CheckConstraint(
            "source IN ('external', 'internet_hospital', 'photo')",
            name="prescription_source",
        ),
        CheckConstraint(
            "signature IN ('valid', 'invalid', 'none')", name="prescription_signature"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    issuer: str = Field(index=True)
    hosp_rx_no: str = Field(index=True)
    digest: str
    message_sealed: str
    source: str
    person_no: str = Field(index=True, foreign_key="person.person_no")
    doctor_name: str
    disease: str
    issued_at: datetime
    valid_days: int | None
    long_term: bool
    record_no: str | None
    signature: str
    key_id: str | None
    state: str
    outlet_code: str | None = Field(default=None, index=True)
    received_at: datetime = Field(index=True)


class PrescriptionLineRow(SQLModel, table=True):
    """One medicine of a prescription."""

    __tablename__ = "prescription_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND supply_days > 0", name="line_positive"),
    )

    prescription_id: UUID = Field(primary_key=True, foreign_key="prescription.id")
    no: int = Field(primary_key=True)
    medicine_code: str
    quantity: int
    supply_days: int
    dosage: str


class EventRow(SQLModel, table=True):
    """One thing that happened to a prescription; never changed."""

    __tablename__ = "prescription_event"

    id: int | None = Field(default=None, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    at: datetime
    kind: str
    by: str
    detail: str = ""


class AssessmentRow(SQLModel, table=True):
    """One answer of the rules: what was put in, which documents were in force, the decision.

    `versions` has the sha256 of each document and of the overlay; with the split, a
    later run of the rules is compared with what was said that day.
    """

    __tablename__ = "assessment"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    outlet_code: str
    on: date = Field(index=True)
    at: datetime
    decision: str
    record: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    policies: list[str] = Field(sa_column=Column(JSON, nullable=False))
    versions: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    split: dict[str, Any] | None = Field(sa_column=Column(JSON, nullable=True))


class VerdictRow(SQLModel, table=True):
    """A check that did not pass in an assessment."""

    __tablename__ = "verdict"

    assessment_id: UUID = Field(primary_key=True, foreign_key="assessment.id")
    check_id: str = Field(primary_key=True)
    verdict: str


class SettlementRow(SQLModel, table=True):
    """One settlement: pending before money moves, then posted or void, or visibly unknown."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint(
            "fund_fen + account_fen + cash_fen = total_fen", name="settlement_adds_up"
        ),
        CheckConstraint(
            "own_paid_fen + over_standard_fen + self_pay_fen + in_scope_fen = total_fen",
            name="settlement_parts_add_up",
        ),
        CheckConstraint(
            "fund_fen >= 0 AND account_fen >= 0 AND cash_fen >= 0 AND deductible_fen >= 0",
            name="settlement_not_negative",
        ),
        CheckConstraint(
            "state IN ('pending', 'unknown', 'posted', 'void', 'reversing', 'reversed')",
            name="settlement_state",
        ),
        Index(
            "settlement_live",
            "prescription_id",
            unique=True,
            sqlite_where=text(LIVE_SETTLEMENT),
            postgresql_where=text(LIVE_SETTLEMENT),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    assessment_id: UUID = Field(foreign_key="assessment.id")
    person_no: str = Field(index=True, foreign_key="person.person_no")
    outlet_code: str = Field(index=True)
    msgid: str = Field(unique=True)
    year: int
    on: date = Field(index=True)
    state: str
    voucher: str
    tender: str
    override: str | None = None
    total_fen: int = Field(sa_type=BigInteger)
    own_paid_fen: int = Field(sa_type=BigInteger)
    over_standard_fen: int = Field(sa_type=BigInteger)
    self_pay_fen: int = Field(sa_type=BigInteger)
    in_scope_fen: int = Field(sa_type=BigInteger)
    deductible_fen: int = Field(sa_type=BigInteger)
    fund_fen: int = Field(sa_type=BigInteger)
    account_fen: int = Field(sa_type=BigInteger)
    cash_fen: int = Field(sa_type=BigInteger)
    receipt: str | None = None
    barred: bool = False  # its number is, or is being, barred at the platform
    by: str
    opened_at: datetime
    changed_at: datetime
    reversal_reason: str | None = None


class LedgerRow(SQLModel, table=True):
    """One entry of a settlement's double entry; the entries of a settlement sum to zero."""

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(
            "account IN ('fund', 'personal_account', 'cash', 'sales')",
            name="ledger_account",
        ),
        CheckConstraint("entry IN ('post', 'reverse')", name="ledger_entry"),
        UniqueConstraint("settlement_id", "entry", "account", name="ledger_once"),
    )

    id: int | None = Field(default=None, primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlement.id")
    entry: str
    account: str
    amount_fen: int = Field(sa_type=BigInteger)
    person_no: str = Field(index=True)
    outlet_code: str = Field(index=True)
    at: datetime


class MessageNumberRow(SQLModel, table=True):
    """The running number that an institution's next message to the platform takes."""

    __tablename__ = "message_number"

    outlet_code: str = Field(primary_key=True)
    last: int = Field(default=0, sa_type=BigInteger)


class SpentCodeRow(SQLModel, table=True):
    """The nonce of an insurance code that has opened its one act."""

    __tablename__ = "spent_code"

    nonce: str = Field(primary_key=True)
    prescription_id: UUID
    at: datetime


class TraceSaleRow(SQLModel, table=True):
    """A trace code (追溯码) that was sold; one code has one sale that was not returned."""

    __tablename__ = "trace_sale"
    __table_args__ = (
        Index(
            "trace_sold_once",
            "code",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str
    settlement_id: UUID = Field(index=True, foreign_key="settlement.id")
    line_no: int
    returned_at: datetime | None = None


class OrderRow(SQLModel, table=True):
    """One delivery order of a settled prescription."""

    __tablename__ = "delivery_order"
    __table_args__ = (
        CheckConstraint("window_opens < window_closes", name="order_window"),
        CheckConstraint("storage IN ('ambient', 'cold')", name="order_storage"),
        CheckConstraint(
            "state IN ('placed', 'packed', 'planned', 'out', 'handed_over',"
            " 'returned', 'cancelled')",
            name="order_state",
        ),
        Index(
            "order_live",
            "prescription_id",
            unique=True,
            sqlite_where=text(LIVE_ORDER),
            postgresql_where=text(LIVE_ORDER),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    outlet_code: str = Field(index=True)
    carrier_code: str = Field(index=True)
    area: str
    address_sealed: str
    phone_sealed: str
    lon: float
    lat: float
    storage: str
    window_opens: datetime = Field(index=True)
    window_closes: datetime
    state: str
    placed_at: datetime
    packed_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0


class HandoverRow(SQLModel, table=True):
    """Who took the medicine: the patient, or a proxy (代领人) with both identities."""

    __tablename__ = "handover"

    prescription_id: UUID = Field(primary_key=True, foreign_key="prescription.id")
    receiver: str
    proxy_name: str | None = None
    proxy_id_sealed: str | None = None
    temperature_dc: int | None = None
    by: str
    at: datetime


class ReadRow(SQLModel, table=True):
    """One read of a person's data: who, in which role, what for."""

    __tablename__ = "read_log"

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True)
    user: str
    role: str
    purpose: str
    at: datetime


for _name in ("ledger", "prescription_event", "read_log"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

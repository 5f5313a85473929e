"""The rows of prescriptions: message, lines, issuer keys, events, and what the rules answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class IssuerKeyRow(SQLModel, table=True):
    """A public key of an institution that signs prescriptions."""

    __tablename__ = "issuer_key"

    key_id: str = Field(primary_key=True)
    issuer: str = Field(index=True)
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    valid_from: date
    valid_until: date
    revoked_at: datetime | None = None  # from then on its signatures do not count
    revocation_told_at: datetime | None = None
    revocation_reason: str | None = None


class IssuerKeyEventRow(SQLModel, table=True):
    """One thing that was done with an institution's key; never changed."""

    __tablename__ = "issuer_key_event"

    id: int | None = Field(default=None, primary_key=True)
    key_id: str = Field(index=True, foreign_key="issuer_key.key_id")
    issuer: str = Field(index=True)
    at: datetime
    kind: str
    by: str
    role: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


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
        Index("prescription_on_desk", "outlet_code", "state"),
        Index(
            "prescription_held_by",
            "claimed_by",
            sqlite_where=text("claimed_by IS NOT NULL"),
            postgresql_where=text("claimed_by IS NOT NULL"),
        ),
        Index(
            "prescription_claimed",
            "claimed_until",
            sqlite_where=text("claimed_until IS NOT NULL"),
            postgresql_where=text("claimed_until IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    issuer: str = Field(index=True)
    hosp_rx_no: str = Field(index=True)
    digest: str
    format: str = Field(default="yaoda", sa_column_kwargs={"server_default": "yaoda"})
    message_sealed: str
    source: str
    person_no: str = Field(index=True, foreign_key="person.person_no")
    doctor_name: str
    disease_sealed: str
    issued_at: datetime
    valid_days: int | None
    long_term: bool
    record_no: str | None
    rx_type: str | None = None
    repeat_max: int | None = None
    repeat_interval_days: int | None = None
    refill_of: str | None = None
    signature: str
    signature_reason: str | None = None
    key_id: str | None
    state: str
    outlet_code: str | None = None
    received_at: datetime = Field(index=True)
    # How many pharmacists have agreed (审方, 复核), and when one has refused it.
    reviews: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    review_refused_at: datetime | None = None
    # Which pharmacy holds it and until when; of its secret the SHA-256 alone is kept.
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    claim_digest: str | None = None
    # The filling that is open or held now, and the first one of the present round: a
    # round is the whole of what is prescribed, in one filling or in parts.
    filling: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    round_from: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    rounds_filled: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    filled_on: date | None = None


class PrescriptionLineRow(SQLModel, table=True):
    """One medicine of a prescription."""

    __tablename__ = "prescription_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND supply_days > 0", name="line_positive"),
        CheckConstraint("taken BETWEEN 0 AND quantity", name="line_taken"),
    )

    prescription_id: UUID = Field(primary_key=True, foreign_key="prescription.id")
    no: int = Field(primary_key=True)
    medicine_code: str
    quantity: int
    supply_days: int
    dosage: str
    # Packs of the present round that were settled and handed out; 0 when it is over.
    taken: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class ReviewRow(SQLModel, table=True):
    """One pharmacist's review of a prescription (审方, 复核); never changed.

    `no` counts a prescription's reviews, those that were withdrawn as well.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("verdict IN ('passed', 'refused')", name="review_verdict"),
        UniqueConstraint("prescription_id", "no", name="review_no"),
    )

    id: int | None = Field(default=None, primary_key=True)
    prescription_id: UUID = Field(foreign_key="prescription.id")
    no: int
    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    opinion: str
    outlet_code: str
    by: str
    at: datetime


class ReviewWithdrawalRow(SQLModel, table=True):
    """A passed review that a pharmacist withdrew before the settlement; never changed.

    `after_no` is the last review that there was then: what came later is no second one to it.
    """

    __tablename__ = "review_withdrawal"
    __table_args__ = (
        UniqueConstraint("prescription_id", "review_no", name="review_withdrawal_once"),
    )

    id: int | None = Field(default=None, primary_key=True)
    prescription_id: UUID = Field(foreign_key="prescription.id")
    review_no: int
    after_no: int
    pharmacist_code: str
    pharmacist_name: str
    reason: str
    outlet_code: str
    by: str
    at: datetime


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
    record_sealed: str  # JSON of what was put in
    policies: list[str] = Field(sa_column=Column(JSON, nullable=False))
    versions: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    split: dict[str, Any] | None = Field(sa_column=Column(JSON, nullable=True))


class VerdictRow(SQLModel, table=True):
    """A check that did not pass in an assessment."""

    __tablename__ = "verdict"

    assessment_id: UUID = Field(primary_key=True, foreign_key="assessment.id")
    check_id: str = Field(primary_key=True)
    verdict: str


for _table in ("prescription_event", "issuer_key_event", "review", "review_withdrawal"):
    event.listen(SQLModel.metadata.tables[_table], "after_create", guard)

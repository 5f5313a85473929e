"""The rows of prescriptions: message, lines, issuer keys, events, and what the rules answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    UniqueConstraint,
    event,
)
from sqlmodel import Field, SQLModel

from dispensing.append_only import guard


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
    disease: str
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


for _table in ("prescription_event", "issuer_key_event"):
    event.listen(SQLModel.metadata.tables[_table], "after_create", guard)

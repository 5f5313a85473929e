"""The rows of what the platform says of a prescription's patient before a settlement."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class PlatformWordRow(SQLModel, table=True):
    """One time that the platform was asked about a patient, and where it says otherwise."""

    __tablename__ = "platform_word"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('agrees', 'differs', 'unanswered')",
            name="platform_word_outcome",
        ),
        Index("platform_word_of", "prescription_id", "outlet_code"),
    )

    id: int | None = Field(default=None, primary_key=True)
    prescription_id: UUID = Field(foreign_key="prescription.id")
    person_no: str
    outlet_code: str
    at: datetime
    outcome: str
    doubts_sealed: str  # JSON: what differs, with the values of both


event.listen(SQLModel.metadata.tables["platform_word"], "after_create", guard)

"""The rows of the bureau's forms: each version as it was drawn up, when it was sent, and numbers
that were entered with their evidence. None is ever changed; a later one counts."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class FormVersionRow(SQLModel, table=True):
    """One version of a form: of a pooling area or an institution, for a month or a year."""

    __tablename__ = "form_version"
    __table_args__ = (
        UniqueConstraint("kind", "place", "first", "number", name="form_version_no"),
        CheckConstraint(
            "kind IN ('schedule', 'report', 'summary')", name="form_version_kind"
        ),
        CheckConstraint("number > 0", name="form_version_counts"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str = Field(max_length=16)
    place: str = Field(max_length=12)  # a pooling area, or an institution's code
    first: date  # of the month, or of the year
    number: int
    content: str  # canonical JSON
    sha256: str = Field(max_length=64)
    by: str
    role: str
    at: datetime


class FormSendingRow(SQLModel, table=True):
    """A version that was sent: who answers for it (报送人), and what was remarked (备注)."""

    __tablename__ = "form_sending"

    version_id: UUID = Field(primary_key=True, foreign_key="form_version.id")
    place: str = Field(max_length=12)
    reporter: str
    phone: str
    remark: str
    by: str
    role: str
    at: datetime


class FormEntryRow(SQLModel, table=True):
    """A number that somebody entered, with where it comes from; the latest one counts."""

    __tablename__ = "form_entry"
    __table_args__ = (CheckConstraint("number >= 0", name="form_entry_number"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=12)
    first: date  # of the month
    name: str = Field(max_length=32)  # such as managed.hypertension
    number: int = Field(sa_type=BigInteger)
    source: str
    by: str
    role: str
    at: datetime


for _name in ("form_version", "form_sending", "form_entry"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

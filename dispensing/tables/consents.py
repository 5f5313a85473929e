"""The rows of consents: what was agreed to word for word, given and withdrawn."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard


class ConsentTextRow(SQLModel, table=True):
    """One text that was agreed to, as it was shown, known by its digest."""

    __tablename__ = "consent_text"

    sha256: str = Field(primary_key=True, max_length=64)
    purpose: str
    version: int
    language: str
    text: str
    first_used_at: datetime


class ConsentRow(SQLModel, table=True):
    """A consent that was given or withdrawn, in which way and who wrote it down."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("kind IN ('given', 'withdrawn')", name="consent_kind"),
        CheckConstraint("way IN ('page', 'paper', 'helper')", name="consent_way"),
        Index("consent_of", "person_no", "purpose"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    person_no: str = Field(foreign_key="person.person_no")
    purpose: str
    kind: str
    text_sha256: str = Field(foreign_key="consent_text.sha256")
    way: str
    by: str | None = None  # nobody here: it came with the list of who is insured
    at: datetime
    # The number of the paper that was signed, where there is one.
    paper: str = Field(default="", sa_column_kwargs={"server_default": ""})


for _table in ("consent", "consent_text"):
    event.listen(SQLModel.metadata.tables[_table], "after_create", guard)

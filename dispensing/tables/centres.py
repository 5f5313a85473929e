"""The rows of what community centres say of the people that they manage (渝某区 三（四）3)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard


class ManagedCentreRow(SQLModel, table=True):
    """Which outlet a registry means by an institution's name; a later one counts."""

    __tablename__ = "managed_centre"

    id: UUID = Field(primary_key=True)
    place: str = Field(max_length=4, index=True)  # the pooling area
    institution: str  # in the registry's words
    outlet_code: str
    by: str
    role: str
    at: datetime


class CentreWordRow(SQLModel, table=True):
    """What a centre says of a person on the list to enrol; a later one corrects it.

    It holds in later runs, too, as long as the list says the same of the same person.
    """

    __tablename__ = "centre_word"
    __table_args__ = (
        CheckConstraint("code IN ('confirmed', 'refused')", name="centre_word_code"),
        Index("centre_word_subject", "place", "outlet_code", "subject", "content"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    entry_id: int = Field(foreign_key="matching_entry.id", sa_type=NUMBER)
    place: str = Field(max_length=4)
    outlet_code: str
    subject: str
    content: str
    code: str
    note: str
    by: str
    role: str
    at: datetime


for _name in ("managed_centre", "centre_word"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

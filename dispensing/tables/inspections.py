"""The rows of inspection packs: what an inspector was given for a quarter, version by version."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class InspectionRow(SQLModel, table=True):
    """One version of a quarter's pack, as it was sent; never changed."""

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("place", "quarter", "version", name="inspection_version"),
        UniqueConstraint("place", "key", name="inspection_once"),
        CheckConstraint("version > 0", name="inspection_counts"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=6)
    quarter: str = Field(max_length=6)
    version: int
    key: str = Field(max_length=64)
    content: str
    sha256: str = Field(max_length=64)
    note: str
    by: str
    role: str
    at: datetime


event.listen(SQLModel.metadata.tables["inspection"], "after_create", guard)

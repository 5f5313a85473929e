"""The rows of what lies over the texts by the approval of two: one version after another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class OverlayVersionRow(SQLModel, table=True):
    """One version of a region's overlay, word for word; never changed, a later one counts."""

    __tablename__ = "overlay_version"
    __table_args__ = (
        UniqueConstraint("region", "number", name="overlay_version_number"),
        UniqueConstraint("proposal_id", name="overlay_version_once"),
        CheckConstraint("number > 0", name="overlay_version_counts"),
    )

    id: int | None = Field(default=None, primary_key=True)
    region: str = Field(max_length=32)
    number: int
    place: str = Field(max_length=4)  # the pooling area (统筹区)
    text: str
    sha256: str = Field(max_length=64)
    proposal_id: UUID = Field(foreign_key="proposal.id")
    reason: str
    by: str
    approved_by: str
    at: datetime


event.listen(SQLModel.metadata.tables["overlay_version"], "after_create", guard)

"""The rows of what takes two people (双人复核): asked for, ended once, used once."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, event
from sqlmodel import Field, SQLModel

from dispensing.approvals import ENDS, KINDS
from pharmacies.append_only import guard


class ProposalRow(SQLModel, table=True):
    """One act that waits for a second person: exactly what, its digest, and why; never changed.

    `basis` is a digest of what the act rests on; an approval over another one is refused.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="proposal_kind"),
        CheckConstraint("expires_at > at", name="proposal_waits"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str = Field(max_length=16)
    place: str = Field(max_length=32)  # an outlet, or an area
    area: str = Field(max_length=4, index=True)  # the pooling area (统筹区)
    content: str
    digest: str = Field(max_length=64, index=True)
    basis: str = Field(max_length=64)
    reason: str
    by: str
    role: str
    at: datetime
    expires_at: datetime


class ProposalEndRow(SQLModel, table=True):
    """How a proposal ended, by whom and why; its key lets it end once."""

    __tablename__ = "proposal_end"
    __table_args__ = (CheckConstraint(f"kind IN {ENDS!r}", name="proposal_end_kind"),)

    proposal_id: UUID = Field(primary_key=True, foreign_key="proposal.id")
    kind: str = Field(max_length=16)
    place: str = Field(max_length=32)
    reason: str = ""
    by: str
    role: str
    at: datetime


class ProposalUseRow(SQLModel, table=True):
    """That what was approved was carried out, by whom; its key lets it happen once."""

    __tablename__ = "proposal_use"

    proposal_id: UUID = Field(primary_key=True, foreign_key="proposal.id")
    place: str = Field(max_length=32)
    by: str
    at: datetime


class OpeningRow(SQLModel, table=True):
    """One masked value that somebody opened: whose, which, why, when; never the value."""

    __tablename__ = "opening"

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True, max_length=10)
    field: str = Field(max_length=16)
    reason: str = Field(max_length=16)
    note: str
    place: str = Field(max_length=32)
    proposal_id: UUID | None = None  # where many were opened at once
    by: str = Field(index=True)
    role: str
    at: datetime = Field(index=True)


for _name in ("proposal", "proposal_end", "proposal_use", "opening"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

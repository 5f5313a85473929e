"""The rows of lists that a bureau lays beside the claims: each version whole, never changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, event
from sqlmodel import Field, SQLModel

from dispensing.bureau_lists.kinds import LIST_KINDS
from pharmacies.append_only import guard


class BureauListRow(SQLModel, table=True):
    """One version of a list: whose, of what kind and day, out of which file; the last counts."""

    __tablename__ = "bureau_list"
    __table_args__ = (
        CheckConstraint(f"kind IN {LIST_KINDS!r}", name="bureau_list_kind"),
    )

    id: UUID = Field(primary_key=True)
    place: str = Field(max_length=4, index=True)  # the pooling area
    kind: str = Field(max_length=16)
    as_of: date
    source: str
    file_name: str
    file_sha256: str = Field(max_length=64)
    rows: int  # of the file
    kept: int
    unknown: int  # people who are not insured here
    passed_over: int
    content_sealed: bytes = Field(sa_type=LargeBinary)
    by: str
    role: str
    at: datetime


event.listen(SQLModel.metadata.tables["bureau_list"], "after_create", guard)

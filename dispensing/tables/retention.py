"""The rows of what was removed at the end of its term (保存期限)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard


class RetentionRunRow(SQLModel, table=True):
    """One batch of a kind whose term was over: how many, which, by whose decision.

    `digest` is the SHA-256 over the numbers of what was removed, which name nobody.
    """

    __tablename__ = "retention_run"
    __table_args__ = (CheckConstraint("count > 0", name="retention_run_count"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    kind: str = Field(index=True)
    term: str
    source: str
    decided_by: str
    decided_on: date
    before: datetime
    count: int
    digest: str
    by: str
    at: datetime


class RetentionMarkRow(SQLModel, table=True):
    """One thing of a kind that is done with; a prescription's own mark locks it."""

    __tablename__ = "retention_mark"

    kind: str = Field(primary_key=True)
    subject: UUID = Field(primary_key=True)


for _name in ("retention_run", "retention_mark"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

"""The rows of the audit chain: what happened, and the links that seal it."""

from datetime import datetime

from sqlalchemy import BigInteger, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard


class RecordRow(SQLModel, table=True):
    """One thing that happened, written with it: who, what, whom, and the digest of its rows.

    It carries no link, so that no unit of work waits for another's; and of a person
    nothing but the number.
    """

    __tablename__ = "audit_record"

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    area: str  # the pooling area (统筹区), four digits
    kind: str  # the fact, and what became of it: settlement.posted
    subject: str  # the keys of the rows that it tells of
    person_no: str | None = None
    who: str
    role: str
    at: datetime
    salt: str
    digest: str


class LinkRow(SQLModel, table=True):
    """One link of an area's chain: it seals one record and everything before it."""

    __tablename__ = "audit_link"

    area: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger)  # the seq of the first link sealed with it
    record_id: int = Field(
        foreign_key="audit_record.id", unique=True, sa_type=BigInteger
    )
    sealed_at: datetime
    previous: str
    hash: str


for _name in ("audit_record", "audit_link"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

"""The rows of uploads: what the platform is told of sales and deliveries, and its answers."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard

UNDONE = "state IN ('waiting', 'refused', 'laid_aside')"


class UploadRow(SQLModel, table=True):
    """One message that the platform is owed (上传): waiting, refused, done or given up."""

    __tablename__ = "upload"
    __table_args__ = (
        UniqueConstraint("settlement_id", "infno", "key", name="upload_once"),
        UniqueConstraint("no", name="upload_no"),
        CheckConstraint(
            "infno IN ('3505', '3506', '7209', '7210')", name="upload_infno"
        ),
        CheckConstraint(
            "state IN ('waiting', 'refused', 'laid_aside', 'done', 'dropped')",
            name="upload_state",
        ),
        Index(
            "upload_undone",
            "outlet_code",
            "settlement_id",
            "no",
            sqlite_where=text(UNDONE),
            postgresql_where=text(UNDONE),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlement.id")
    no: int = Field(sa_type=BigInteger)  # in which order they are told
    infno: str
    key: str  # the number of the line, or of the event
    outlet_code: str
    happened_at: datetime
    made_at: datetime
    state: str = "waiting"
    next_at: datetime
    tries: int = 0
    first_try_at: datetime | None = None
    unanswered: bool = False  # some try may have come through
    lease: str | None = None
    leased_until: datetime | None = None
    last_words: str = ""
    ended_at: datetime | None = None


class UploadEventRow(SQLModel, table=True):
    """One thing that was done with an upload; never changed.

    `sent` is written before a message leaves, with its number and what it tells; what came
    back is `accepted`, `refused` or `unanswered`. Where nothing follows, the sender died.
    """

    __tablename__ = "upload_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('sent', 'accepted', 'refused', 'unanswered', 'again', 'dropped')",
            name="upload_event_kind",
        ),
        CheckConstraint("kind <> 'dropped' OR words <> ''", name="upload_event_why"),
    )

    id: int | None = Field(default=None, primary_key=True)
    upload_id: UUID = Field(index=True, foreign_key="upload.id")
    outlet_code: str
    infno: str
    at: datetime
    kind: str
    by: str
    msgid: str = ""
    told_sealed: str | None = None  # JSON of what was told, where something was
    words: str = ""


class UploadMarkRow(SQLModel, table=True):
    """Up to which told event every upload is written, and when uploading began."""

    __tablename__ = "upload_mark"

    id: int = Field(primary_key=True)
    no: int = Field(sa_type=BigInteger)
    begun_at: datetime


event.listen(SQLModel.metadata.tables["upload_event"], "after_create", guard)

"""The rows of notices: subscriptions, events in the order in which they are told, deliveries."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard

WAITING = "state = 'waiting'"
UNDELIVERED = "state IN ('waiting', 'dead')"


class SubscriptionRow(SQLModel, table=True):
    """Where an institution wants to be told what happens to its prescriptions (订阅)."""

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint(
            "state IN ('active', 'disabled', 'gone', 'ended')",
            name="subscription_state",
        ),
        CheckConstraint("signature IN ('v1', 'v1a')", name="subscription_signature"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    outlet_code: str = Field(index=True)
    url: str
    kinds: list[str] = Field(sa_column=Column(JSON, nullable=False))  # empty: all
    signature: str
    secret_sealed: str
    old_secret_sealed: str | None = None
    old_secret_until: datetime | None = None
    state: str = "active"
    after_record: int = Field(
        sa_type=BigInteger
    )  # what was recorded before is not told
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    last_taken_at: datetime | None = None
    created_at: datetime


class SubscriptionEventRow(SQLModel, table=True):
    """One thing that was done with a subscription or its notices; never changed."""

    __tablename__ = "subscription_event"

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: UUID = Field(index=True, foreign_key="subscription.id")
    outlet_code: str
    at: datetime
    kind: str
    by: str
    detail: str = ""


class OutboxEventRow(SQLModel, table=True):
    """An event of a prescription in the order in which it is told, and what is told of it.

    The numbers are given by one unit of work after another, without gaps.
    """

    __tablename__ = "outbox_event"
    __table_args__ = (
        UniqueConstraint("prescription_id", "seq", name="outbox_event_seq"),
    )

    no: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    record_id: int = Field(unique=True, sa_type=BigInteger)
    event_id: int = Field(unique=True, foreign_key="prescription_event.id")
    prescription_id: UUID = Field(foreign_key="prescription.id")
    seq: int
    body: str
    told_at: datetime


class OutboxMarkRow(SQLModel, table=True):
    """Up to which record everything is told, and the next such mark while it ripens."""

    __tablename__ = "outbox_mark"

    id: int = Field(primary_key=True)
    low_id: int = Field(sa_type=BigInteger)
    mark_id: int = Field(sa_type=BigInteger)
    mark_xid: int = Field(sa_type=BigInteger)


class NoticeRow(SQLModel, table=True):
    """One event for one subscriber: waiting, delivered, dead (to be looked at) or dropped."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_no", name="notice_once"),
        CheckConstraint(
            "state IN ('waiting', 'delivered', 'dead', 'dropped')", name="notice_state"
        ),
        Index(
            "notice_waiting",
            "subscription_id",
            "event_no",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index(
            "notice_undelivered",
            "subscription_id",
            "prescription_id",
            "seq",
            sqlite_where=text(UNDELIVERED),
            postgresql_where=text(UNDELIVERED),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    subscription_id: UUID = Field(foreign_key="subscription.id")
    event_no: int = Field(foreign_key="outbox_event.no", sa_type=BigInteger)
    prescription_id: UUID
    seq: int
    kind: str
    state: str = "waiting"
    made_at: datetime
    next_at: datetime
    tries: int = 0
    first_try_at: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None
    last_status: int | None = None
    last_error: str = ""
    ended_at: datetime | None = Field(default=None, index=True)


event.listen(SQLModel.metadata.tables["subscription_event"], "after_create", guard)

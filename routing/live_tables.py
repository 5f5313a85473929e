"""The rows of the road: positions, whose devices say them, what the desk was told and did."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard

ALERT_ONCE = "about = 'alert'"
CASE_OPEN = "state <> 'ended'"
CASE_ENDING = "state = 'ending'"


class PositionRow(SQLModel, table=True):
    """One fix of a courier on a route; forgotten after so many days."""

    __tablename__ = "position"
    __table_args__ = (
        UniqueConstraint("courier_code", "at", name="position_once"),
        # Whoever listens goes by the numbers: they never begin again, forgotten or not.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    courier_code: str
    route_id: UUID = Field(index=True)
    at: datetime = Field(index=True)
    heard_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None


class LastPositionRow(SQLModel, table=True):
    """Where a courier was last, around which point since when, and since when off the route."""

    __tablename__ = "last_position"

    courier_code: str = Field(primary_key=True)
    route_id: UUID
    at: datetime
    heard_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    anchor_lon: float
    anchor_lat: float
    still_since: datetime
    off_since: datetime | None = None


class AsideRow(SQLModel, table=True):
    """How many fixes of a courier's day were put aside, and why."""

    __tablename__ = "position_aside"
    __table_args__ = (CheckConstraint("fixes > 0", name="position_aside_fixes"),)

    courier_code: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    why: str = Field(primary_key=True)
    fixes: int


class FeedKeyRow(SQLModel, table=True):
    """A firm's key for its feed of positions; only what it hashes to is kept."""

    __tablename__ = "feed_key"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    carrier_code: str = Field(index=True)
    digest: str = Field(unique=True)
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None


class FeedDeviceRow(SQLModel, table=True):
    """Which courier carries a device, by the name that the device gives itself."""

    __tablename__ = "feed_device"

    carrier_code: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    courier_code: str


class DeskActRow(SQLModel, table=True):
    """What the dispatcher's desk was told of an alert or a case, or did with it; never changed.

    `subject` is the alert's or the case's number.
    """

    __tablename__ = "desk_act"
    __table_args__ = (
        CheckConstraint("about IN ('alert', 'case')", name="desk_act_about"),
        Index("desk_act_of_firm", "carrier_code", "at"),
        Index(
            "desk_act_once",
            "subject",
            "act",
            unique=True,
            sqlite_where=text(ALERT_ONCE),
            postgresql_where=text(ALERT_ONCE),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    subject: UUID = Field(index=True)
    about: str
    act: str
    kind: str
    carrier_code: str
    courier_code: str
    route_id: UUID
    order_id: UUID | None = Field(default=None, index=True)
    at: datetime = Field(index=True)
    by: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class CaseRow(SQLModel, table=True):
    """What did not go as planned, as it stands: open, being ended, or ended in one way."""

    __tablename__ = "desk_case"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'ending', 'ended')", name="desk_case_state"),
        CheckConstraint("(state = 'open') = (way IS NULL)", name="desk_case_way"),
        Index(
            "desk_case_open",
            "order_id",
            unique=True,
            sqlite_where=text(CASE_OPEN),
            postgresql_where=text(CASE_OPEN),
        ),
        Index("desk_case_of_firm", "carrier_code", "state", "opened_at"),
        Index(
            "desk_case_ending",
            "opened_at",
            sqlite_where=text(CASE_ENDING),
            postgresql_where=text(CASE_ENDING),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    carrier_code: str
    courier_code: str = Field(index=True)
    route_id: UUID
    order_id: UUID | None = Field(default=None, index=True)
    kind: str
    state: str = "open"
    way: str | None = None
    holder: str | None = None
    opened_at: datetime
    ended_at: datetime | None = None


event.listen(SQLModel.metadata.tables["desk_act"], "after_create", guard)

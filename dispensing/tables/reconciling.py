"""The rows of reconciliation: runs, differences and what was done about them, closed days."""

from datetime import date, datetime
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

from pharmacies.append_only import NUMBER, guard


class TillFileRow(SQLModel, table=True):
    """A file of an outlet's own till for one day; the last one of a day counts."""

    __tablename__ = "till_file"
    __table_args__ = (Index("till_file_of_day", "outlet_code", "day"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    outlet_code: str
    day: date
    sha256: str
    at: datetime
    by: str


class TillLineRow(SQLModel, table=True):
    """One line of a till file: which settlement, by which method, how much (a refund below 0)."""

    __tablename__ = "till_file_line"

    file_id: int = Field(
        primary_key=True, foreign_key="till_file.id", sa_type=BigInteger
    )
    line_no: int = Field(primary_key=True)
    msgid: str
    method: str
    amount_fen: int = Field(sa_type=BigInteger)


class ReconcileRunRow(SQLModel, table=True):
    """One reconciliation of an outlet's day: against what, and with which result.

    `digest` is over everything of ours that was compared and that a closing freezes.
    """

    __tablename__ = "reconcile_run"
    __table_args__ = (
        CheckConstraint(
            "result IN ('equal', 'differs', 'unanswered')", name="reconcile_run_result"
        ),
        Index("reconcile_run_of_day", "outlet_code", "day"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    outlet_code: str
    day: date = Field(index=True)
    at: datetime
    by: str
    result: str
    digest: str
    till_file_id: int | None = Field(
        default=None, foreign_key="till_file.id", sa_type=BigInteger
    )


class ReconcileTotalRow(SQLModel, table=True):
    """The sums of one scheme in a run, ours and the platform's, and what 3201 said of ours."""

    __tablename__ = "reconcile_total"

    run_id: int = Field(
        primary_key=True, foreign_key="reconcile_run.id", sa_type=BigInteger
    )
    scheme: str = Field(primary_key=True)
    verdict: str
    ours_count: int
    ours_total_fen: int = Field(sa_type=BigInteger)
    ours_fund_fen: int = Field(sa_type=BigInteger)
    ours_account_fen: int = Field(sa_type=BigInteger)
    theirs_count: int
    theirs_total_fen: int = Field(sa_type=BigInteger)
    theirs_fund_fen: int = Field(sa_type=BigInteger)
    theirs_account_fen: int = Field(sa_type=BigInteger)


class DifferenceRow(SQLModel, table=True):
    """One difference of a day, tied to the one event that it comes from.

    Found again by a later run it is the same row, so what was done about it stays with it.
    """

    __tablename__ = "reconcile_difference"
    __table_args__ = (
        UniqueConstraint(
            "day",
            "outlet_code",
            "kind",
            "event_kind",
            "event_id",
            "ours",
            "theirs",
            name="reconcile_difference_once",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    day: date
    outlet_code: str
    kind: str
    event_kind: str
    event_id: str
    msgid: str | None = None
    ours: int = Field(sa_type=BigInteger)  # fen, packs or times, as the kind says
    theirs: int = Field(sa_type=BigInteger)
    detail: str = ""
    found_at: datetime


class FoundRow(SQLModel, table=True):
    """A difference was found by a run."""

    __tablename__ = "reconcile_found"

    run_id: int = Field(
        primary_key=True, foreign_key="reconcile_run.id", sa_type=BigInteger
    )
    difference_id: UUID = Field(
        primary_key=True, foreign_key="reconcile_difference.id", index=True
    )


class DifferenceEventRow(SQLModel, table=True):
    """What was done about a difference: asked, sent again, reversed, booked with a reason."""

    __tablename__ = "reconcile_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('query', 'retry', 'reverse', 'book')", name="reconcile_event_kind"
        ),
        CheckConstraint("kind <> 'book' OR reason <> ''", name="reconcile_event_why"),
        Index(
            "reconcile_booked_once",
            "difference_id",
            unique=True,
            sqlite_where=text("kind = 'book'"),
            postgresql_where=text("kind = 'book'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    difference_id: UUID = Field(index=True, foreign_key="reconcile_difference.id")
    outlet_code: str
    kind: str
    reason: str = ""
    outcome: str = ""
    at: datetime
    by: str


class ClosedDayRow(SQLModel, table=True):
    """A day of an outlet that was closed with a clean run: from then on it is as it is."""

    __tablename__ = "closed_day"
    __table_args__ = (UniqueConstraint("outlet_code", "day", name="closed_day_once"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    outlet_code: str
    day: date
    run_id: int = Field(foreign_key="reconcile_run.id", sa_type=BigInteger)
    at: datetime
    by: str


_TABLES = (
    *("till_file", "till_file_line", "reconcile_run", "reconcile_total"),
    *("reconcile_difference", "reconcile_found", "reconcile_event", "closed_day"),
)
for _name in _TABLES:
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

"""The rows of trace codes (追溯码): what is sold, its history, and old stock without a code."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class TraceSaleRow(SQLModel, table=True):
    """A part of a box that is sold under its code; each part has one sale not returned.

    A box that is never split is one part: its code is sold once.
    """

    __tablename__ = "trace_sale"
    __table_args__ = (
        CheckConstraint("part BETWEEN 1 AND of_parts", name="trace_sale_part"),
        Index(
            "trace_sold_once",
            "code",
            "part",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str
    part: int = 1
    of_parts: int = 1
    settlement_id: UUID = Field(index=True, foreign_key="settlement.id")
    line_no: int
    returned_at: datetime | None = None


class TraceEventRow(SQLModel, table=True):
    """What happened to a code: sold, returned and free again, or destroyed; never changed."""

    __tablename__ = "trace_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('sold', 'returned', 'destroyed')", name="trace_event_kind"
        ),
        CheckConstraint("parts BETWEEN 1 AND of_parts", name="trace_event_parts"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    kind: str
    parts: int
    of_parts: int
    settlement_id: UUID = Field(foreign_key="settlement.id")
    line_no: int
    outlet_code: str
    at: datetime
    by: str
    reason: str = ""


class NoCodeRow(SQLModel, table=True):
    """Old stock that may be sold without a code (无码库存): which, where, how long, says who."""

    __tablename__ = "no_code"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="no_code_days"),
        CheckConstraint("source <> ''", name="no_code_source"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    medicine_code: str = Field(index=True, foreign_key="medicine.code")
    batch: str | None = None  # the maker's batch number; none: every batch
    outlet_code: str | None = Field(default=None, foreign_key="outlet.code")
    first_day: date
    last_day: date
    source: str
    at: datetime
    by: str


class NoCodeEndRow(SQLModel, table=True):
    """An entry of the no-code list that was ended before its last day."""

    __tablename__ = "no_code_end"

    no_code_id: UUID = Field(primary_key=True, foreign_key="no_code.id")
    at: datetime
    by: str
    reason: str


class UncodedSaleRow(SQLModel, table=True):
    """A pack that was sold without a code, and the entry of the list that allowed it."""

    __tablename__ = "uncoded_sale"

    settlement_id: UUID = Field(primary_key=True, foreign_key="settlement.id")
    line_no: int = Field(primary_key=True)
    no: int = Field(primary_key=True)  # which of the line's packs without a code
    batch: str
    no_code_id: UUID = Field(foreign_key="no_code.id")


for _name in ("trace_event", "no_code", "no_code_end", "uncoded_sale"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

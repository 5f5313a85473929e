"""The rows of what is on hand, batch by batch."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Index,
    Table,
    event,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard

_STANDS = "ended IS NULL"
PARTITIONS = 32  # on PostgreSQL; a pooling area lies in one of them


class StockBatchRow(SQLModel, table=True):
    """What one outlet has of one batch (批次): the running sum of its movements.

    The movements stay the truth; every unit of work that writes one changes this row with
    it. The batch is '' where nobody has told it. On hand is below 0 where receipts lack,
    but never below what is set aside. What a sale takes beyond the books goes out of the
    batch without a name, also where that has just been set aside for somebody else.
    """

    __tablename__ = "stock_batch"
    __table_args__: Any = (
        CheckConstraint("length(pooling_area) = 4", name="stock_batch_area"),
        CheckConstraint("reserved >= 0", name="stock_batch_reserved"),
        CheckConstraint(
            "reserved = 0 OR reserved <= on_hand OR batch = ''",
            name="stock_batch_there",
        ),
        Index("stock_batch_of_medicine", "medicine_code", "batch"),
        Index("stock_batch_in_area", "pooling_area", "medicine_code", "outlet_code"),
        {"postgresql_partition_by": "HASH (pooling_area)"},
    )

    pooling_area: str = Field(primary_key=True)
    outlet_code: str = Field(primary_key=True)
    medicine_code: str = Field(primary_key=True)
    batch: str = Field(primary_key=True)
    expires_on: date | None  # its last day (有效期至), None where nobody has told it
    on_hand: int
    reserved: int
    recalled: bool


class StockReservationRow(SQLModel, table=True):
    """What is set aside (预留) of a batch for one line of a prescription.

    `held` of `quantity` is counted in the batch's `reserved`; the rest is what a counter
    holds in its hand and the books lack. `until` is None while a settlement runs. It stands
    until it is ended: consumed, replaced, released, lapsed, short or recalled.
    `prescription_id` names a row of a later stage, hence no foreign key.
    """

    __tablename__ = "stock_reservation"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="stock_reservation_quantity"),
        CheckConstraint("held BETWEEN 0 AND quantity", name="stock_reservation_held"),
        CheckConstraint(
            "ended IN ('consumed', 'replaced', 'released', 'lapsed', 'short',"
            " 'recalled')",
            name="stock_reservation_end",
        ),
        CheckConstraint(
            "(ended IS NULL) = (ended_at IS NULL)", name="stock_reservation_ended"
        ),
        Index(
            "stock_reserved_for",
            "prescription_id",
            sqlite_where=text(_STANDS),
            postgresql_where=text(_STANDS),
        ),
        Index(
            "stock_reserved_at",
            "outlet_code",
            "medicine_code",
            sqlite_where=text(_STANDS),
            postgresql_where=text(_STANDS),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    prescription_id: UUID
    line_no: int
    pooling_area: str
    outlet_code: str
    medicine_code: str
    batch: str
    quantity: int
    held: int
    until: datetime | None
    made_at: datetime
    by: str
    ended: str | None = None
    ended_at: datetime | None = None


class StockRecallRow(SQLModel, table=True):
    """A lot that is recalled (召回), or given free again; the last word counts."""

    __tablename__ = "stock_recall"

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    medicine_code: str
    batch: str
    recalled: bool
    source: str
    reason: str
    at: datetime
    by: str

    __table_args__ = (Index("stock_recall_of_lot", "medicine_code", "batch"),)


class TraceBatchRow(SQLModel, table=True):
    """Which batch a box is of, by its trace code, as it was told when it came in."""

    __tablename__ = "trace_batch"

    code: str = Field(primary_key=True)
    medicine_code: str
    batch: str
    outlet_code: str
    at: datetime
    by: str


def _divide(rows: Table, connection: Connection, **_: object) -> None:
    """Make the partitions of a table that PostgreSQL divides by pooling area."""
    if connection.dialect.name != "postgresql":
        return
    for no in range(PARTITIONS):
        connection.exec_driver_sql(
            f"CREATE TABLE {rows.name}_{no:02d} PARTITION OF {rows.name}"
            f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {no})"
        )


event.listen(SQLModel.metadata.tables["stock_batch"], "after_create", _divide)
for _name in ("stock_recall", "trace_batch"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)

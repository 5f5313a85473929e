"""The rows of what is on hand, batch by batch."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Index, Table, event
from sqlmodel import Field, SQLModel

PARTITIONS = 32  # on PostgreSQL; a pooling area lies in one of them


class StockBatchRow(SQLModel, table=True):
    """What one outlet has of one batch (批次): the running sum of its movements.

    The movements stay the truth; every unit of work that writes one changes this row with
    it. The batch is '' where nobody has told it. On hand is below 0 where receipts lack,
    but never below what is set aside.
    """

    __tablename__ = "stock_batch"
    __table_args__: Any = (
        CheckConstraint("length(pooling_area) = 4", name="stock_batch_area"),
        CheckConstraint("reserved >= 0", name="stock_batch_reserved"),
        CheckConstraint(
            "reserved = 0 OR reserved <= on_hand", name="stock_batch_there"
        ),
        Index("stock_batch_of_medicine", "medicine_code", "batch"),
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

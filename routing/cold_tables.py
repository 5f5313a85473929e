"""The rows of the cold chain: what was read, and what a pharmacist decided on a breach."""

from datetime import datetime
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

from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import also_record
from pharmacies.append_only import NUMBER, guard
from routing.handover import COLD_DC_MAX, COLD_DC_MIN

OUTSIDE = f"temperature_dc NOT BETWEEN {COLD_DC_MIN} AND {COLD_DC_MAX}"


class ReadingRow(SQLModel, table=True):
    """One temperature of one parcel; never changed.

    What is read in a box is written for each cold parcel that was in it. `logger` is the
    number of the device, and `file_sha256` the file that it came from; by hand both are empty.
    """

    __tablename__ = "reading"
    __table_args__ = (
        CheckConstraint(
            "source IN ('packing', 'pickup', 'box', 'door', 'logger')",
            name="reading_source",
        ),
        CheckConstraint(
            "(source = 'logger') = (logger <> '')", name="reading_of_logger"
        ),
        CheckConstraint(
            "temperature_dc BETWEEN -400 AND 600", name="reading_temperature"
        ),
        UniqueConstraint("order_id", "source", "logger", "at", name="reading_once"),
        Index("reading_of_order", "order_id", "at"),
        Index(
            "reading_outside",
            "order_id",
            sqlite_where=text(OUTSIDE),
            postgresql_where=text(OUTSIDE),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    order_id: UUID = Field(foreign_key="delivery_order.id")
    prescription_id: UUID = Field(foreign_key="prescription.id")
    at: datetime
    temperature_dc: int
    source: str
    logger: str = ""
    file_sha256: str = ""
    courier_code: str = ""  # in whose box; empty at the counter
    by: str
    noted_at: datetime


class BreachDecisionRow(SQLModel, table=True):
    """What a pharmacist decided on a broken cold chain, and on which figures; never changed."""

    __tablename__ = "breach_decision"
    __table_args__ = (
        CheckConstraint(
            "verdict IN ('release', 'return', 'destroy')", name="breach_verdict"
        ),
        Index("breach_at_outlet", "outlet_code", "at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    order_id: UUID = Field(index=True, foreign_key="delivery_order.id")
    prescription_id: UUID = Field(foreign_key="prescription.id")
    outlet_code: str
    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    reason: str
    figures: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    by: str
    at: datetime


for _name in ("reading", "breach_decision"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
also_record(
    Fact(
        "reading",
        ReadingRow,
        turn="source",
        at=("noted_at",),
        # A logger's file is thousands of rows: what came in at once has one record.
        together=("order_id", "source", "noted_at"),
    )
)
also_record(Fact("breach", BreachDecisionRow, turn="verdict"))

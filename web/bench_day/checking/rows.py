"""What the check reads: the rows as they lie in the database, and what truly happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from fixtures.rounds.given import Day, Order
from fixtures.rounds.told import Deed, Fate, Journal

Row = Mapping[str, Any]
TABLES = (
    *("delivery_order", "handover", "prescription", "prescription_line"),
    *("prescription_event", "settlement", "ledger", "allowance"),
    *("stock_movement", "stock_batch", "plan", "route", "stop"),
    *("audit_record", "audit_link", "desk_act"),
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened on the streets, and under which number each order was entered."""

    day: Day
    journal: Journal
    ids: Mapping[int, UUID]

    def at(self, instant: datetime) -> int:
        """Return an instant of the database as a second of the day."""
        midnight = datetime.fromisoformat(f"{self.day.given.day}T00:00:00+08:00")
        return int((instant - midnight).total_seconds())

    def heard(self, deed: Deed) -> int:
        """Return the second at which the platform was told of a deed: books go by it."""
        return self.journal.heard_s[deed.no]

    def deed(self, order: Order) -> Deed | None:
        """Return the visit at which an order was handed over, if it was."""
        if self.journal.fates[order.no] is not Fate.HANDED_OVER:
            return None
        return next(
            it for it in self.journal.deeds if it.order == order.no and it.meeting
        )


class Rows:
    """All rows of the tables that a day writes, read once."""

    def __init__(self, connection: Connection) -> None:
        tables = SQLModel.metadata.tables
        self.tables: dict[str, list[Row]] = {
            name: [
                dict(row) for row in connection.execute(select(tables[name])).mappings()
            ]
            for name in TABLES
        }

    def __getitem__(self, name: str) -> list[Row]:
        """Give the rows of a table."""
        return self.tables[name]

    def by(self, name: str, column: str) -> dict[Any, list[Row]]:
        """Give the rows of a table by what a column says."""
        found: dict[Any, list[Row]] = {}
        for row in self.tables[name]:
            found.setdefault(row[column], []).append(row)
        return found

    @cached_property
    def orders(self) -> dict[UUID, Row]:
        """Give the orders by their numbers."""
        return {row["id"]: row for row in self.tables["delivery_order"]}

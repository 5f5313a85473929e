"""The running balance of the stock: what each batch has, changed with every movement.

The sum of the movements stays the truth; `stock_differences` holds the balance against it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as sum_of
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from pharmacies.places import pooling_area
from pharmacies.stock_tables import StockBatchRow
from pharmacies.tables import OutletRow, StockMovementRow

KEY = ("pooling_area", "outlet_code", "medicine_code", "batch")
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StockDifference:
    """A batch whose balance is not the sum of its movements."""

    outlet_code: str
    medicine_code: str
    batch: str
    on_hand: int
    moved: int


def balance_rows(
    areas: Mapping[str, str], moved: Iterable[Values]
) -> list[dict[str, Any]]:
    """Give what movements add to each batch, in the order in which everybody locks them.

    `areas` has the six-digit area of each outlet.
    """
    sums: dict[tuple[str, str, str, str], int] = {}
    for row in moved:
        area = pooling_area(areas[row["outlet_code"]])
        key = area, row["outlet_code"], row["medicine_code"], row["batch"]
        sums[key] = sums.get(key, 0) + row["quantity"]
    return [
        {
            **dict(zip(KEY, key, strict=True)),
            "expires_on": None,
            "on_hand": quantity,
            "reserved": 0,
            "recalled": False,
        }
        for key, quantity in sorted(sums.items())
    ]


def carry(session: Session, moved: Iterable[StockMovementRow]) -> None:
    """Carry movements into the balance, in the unit of work that writes them."""
    rows = [row.model_dump(include=_MOVED) for row in moved]
    codes = {row["outlet_code"] for row in rows}
    areas = outlet_areas(session, codes)
    kept = StockBatchRow.__table__  # type: ignore[attr-defined]
    insert = _INSERTS[session.get_bind().dialect.name]
    for row in balance_rows(areas, rows):
        made = insert(kept).values(row)
        added = kept.c.on_hand + made.excluded.on_hand
        session.execute(
            made.on_conflict_do_update(index_elements=KEY, set_={"on_hand": added})
        )


def outlet_areas(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Tell the six-digit area of each outlet."""
    asked = select(OutletRow.code, OutletRow.area)
    return dict(session.exec(asked.where(col(OutletRow.code).in_(set(codes)))).all())


def stock_differences(
    session: Session, outlet_code: str | None = None
) -> tuple[StockDifference, ...]:
    """Find the batches whose balance is not the sum of their movements.

    Of one outlet, or of all.
    """
    moved = _sums(
        session, StockMovementRow, func.sum(StockMovementRow.quantity), outlet_code
    )
    held = _sums(session, StockBatchRow, func.sum(StockBatchRow.on_hand), outlet_code)
    return tuple(
        StockDifference(*key, on_hand=held.get(key, 0), moved=moved.get(key, 0))
        for key in sorted(moved.keys() | held.keys())
        if held.get(key, 0) != moved.get(key, 0)
    )


def _sums(
    session: Session, rows: Any, total: Any, outlet_code: str | None
) -> dict[tuple[str, str, str], int]:
    key: Sequence[Any] = (rows.outlet_code, rows.medicine_code, rows.batch)
    query = sum_of(*key, total).group_by(*key)
    if outlet_code is not None:
        query = query.where(rows.outlet_code == outlet_code)
    found = session.execute(query).all()
    return {(one, two, three): int(moved) for one, two, three, moved in found}


_MOVED = {"outlet_code", "medicine_code", "batch", "quantity"}
_INSERTS: Mapping[str, Any] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

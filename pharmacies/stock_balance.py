"""The running balance of the stock: what each batch has, changed with every movement.

The sum of the movements stays the truth; `stock_differences` holds the balance against it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as sum_of
from sqlalchemy import true
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from pharmacies.places import pooling_area
from pharmacies.stock_tables import StockBatchRow, StockReservationRow
from pharmacies.tables import OutletRow, StockMovementRow

KEY = ("pooling_area", "outlet_code", "medicine_code", "batch")
Values = Mapping[str, Any]
_ALL = true()


@dataclass(frozen=True, slots=True)
class StockDifference:
    """A batch whose balance is not what its movements and reservations add up to."""

    outlet_code: str
    medicine_code: str
    batch: str
    on_hand: int
    moved: int
    reserved: int = 0
    held: int = 0


def balance_rows(
    areas: Mapping[str, str],
    moved: Iterable[Values],
    held: Mapping[tuple[str, str, str], int] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give what movements add to batches, and what they take out of what was set aside.

    Both in the order in which everybody locks them. `areas` has the six-digit area of each
    outlet; `held` what was set aside for these movements, by outlet, medicine and batch:
    those rows tell what is taken off `on_hand` and off `reserved`.
    """
    sums: dict[tuple[str, str, str, str], int] = {}
    for row in moved:
        area = pooling_area(areas[row["outlet_code"]])
        key = area, row["outlet_code"], row["medicine_code"], row["batch"]
        sums[key] = sums.get(key, 0) + row["quantity"]
    added, drawn = [], []
    for key, quantity in sorted(sums.items()):
        set_aside = (held or {}).get(key[1:], 0)
        if set_aside:
            drawn.append(batch_row(key, -quantity, set_aside))
        else:
            added.append(batch_row(key, quantity))
    return added, drawn


def batch_row(
    key: tuple[str, str, str, str], on_hand: int, reserved: int = 0
) -> dict[str, Any]:
    """Make the row of a batch of which nothing else is known."""
    return {
        **dict(zip(KEY, key, strict=True)),
        "expires_on": None,
        "on_hand": on_hand,
        "reserved": reserved,
        "recalled": False,
    }


def carry(session: Session, moved: Iterable[StockMovementRow]) -> None:
    """Carry movements into the balance, in the unit of work that writes them."""
    rows = [row.model_dump(include=_MOVED) for row in moved]
    codes = {row["outlet_code"] for row in rows}
    areas = outlet_areas(session, codes)
    kept = StockBatchRow.__table__  # type: ignore[attr-defined]
    insert = INSERTS[session.get_bind().dialect.name]
    for row in balance_rows(areas, rows)[0]:
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
    """Find the batches whose balance is not what movements and reservations add up to.

    Of one outlet, or of all.
    """
    stands = col(StockReservationRow.ended).is_(None)
    asked: tuple[tuple[Any, Any, Any], ...] = (
        (StockBatchRow, StockBatchRow.on_hand, _ALL),
        (StockMovementRow, StockMovementRow.quantity, _ALL),
        (StockBatchRow, StockBatchRow.reserved, _ALL),
        (StockReservationRow, StockReservationRow.held, stands),
    )
    sums = [
        _sums(session, rows, summed, outlet_code=outlet_code, only=only)
        for rows, summed, only in asked
    ]
    return tuple(
        StockDifference(*key, *found)
        for key in sorted(set().union(*sums))
        if (found := tuple(each.get(key, 0) for each in sums))
        and (found[0] != found[1] or found[2] != found[3])
    )


def _sums(
    session: Session,
    rows: Any,
    summed: Any,
    *,
    outlet_code: str | None,
    only: Any = _ALL,
) -> dict[tuple[str, str, str], int]:
    key: Sequence[Any] = (rows.outlet_code, rows.medicine_code, rows.batch)
    query = sum_of(*key, func.sum(summed)).where(only).group_by(*key)
    if outlet_code is not None:
        query = query.where(rows.outlet_code == outlet_code)
    found = session.execute(query).all()
    return {(one, two, three): int(moved) for one, two, three, moved in found}


_MOVED = {"outlet_code", "medicine_code", "batch", "quantity"}
INSERTS: Mapping[str, Any] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

"""Many receipts at once: what an outlet's own program has on its shelves, from a file."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from sqlmodel import Session, col, func, insert, select

from pharmacies.errors import NoSuchMedicine, NoSuchOutlet
from pharmacies.movements import Act
from pharmacies.places import pooling_area
from pharmacies.stock_balance import INSERTS, KEY, balance_rows, outlet_areas
from pharmacies.stock_tables import StockBatchRow, StockRecallRow
from pharmacies.tables import MedicineRow, OutletRow, StockMovementRow

COLUMNS = ("outlet", "medicine", "batch", "expires_on", "quantity")
_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came in of one batch; `expires_on` is its last day, None where unknown."""

    outlet_code: str
    medicine_code: str
    batch: str
    expires_on: date | None
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"expected one pack or more, got {self.quantity}")
        if self.expires_on is not None and not self.batch:
            raise ValueError("a last day belongs to a batch")


def receipts_of(text: str) -> tuple[Receipt, ...]:
    """Read receipts from CSV with the columns of COLUMNS; raises ValueError with the line."""
    lines = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    if tuple(lines.fieldnames or ()) != COLUMNS:
        raise ValueError(f"line 1: expected {','.join(COLUMNS)}")
    found = []
    for row in lines:
        try:
            found.append(_receipt(row))
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {lines.line_num}: {error}") from error
    return tuple(found)


def _receipt(row: Mapping[str, str]) -> Receipt:
    day = row["expires_on"]
    return Receipt(
        row["outlet"],
        row["medicine"],
        row["batch"],
        date.fromisoformat(day) if day else None,
        int(row["quantity"]),
    )


def receive_all(
    session: Session,
    act: Act,
    receipts: Iterable[Receipt],
    on: Mapping[str, date] | None = None,
) -> int:
    """Enter receipts of many outlets and batches in one act, all of them or none.

    `act` names no outlet: each receipt does; `on` has the business day of outlets whose
    books of the act's day are closed. Tells how many there were. Raises ValueError where
    a batch has another last day, NoSuchOutlet and NoSuchMedicine.
    """
    came = tuple(receipts)
    areas = _known(session, came)
    days = _days(session, came, areas)
    moved = [_movement(act, one, on or {}) for one in came]
    rows = balance_rows(areas, moved)[0]
    for row in rows:
        row["expires_on"] = days.get(tuple(row[name] for name in KEY))
        row["recalled"] = False
    for row in _of_recalled(session, rows):
        row["recalled"] = True
    if rows:
        session.execute(insert(StockMovementRow), moved)
        _add(session, rows)
    session.commit()
    return len(came)


def _known(session: Session, came: Iterable[Receipt]) -> dict[str, str]:
    """Lock the outlets, as every receipt does, and tell the area of each."""
    outlets = sorted({one.outlet_code for one in came})
    for begin in range(0, len(outlets), _ASKED_AT_ONCE):
        part = outlets[begin : begin + _ASKED_AT_ONCE]
        asked = select(OutletRow.code).where(col(OutletRow.code).in_(part))
        session.exec(asked.order_by(col(OutletRow.code)).with_for_update()).all()
    areas = outlet_areas(session, outlets)
    if missing := set(outlets) - set(areas):
        raise NoSuchOutlet(min(missing))
    listed = set(session.exec(select(MedicineRow.code)))
    if unknown := {one.medicine_code for one in came} - listed:
        raise NoSuchMedicine(min(unknown))
    return areas


def _days(
    session: Session, came: Iterable[Receipt], areas: Mapping[str, str]
) -> dict[tuple[Any, ...], date]:
    """Tell the last day of each batch that has one; a batch has one day only."""
    told: dict[tuple[Any, ...], date] = {}
    for row in session.exec(_batches_of(came)):
        if row.expires_on is not None:
            told[tuple(getattr(row, name) for name in KEY)] = row.expires_on
    for one in came:
        area = pooling_area(areas[one.outlet_code])
        key = (area, one.outlet_code, one.medicine_code, one.batch)
        day = one.expires_on
        if day is not None and told.setdefault(key, day) != day:
            raise ValueError(
                f"{one.outlet_code} {one.medicine_code} {one.batch}:"
                f" entered with {told[key]} as its last day"
            )
    return told


def _batches_of(came: Iterable[Receipt]) -> Any:
    """Ask for the batches of the outlets that get something."""
    outlets = {one.outlet_code for one in came}
    query = select(StockBatchRow).where(col(StockBatchRow.expires_on).is_not(None))
    if len(outlets) <= _ASKED_AT_ONCE:
        query = query.where(col(StockBatchRow.outlet_code).in_(sorted(outlets)))
    return query


def _of_recalled(session: Session, rows: Iterable[dict[str, Any]]) -> list[Any]:
    """Pick the rows of lots whose last word is that they are recalled."""
    last = select(func.max(StockRecallRow.id)).group_by(
        col(StockRecallRow.medicine_code), col(StockRecallRow.batch)
    )
    asked = select(StockRecallRow.medicine_code, StockRecallRow.batch).where(
        col(StockRecallRow.id).in_(last), col(StockRecallRow.recalled)
    )
    lots = set(session.exec(asked))
    return [row for row in rows if (row["medicine_code"], row["batch"]) in lots]


def _add(session: Session, rows: list[dict[str, Any]]) -> None:
    kept = StockBatchRow.__table__  # type: ignore[attr-defined]
    made = INSERTS[session.get_bind().dialect.name](kept)
    added = made.on_conflict_do_update(
        index_elements=KEY,
        set_={
            "on_hand": kept.c.on_hand + made.excluded.on_hand,
            "expires_on": func.coalesce(kept.c.expires_on, made.excluded.expires_on),
        },
    )
    session.connection().execute(added, rows)


def _movement(act: Act, one: Receipt, on: Mapping[str, date]) -> dict[str, Any]:
    return {
        "outlet_code": one.outlet_code,
        "medicine_code": one.medicine_code,
        "batch": one.batch,
        "quantity": one.quantity,
        "kind": "received",
        "settlement_id": None,
        "line_no": None,
        "difference_id": None,
        "on": on.get(one.outlet_code, act.on),
        "at": act.at,
        "by": act.by,
        "reason": act.reason,
    }

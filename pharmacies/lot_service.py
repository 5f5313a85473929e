"""What is known of a lot: its last day, the boxes that are of it, and whether it is recalled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from pharmacies.batches import Batch
from pharmacies.errors import NoSuchMedicine, StockError, Words
from pharmacies.movements import OF_SETTLEMENT, Act
from pharmacies.stock import is_trace_code
from pharmacies.stock_tables import (
    StockBatchRow,
    StockRecallRow,
    StockReservationRow,
    TraceBatchRow,
)
from pharmacies.tables import MedicineRow, StockMovementRow


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch of a medicine that comes in, with its last day where it is told."""

    medicine_code: str
    batch: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class LotThere:
    """What one outlet has of a lot."""

    outlet_code: str
    on_hand: int
    freed: int  # boxes that were set aside for prescriptions, and are no more


@dataclass(frozen=True, slots=True)
class LotSold:
    """A settlement by which boxes of a lot went out, and were not put back."""

    settlement_id: UUID
    outlet_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recalled lot: where it lies, and by which settlements it went out."""

    medicine_code: str
    batch: str
    there: tuple[LotThere, ...]
    sold: tuple[LotSold, ...]


@dataclass(frozen=True, slots=True)
class RecallNote:
    """One word about a lot: recalled, or free again; by whom, when, from which source."""

    medicine_code: str
    batch: str
    recalled: bool
    source: str
    reason: str
    at: datetime
    by: str


def recall_lot(
    session: Session,
    medicine_code: str,
    batch: str,
    *,
    source: str,
    reason: str,
    by: str,
    now: datetime,
) -> Recalled:
    """Recall a lot (召回) everywhere: nothing of it is set aside, sold or received for sale.

    What a settlement takes at this moment is finished, and stands in the list of what was
    sold. Recalling again adds a word and changes nothing.
    """
    said: dict[str, Any] = {"source": source, "reason": reason, "by": by, "at": now}
    _say(session, medicine_code, batch, recalled=True, **said)
    rows = _rows(session, medicine_code, batch)
    there = []
    for row in rows:
        row.recalled = True
        there.append(LotThere(row.outlet_code, row.on_hand, _free(session, row, now)))
    sold = _sold(session, medicine_code, batch)
    session.commit()
    return Recalled(medicine_code, batch, tuple(there), sold)


def lift_recall(
    session: Session,
    medicine_code: str,
    batch: str,
    *,
    source: str,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Give a lot free again, where its recall was an error or is over."""
    if not is_recalled(session, medicine_code, batch):
        raise StockError(
            "not-recalled",
            Words(
                "这个批号没有被召回。",
                "This lot is not recalled.",
                "请核对药品编码和批号。",
                "Check the medicine's code and the batch.",
            ),
        )
    said: dict[str, Any] = {"source": source, "reason": reason, "by": by, "at": now}
    _say(session, medicine_code, batch, recalled=False, **said)
    for row in _rows(session, medicine_code, batch):
        row.recalled = False
    session.commit()


def recalls(session: Session) -> tuple[RecallNote, ...]:
    """List what was said about lots, the latest first."""
    query = select(StockRecallRow).order_by(col(StockRecallRow.id).desc())
    kept = RecallNote.__dataclass_fields__
    return tuple(
        RecallNote(**{name: getattr(row, name) for name in kept})
        for row in session.exec(query)
    )


def is_recalled(session: Session, medicine_code: str, batch: str) -> bool:
    """Tell whether a lot is recalled: the last word counts."""
    query = (
        select(StockRecallRow.recalled)
        .where(
            col(StockRecallRow.medicine_code) == medicine_code,
            col(StockRecallRow.batch) == batch,
        )
        .order_by(col(StockRecallRow.id).desc())
    )
    return bool(session.exec(query.limit(1)).first())


def lot(session: Session, medicine_code: str, batch: str) -> Batch:
    """Tell what is known of a lot that an outlet has in its hand and not in its books.

    Its last day is the earliest that any outlet has entered.
    """
    told = select(func.min(StockBatchRow.expires_on)).where(
        col(StockBatchRow.medicine_code) == medicine_code,
        col(StockBatchRow.batch) == batch,
    )
    last = session.exec(told).one()
    recalled = is_recalled(session, medicine_code, batch)
    return Batch(medicine_code, batch, last, 0, recalled=recalled)


def describe(session: Session, act: Act, lot: Lot, codes: Sequence[str] = ()) -> None:
    """Note what a receipt or a count tells of a batch: its last day, its boxes; the caller commits.

    Raises StockError where the batch has another last day, or a box is of another batch.
    """
    row = session.exec(
        select(StockBatchRow)
        .where(
            col(StockBatchRow.outlet_code) == act.outlet_code,
            col(StockBatchRow.medicine_code) == lot.medicine_code,
            col(StockBatchRow.batch) == lot.batch,
        )
        .execution_options(populate_existing=True)
    ).one()
    if lot.expires_on is not None:
        if not lot.batch:
            raise _no_batch()
        if row.expires_on not in (None, lot.expires_on):
            raise _other_day(row.expires_on)
        row.expires_on = lot.expires_on
    if lot.batch and is_recalled(session, lot.medicine_code, lot.batch):
        row.recalled = True
    _tie(session, act, lot, codes)
    session.flush()


def _tie(session: Session, act: Act, lot: Lot, codes: Sequence[str]) -> None:
    """Write down which batch boxes are of."""
    if codes and not lot.batch:
        raise _no_batch()
    odd = [code for code in codes if not is_trace_code(code)]
    if odd:
        raise ValueError(f"expected trace codes of twenty digits, got {odd[0]!r}")
    asked = select(TraceBatchRow).where(col(TraceBatchRow.code).in_(codes))
    known = {row.code: row for row in session.exec(asked)} if codes else {}
    for code in dict.fromkeys(codes):
        before = known.get(code)
        if before is None:
            session.add(
                TraceBatchRow(
                    code=code,
                    medicine_code=lot.medicine_code,
                    batch=lot.batch,
                    outlet_code=act.outlet_code,
                    at=act.at,
                    by=act.by,
                )
            )
        elif (before.medicine_code, before.batch) != (lot.medicine_code, lot.batch):
            raise _other_batch(code, before.batch)


def _say(session: Session, medicine_code: str, batch: str, **said: Any) -> None:
    if session.get(MedicineRow, medicine_code) is None:
        raise NoSuchMedicine(medicine_code)
    if not batch.strip() or not said["source"].strip():
        raise ValueError("expected a batch and a source")
    session.add(StockRecallRow(medicine_code=medicine_code, batch=batch, **said))
    session.flush()


def _rows(session: Session, medicine_code: str, batch: str) -> list[StockBatchRow]:
    """Lock a lot at every outlet, in the order in which everybody does."""
    query = (
        select(StockBatchRow)
        .where(
            col(StockBatchRow.medicine_code) == medicine_code,
            col(StockBatchRow.batch) == batch,
        )
        .order_by(col(StockBatchRow.pooling_area), col(StockBatchRow.outlet_code))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def _free(session: Session, row: StockBatchRow, now: datetime) -> int:
    """Let go what is set aside of a batch, but for what is being settled."""
    query = select(StockReservationRow).where(
        col(StockReservationRow.outlet_code) == row.outlet_code,
        col(StockReservationRow.medicine_code) == row.medicine_code,
        col(StockReservationRow.batch) == row.batch,
        col(StockReservationRow.ended).is_(None),
        col(StockReservationRow.until).is_not(None),
    )
    freed = 0
    for one in session.exec(query.execution_options(populate_existing=True)):
        one.ended, one.ended_at = "recalled", now
        freed += one.held
    row.reserved -= freed
    session.flush()
    return freed


def _sold(session: Session, medicine_code: str, batch: str) -> tuple[LotSold, ...]:
    moved = StockMovementRow
    key: Iterable[object] = (moved.settlement_id, moved.outlet_code)
    query = (
        select(moved.settlement_id, moved.outlet_code, func.sum(moved.quantity))
        .where(
            col(moved.medicine_code) == medicine_code,
            col(moved.batch) == batch,
            col(moved.kind).in_(OF_SETTLEMENT),
        )
        .group_by(*key)  # type: ignore[arg-type]
        .order_by(*key)  # type: ignore[arg-type]
    )
    return tuple(
        LotSold(id_, outlet, -int(out))
        for id_, outlet, out in session.exec(query)
        if id_ is not None and out
    )


def _no_batch() -> StockError:
    return StockError(
        "batch-missing",
        Words(
            "有效期和追溯码要登记在批号上。",
            "A last day and trace codes belong to a batch.",
            "请填写批号。",
            "Give the batch.",
        ),
    )


def _other_day(day: date | None) -> StockError:
    return StockError(
        "batch-other-day",
        Words(
            f"这个批号登记的有效期是 {day}。",
            f"This batch was entered with {day} as its last day.",
            "请核对药盒上的有效期和批号。",
            "Check the day and the batch on the box.",
        ),
    )


def _other_batch(code: str, batch: str) -> StockError:
    return StockError(
        "code-other-batch",
        Words(
            f"追溯码 {code} 已登记在批号 {batch}。",
            f"Trace code {code} was entered with batch {batch}.",
            "请重新扫描药盒，核对批号。",
            "Scan the box again and check its batch.",
        ),
    )

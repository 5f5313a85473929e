"""Set stock aside for a prescription (预留), and let it go again.

Everything here belongs to the unit of work of the caller, who commits it and has locked the
prescription. Batches are locked before reservations, in the order of their keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from pharmacies.batches import Batch, Part, Shortage, Wanted, choose
from pharmacies.errors import NoSuchOutlet
from pharmacies.places import pooling_area
from pharmacies.stock_tables import StockBatchRow, StockReservationRow
from pharmacies.tables import OutletRow


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom stock is set aside: which lines, at which outlet, until when, by whom."""

    prescription_id: UUID
    outlet_code: str
    lines: tuple[Wanted, ...]
    today: date
    now: datetime
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is set aside of one batch for a line of a prescription."""

    line_no: int
    medicine_code: str
    batch: str
    quantity: int
    expires_on: date | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Reserving:
    """What a line takes of a batch: so many boxes, of which so many are set aside."""

    batch: str
    quantity: int
    held: int


def reserve(session: Session, asking: Asking) -> tuple[Reserved, ...]:
    """Set aside all that a prescription's lines want, or nothing and raise Shortage.

    What was set aside for it before is let go first. Where the outlet's books are not kept
    nothing is set aside, and nothing refused.
    """
    end_reservations(session, asking.prescription_id, "replaced", asking.now)
    codes = {line.medicine_code for line in asking.lines}
    try:
        parts = _chosen(session, asking, codes)
    except Shortage:
        if not release_over(session, asking.outlet_code, codes, asking.now):
            raise
        parts = _chosen(session, asking, codes)
    area = _area(session, asking.outlet_code)
    rows = [_row(asking, part, area) for part in parts if part.held]
    session.add_all(rows)
    session.flush()
    _add(session, rows, 1)
    return reserved_for(session, asking.prescription_id)


def reserved_for(session: Session, prescription_id: UUID) -> tuple[Reserved, ...]:
    """Tell what is set aside for a prescription, by line and batch."""
    found = []
    for row in _standing(
        session, col(StockReservationRow.prescription_id) == prescription_id
    ):
        held = session.get(StockBatchRow, _key(row))
        found.append(
            Reserved(
                row.line_no,
                row.medicine_code,
                row.batch,
                row.held,
                held.expires_on if held else None,
                row.until,
            )
        )
    return tuple(found)


def rows_for(
    session: Session, prescription_ids: Iterable[UUID]
) -> dict[tuple[UUID, int], list[Reserving]]:
    """Tell what running settlements take, by prescription and line."""
    found: dict[tuple[UUID, int], list[Reserving]] = {}
    mine = col(StockReservationRow.prescription_id).in_(set(prescription_ids))
    for row in _standing(session, mine):
        one = Reserving(row.batch, row.quantity, row.held)
        found.setdefault((row.prescription_id, row.line_no), []).append(one)
    return found


def end_reservations(
    session: Session, prescription_id: UUID, why: str, now: datetime
) -> int:
    """Let go what is set aside for a prescription; tells how many boxes."""
    mine = col(StockReservationRow.prescription_id) == prescription_id
    return _end(session, mine, why, now)


def release_over(
    session: Session, outlet_code: str, codes: Iterable[str], now: datetime
) -> int:
    """Let go what was set aside at an outlet until an instant that is past.

    What a running settlement takes has no end, and stays.
    """
    over = (
        (col(StockReservationRow.outlet_code) == outlet_code)
        & col(StockReservationRow.medicine_code).in_(sorted(codes))
        & (col(StockReservationRow.until) <= now)
    )
    return _end(session, over, "lapsed", now)


def keep_until(session: Session, prescription_id: UUID, until: datetime) -> None:
    """Let what is set aside for a prescription stand until an instant."""
    for row in _standing(
        session, col(StockReservationRow.prescription_id) == prescription_id
    ):
        row.until = until
    session.flush()


def has_lapsed(session: Session, prescription_id: UUID, outlet_code: str) -> bool:
    """Tell whether something was set aside for a prescription at an outlet, and ran out."""
    query = select(StockReservationRow.id).where(
        col(StockReservationRow.prescription_id) == prescription_id,
        col(StockReservationRow.outlet_code) == outlet_code,
        col(StockReservationRow.ended) == "lapsed",
    )
    return session.exec(query.limit(1)).first() is not None


def make_room(
    session: Session, key: tuple[str, str, str, str], taken: int, now: datetime
) -> int:
    """Let go the latest reservations of a batch of which so much is taken away.

    Tells how many boxes are still set aside beyond what is there: a settlement that is
    running at this moment takes them.
    """
    batch = locked_batch(session, key)
    if batch is None:
        return 0
    over = batch.reserved - max(0, batch.on_hand - taken)
    if over <= 0:
        return 0
    mine = (
        (col(StockReservationRow.outlet_code) == key[1])
        & (col(StockReservationRow.medicine_code) == key[2])
        & (col(StockReservationRow.batch) == key[3])
        & col(StockReservationRow.until).is_not(None)
    )
    for row in reversed(_standing(session, mine)):
        if over <= 0:
            break
        row.ended, row.ended_at = "short", now
        session.flush()
        _add(session, [row], -1)
        over -= row.held
    return max(0, over)


def batches(
    session: Session,
    outlet_code: str,
    codes: Iterable[str] | None = None,
    *,
    lock: bool = False,
) -> tuple[Batch, ...]:
    """List what an outlet has, batch by batch, of some medicines or of all."""
    query = select(StockBatchRow).where(
        col(StockBatchRow.pooling_area) == _area(session, outlet_code),
        col(StockBatchRow.outlet_code) == outlet_code,
    )
    if codes is not None:
        query = query.where(col(StockBatchRow.medicine_code).in_(sorted(codes)))
    query = query.order_by(
        col(StockBatchRow.medicine_code), col(StockBatchRow.batch)
    ).execution_options(populate_existing=True)
    if lock:
        query = query.with_for_update()
    return tuple(map(_batch, session.exec(query)))


def locked_batch(
    session: Session, key: tuple[str, str, str, str]
) -> StockBatchRow | None:
    """Lock one batch, if there is such a one."""
    return session.get(StockBatchRow, key, with_for_update=True, populate_existing=True)


def _chosen(session: Session, asking: Asking, codes: Iterable[str]) -> tuple[Part, ...]:
    there = batches(session, asking.outlet_code, codes, lock=True)
    return choose(asking.lines, there, today=asking.today, strict=True)


def _end(session: Session, which: object, why: str, now: datetime) -> int:
    """End reservations: their batches are locked first, then they are read anew."""
    keys = sorted({_key(row) for row in _standing(session, which)})
    for key in keys:
        locked_batch(session, key)
    rows = _standing(session, which) if keys else []
    for row in rows:
        row.ended, row.ended_at = why, now
    session.flush()
    _add(session, rows, -1)
    return sum(row.held for row in rows)


def _standing(session: Session, which: object) -> Sequence[StockReservationRow]:
    query = (
        select(StockReservationRow)
        .where(which, col(StockReservationRow.ended).is_(None))  # type: ignore[arg-type]
        .order_by(col(StockReservationRow.id))
        .execution_options(populate_existing=True)
    )
    return session.exec(query).all()


def _add(session: Session, rows: Iterable[StockReservationRow], sign: int) -> None:
    sums: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        key = _key(row)
        sums[key] = sums.get(key, 0) + sign * row.held
    for key, held in sorted(sums.items()):
        area, outlet, medicine, batch = key
        session.execute(
            update(StockBatchRow)
            .where(
                col(StockBatchRow.pooling_area) == area,
                col(StockBatchRow.outlet_code) == outlet,
                col(StockBatchRow.medicine_code) == medicine,
                col(StockBatchRow.batch) == batch,
            )
            .values(reserved=col(StockBatchRow.reserved) + held)
        )


def _row(asking: Asking, part: Part, area: str) -> StockReservationRow:
    return StockReservationRow(
        prescription_id=asking.prescription_id,
        line_no=part.line_no,
        pooling_area=area,
        outlet_code=asking.outlet_code,
        medicine_code=part.medicine_code,
        batch=part.batch,
        quantity=part.held,
        held=part.held,
        until=asking.until,
        made_at=asking.now,
        by=asking.by,
    )


def _key(row: StockReservationRow) -> tuple[str, str, str, str]:
    return row.pooling_area, row.outlet_code, row.medicine_code, row.batch


def _area(session: Session, outlet_code: str) -> str:
    found = session.get(OutletRow, outlet_code)
    if found is None:
        raise NoSuchOutlet(outlet_code)
    return pooling_area(found.area)


def _batch(row: StockBatchRow) -> Batch:
    kept: Mapping[str, object] = Batch.__dataclass_fields__
    return Batch(**{name: getattr(row, name) for name in kept})

"""Units of work of the stock: every movement is a row, what is on hand is their sum.

Whoever writes a movement carries it into the balance of its batch, in the same transaction.

`put_back` and `correct` belong to the unit of work of the caller, who commits them
with the settlement; `move_stock` is one of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from pharmacies.batches import Batch
from pharmacies.errors import NoSuchMedicine, NoSuchOutlet, StockError, Words
from pharmacies.lot_service import Lot, describe
from pharmacies.movements import Act, Movement, OnHand, SoldLine, signed, still_sold
from pharmacies.places import pooling_area
from pharmacies.reserving import batches, make_room
from pharmacies.stock_balance import carry, outlet_areas
from pharmacies.tables import (
    MedicineRow,
    OutletRow,
    StockActRow,
    StockMovementRow,
)

LISTED_MAX = 200


def sold_rows(act: Act, lines: Iterable[SoldLine]) -> list[dict[str, Any]]:
    """Give the movements that take a settlement's lines from the stock, for their table.

    Who posts settlements writes them with everything else, in one statement.
    """
    return [
        _values(
            act,
            "sold",
            -line.quantity,
            line.medicine_code,
            line_no=line.line_no,
            batch=line.batch,
        )
        for line in lines
    ]


def put_back(session: Session, act: Act, *, destroyed: str = "") -> None:
    """Put back, once, what a settlement has taken, into its batches; the caller commits.

    With the reason for which it is `destroyed` it is written off (报损) from there at once.
    """
    assert act.settlement_id is not None
    sold = still_sold(settlement_movements(session, act.settlement_id))
    rows = [
        _row(act, "sale_returned", packs, code, line_no=line_no, batch=batch)
        for (line_no, code, batch), packs in sold.items()
        if packs > 0
    ]
    _write(session, rows)
    if destroyed:
        loss = replace(act, settlement_id=None, reason=destroyed)
        _write(session, [_lost(loss, it) for it in rows])


def _lost(act: Act, it: StockMovementRow) -> StockMovementRow:
    return _row(act, "written_off", -it.quantity, it.medicine_code, batch=it.batch)


def correct(session: Session, act: Act, line: SoldLine) -> None:
    """Write what a settlement's line lacks in the stock, for a difference; the caller commits.

    `quantity` is what goes out: below 0 where too much had gone.
    """
    assert act.settlement_id is not None and act.difference_id is not None
    if line.quantity > 0:
        row = _row(
            act, "sold", -line.quantity, line.medicine_code, line_no=line.line_no
        )
        _write(session, [row])
        return
    left = -line.quantity
    sold = still_sold(settlement_movements(session, act.settlement_id))
    rows = []
    for (no, medicine_code, batch), out in sorted(sold.items(), reverse=True):
        packs = min(left, out)
        if (no, medicine_code) == (line.line_no, line.medicine_code) and packs > 0:
            left -= packs
            rows.append(_back(act, line, packs, batch))
    if left:
        rows.append(_back(act, line, left, ""))
    _write(session, rows)


def _back(act: Act, line: SoldLine, packs: int, batch: str) -> StockMovementRow:
    return _row(
        act,
        "sale_returned",
        packs,
        line.medicine_code,
        line_no=line.line_no,
        batch=batch,
    )


def move_stock(
    session: Session,
    act: Act,
    *,
    kind: str,
    medicine_code: str,
    quantity: int,
    batch: str = "",
    act_id: UUID | None = None,
    expires_on: date | None = None,
    codes: Sequence[str] = (),
) -> OnHand:
    """Enter a receipt, a loss, or what goes back to the supplier; tells what is on hand.

    `act_id` is the caller's number of this act: asked again under it, also after a crash,
    nothing moves and the first answer is given. `expires_on` is the last day of a batch that
    comes in, `codes` the trace codes of its boxes. What goes out without a batch is taken
    from the batches as a count would. Raises ValueError, NoSuchOutlet, NoSuchMedicine and
    StockError.
    """
    name = _held_medicine(session, act.outlet_code, medicine_code)
    before = _done_before(session, act_id, name)
    if before is not None:
        return before
    left = _moved(
        session,
        act,
        kind,
        medicine_code=medicine_code,
        quantity=signed(kind, quantity),
        batch=batch,
    )
    if kind == "received":
        describe(session, act, Lot(medicine_code, batch, expires_on), codes)
    _keep(session, act, act_id, left)
    return left


def count_stock(
    session: Session,
    act: Act,
    *,
    medicine_code: str,
    counted: int,
    act_id: UUID | None = None,
    batch: str | None = None,
) -> OnHand:
    """Enter what was counted of a medicine (盘点), or of one batch; what differs is a movement.

    Counting what the books say moves nothing. Under the same `act_id` a count is entered
    once: what was sold since would else be taken for a difference.
    """
    name = _held_medicine(session, act.outlet_code, medicine_code)
    before = _done_before(session, act_id, name)
    if before is not None:
        return before
    there = batches(session, act.outlet_code, [medicine_code], lock=True)
    mine = [one.on_hand for one in there if batch is None or one.batch == batch]
    booked = sum(mine)
    if counted == booked:
        found = OnHand(medicine_code, name, sum(one.on_hand for one in there))
    else:
        found = _moved(
            session,
            act,
            "counted",
            medicine_code=medicine_code,
            quantity=counted - booked,
            batch=batch or "",
        )
        if batch:
            describe(session, act, Lot(medicine_code, batch, None))
    _keep(session, act, act_id, found)
    return found


def is_other_act(session: Session, act_id: UUID, kind: str, quantity: int) -> bool:
    """Tell whether something else was entered under an act's number before."""
    row = session.get(StockActRow, act_id)
    if row is None:
        return False
    if kind == "counted":
        return row.left_quantity != quantity
    query = select(StockMovementRow.quantity).where(
        col(StockMovementRow.outlet_code) == row.outlet_code,
        col(StockMovementRow.medicine_code) == row.medicine_code,
        col(StockMovementRow.at) == row.at,
        col(StockMovementRow.kind) == kind,
    )
    return signed(kind, quantity) != sum(session.exec(query).all())


def on_hand(session: Session, outlet_code: str) -> tuple[OnHand, ...]:
    """List what an outlet has by its movements, by medicine."""
    return _on_hand(session, outlet_code, None)


def movements(
    session: Session, outlet_code: str, day: date | None = None
) -> tuple[Movement, ...]:
    """List an outlet's movements of a day in their order, else its last ones, the latest first."""
    query = select(StockMovementRow).where(
        col(StockMovementRow.outlet_code) == outlet_code
    )
    if day is not None:
        query = query.where(col(StockMovementRow.on) == day)
        return tuple(map(_movement, session.exec(query.order_by(col(_ID)))))
    return tuple(
        map(_movement, session.exec(query.order_by(col(_ID).desc()).limit(LISTED_MAX)))
    )


def settlement_movements(session: Session, settlement_id: UUID) -> tuple[Movement, ...]:
    """List what one settlement has moved, then what put its movements right."""
    found: list[Movement] = []
    for corrects in (False, True):  # each has an index of its own
        query = select(StockMovementRow).where(
            col(StockMovementRow.settlement_id) == settlement_id,
            col(StockMovementRow.difference_id).is_not(None)
            if corrects
            else col(StockMovementRow.difference_id).is_(None),
        )
        found += map(_movement, session.exec(query.order_by(col(_ID))))
    return tuple(found)


_ID = StockMovementRow.id


def _held_medicine(session: Session, outlet_code: str, medicine_code: str) -> str:
    """Let one act at a time enter an outlet's stock; gives the medicine's name."""
    if session.get(OutletRow, outlet_code, with_for_update=True) is None:
        raise NoSuchOutlet(outlet_code)
    medicine = session.get(MedicineRow, medicine_code)
    if medicine is None:
        raise NoSuchMedicine(medicine_code)
    return medicine.name


def _done_before(session: Session, act_id: UUID | None, name: str) -> OnHand | None:
    row = session.get(StockActRow, act_id) if act_id else None
    return OnHand(row.medicine_code, name, row.left_quantity) if row else None


def _moved(
    session: Session,
    act: Act,
    kind: str,
    *,
    medicine_code: str,
    quantity: int,
    batch: str = "",
) -> OnHand:
    """Write a movement; what goes out of no named batch is spread over those that are there."""
    taken = {batch: quantity}
    if quantity < 0 and not batch:
        there = batches(session, act.outlet_code, [medicine_code], lock=True)
        taken = _spread(there, quantity)
    rows = []
    for name, moved in taken.items():
        row = _row(act, kind, moved, medicine_code)
        row.batch = name
        rows.append(row)
    _write(session, rows)
    return _on_hand(session, act.outlet_code, medicine_code)[0]


def _spread(there: Sequence[Batch], quantity: int) -> dict[str, int]:
    """Take what is missing from the batches without a name or day, then by their days."""
    found: dict[str, int] = {}
    left = -quantity
    for one in sorted(
        there, key=lambda one: (one.batch != "", one.expires_on or date.min)
    ):
        taken = min(left, max(0, one.on_hand))
        if taken:
            found[one.batch] = -taken
            left -= taken
    if left:
        found[""] = found.get("", 0) - left
    return found


def _write(session: Session, rows: Sequence[StockMovementRow]) -> None:
    """Write movements, and carry them into the balance of their batches.

    What is set aside of a batch that is taken away is let go, the latest first.
    """
    areas = outlet_areas(session, {row.outlet_code for row in rows})
    for row in rows:
        if row.quantity < 0:
            area = pooling_area(areas[row.outlet_code])
            key = area, row.outlet_code, row.medicine_code, row.batch
            if make_room(session, key, -row.quantity, row.at) and row.batch:
                raise StockError("stock-settling", _SETTLING)
    session.add_all(rows)
    session.flush()
    carry(session, rows)


_SETTLING = Words(
    "这个批号正在结算，现在不能减少。",
    "A settlement is taking this batch at this moment.",
    "请过一分钟再登记。",
    "Enter it again in a minute.",
)


def _keep(session: Session, act: Act, act_id: UUID | None, found: OnHand) -> None:
    """Commit what was entered, with the number of its act and the answer where it has one."""
    if act_id is not None:
        row = StockActRow(
            id=act_id,
            outlet_code=act.outlet_code,
            medicine_code=found.medicine_code,
            left_quantity=found.quantity,
            at=act.at,
            by=act.by,
        )
        session.add(row)
    session.commit()


def _on_hand(
    session: Session, outlet_code: str, medicine_code: str | None
) -> tuple[OnHand, ...]:
    query = (
        select(
            StockMovementRow.medicine_code,
            MedicineRow.name,
            func.sum(StockMovementRow.quantity),
        )
        .join(MedicineRow, col(MedicineRow.code) == col(StockMovementRow.medicine_code))
        .where(col(StockMovementRow.outlet_code) == outlet_code)
        .group_by(col(StockMovementRow.medicine_code), col(MedicineRow.name))
        .order_by(col(StockMovementRow.medicine_code))
    )
    if medicine_code is not None:
        query = query.where(col(StockMovementRow.medicine_code) == medicine_code)
    return tuple(
        OnHand(code, name, int(number)) for code, name, number in session.exec(query)
    )


def _row(
    act: Act,
    kind: str,
    quantity: int,
    medicine_code: str,
    *,
    line_no: int | None = None,
    batch: str = "",
) -> StockMovementRow:
    values = _values(act, kind, quantity, medicine_code, line_no=line_no, batch=batch)
    return StockMovementRow(**values)


def _values(
    act: Act,
    kind: str,
    quantity: int,
    medicine_code: str,
    *,
    line_no: int | None = None,
    batch: str = "",
) -> dict[str, Any]:
    return {
        "outlet_code": act.outlet_code,
        "medicine_code": medicine_code,
        "batch": batch,
        "quantity": quantity,
        "kind": kind,
        "settlement_id": act.settlement_id,
        "line_no": line_no,
        "difference_id": act.difference_id,
        "on": act.on,
        "at": act.at,
        "by": act.by,
        "reason": act.reason,
    }


def _movement(row: StockMovementRow) -> Movement:
    kept = Movement.__dataclass_fields__
    return Movement(**{name: getattr(row, name) for name in kept})

"""Which lines a settlement is for: the whole prescription, or a part or the rest of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import Conflict, Words
from dispensing.life import days_of, refusal
from dispensing.service.changes import Change
from dispensing.service.facts import Facts, RxLine
from dispensing.service.writing import Values, Writes
from dispensing.tables import (
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementLineRow,
    SettlementRow,
)

_PARTS = Change("insert", "settlement_line")
_AT_ONCE = 500
_SETTLED_OTHERWISE = Words(
    "这张处方刚才已按另外的药品数量结算。",
    "This prescription was settled before for other packs than these.",
    "请刷新页面，按已结算的数量发药；需要更改的先冲正。",
    "Refresh and hand out what was settled; to change it, reverse it first.",
)


@dataclass(frozen=True, slots=True)
class LineOf:
    """One line of a settlement: what goes out by it."""

    no: int
    medicine_code: str
    quantity: int
    supply_days: int


def only(facts: Facts, wanted: Mapping[int, int] | None) -> Facts:
    """Keep of the open lines those, and so many packs of each, that are wanted now.

    A medicine that is not prescribed, and more than is open, is refused (药品管理法 58).
    """
    if wanted is None:
        return facts
    open_packs = {line.no: line.quantity for line in facts.lines}
    for no, packs in wanted.items():
        if not 0 < packs <= open_packs.get(no, 0):
            raise refusal("not-prescribed")
    if wanted == open_packs:
        return facts
    lines = tuple(
        _part(line, wanted[line.no]) for line in facts.lines if line.no in wanted
    )
    return replace(facts, lines=lines, is_whole=False)


def written(facts: Facts, settlement: Values) -> Writes:
    """Write down the lines of a settlement that is not for the whole prescription."""
    if facts.is_whole:
        return ()
    rows = [
        {
            "settlement_id": settlement["id"],
            "no": line.no,
            "quantity": line.quantity,
            "supply_days": line.supply_days,
        }
        for line in facts.lines
    ]
    return ((_PARTS, rows),)


def reject_other_lines(
    session: Session, first: SettlementRow, wanted: Mapping[int, int] | None
) -> None:
    """Raise Conflict where a settlement that was first is for other packs than are wanted.

    Of two windows of a pharmacy that settle parts at once, the second one would take the
    first one's answer for its own and hand its packs out, too.
    """
    settled = {
        one.no: one.quantity for one in lines_settled(session, [first])[first.id]
    }
    if wanted is None:
        wanted = _left(session, first.prescription_id)
    if wanted is not None and wanted != settled:
        raise Conflict(_SETTLED_OTHERWISE, code="settled-otherwise")


def lines_settled(
    session: Session, rows: Iterable[SettlementRow]
) -> dict[UUID, tuple[LineOf, ...]]:
    """Tell the lines of settlements, by their ids."""
    rows = list(rows)
    whole = _prescribed(session, sorted({row.prescription_id for row in rows}))
    parts = _parts(session, sorted(row.id for row in rows))
    return {
        row.id: _lines(whole.get(row.prescription_id, ()), parts.get(row.id))
        for row in rows
    }


def _left(session: Session, prescription_id: UUID) -> dict[int, int] | None:
    """Tell the packs of each line that were not handed out; None once all of it was."""
    prescription = session.get(PrescriptionRow, prescription_id)
    if prescription is None or prescription.state == "dispensed":
        return None
    rows = _prescribed(session, [prescription_id])[prescription_id]
    left = {line.no: line.quantity - line.taken for line in rows}
    return {no: packs for no, packs in left.items() if packs}


def _part(line: RxLine, packs: int) -> RxLine:
    days = days_of(packs, line.quantity, line.supply_days)
    return replace(line, quantity=packs, supply_days=days)


def _lines(
    whole: Sequence[PrescriptionLineRow], part: Mapping[int, SettlementLineRow] | None
) -> tuple[LineOf, ...]:
    taken: Mapping[int, PrescriptionLineRow | SettlementLineRow]
    taken = {line.no: line for line in whole} if part is None else part
    return tuple(
        LineOf(
            line.no,
            line.medicine_code,
            taken[line.no].quantity,
            taken[line.no].supply_days,
        )
        for line in whole
        if line.no in taken
    )


def _prescribed(
    session: Session, ids: Sequence[UUID]
) -> dict[UUID, list[PrescriptionLineRow]]:
    found: dict[UUID, list[PrescriptionLineRow]] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        query = select(PrescriptionLineRow).where(
            col(PrescriptionLineRow.prescription_id).in_(some)
        )
        for line in session.exec(query.order_by(col(PrescriptionLineRow.no))):
            found.setdefault(line.prescription_id, []).append(line)
    return found


def _parts(
    session: Session, ids: Sequence[UUID]
) -> dict[UUID, dict[int, SettlementLineRow]]:
    found: dict[UUID, dict[int, SettlementLineRow]] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        query = select(SettlementLineRow).where(
            col(SettlementLineRow.settlement_id).in_(some)
        )
        for line in session.exec(query):
            found.setdefault(line.settlement_id, {})[line.no] = line
    return found

"""Sell packs under their trace codes (追溯码), free them again, and tell a code's history.

A code is sold once: the database holds one sale of each part that was not returned. It is
free again with the reversal of its settlement, in the same act, and with nothing else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from dispensing.errors import Conflict, Words
from dispensing.service.old_stock import allowing
from dispensing.tables import (
    PrescriptionLineRow,
    SettlementRow,
    TraceEventRow,
    TraceSaleRow,
    UncodedSaleRow,
)
from pharmacies.medicines import Medicine
from pharmacies.stock import NoPartLeft, Scan, TooFewParts, TooManyCodes, scan_of

ByLine = Mapping[int, Sequence[str]]  # what was scanned or typed, by the line's number
Sold = TraceSaleRow | TraceEventRow | UncodedSaleRow


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of a prescription with its medicine and what was scanned for it.

    `entries` names, for each pack without a code, the entry of the list that allows it.
    """

    line: PrescriptionLineRow
    medicine: Medicine
    scan: Scan
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happened to a code: sold or returned, where, by whom, and why."""

    at: datetime
    kind: str
    parts: int
    of_parts: int
    outlet_code: str
    settlement_id: UUID
    line_no: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class TraceHistory:
    """A code's history; `sold_parts` of `of_parts` are sold at this moment."""

    code: str
    state: str  # never_sold, sold, part_sold or free
    sold_parts: int
    of_parts: int
    steps: tuple[TraceStep, ...]


def bought(
    session: Session,
    lines: Sequence[tuple[PrescriptionLineRow, Medicine]],
    codes: ByLine,
    uncoded: ByLine,
    *,
    outlet_code: str,
    on: date,
) -> tuple[Bought, ...]:
    """Hold what was scanned against the lines.

    `uncoded` has the batch of each pack without a code; it counts where the list of old
    stock (无码库存) allows it at this outlet on this day.
    """
    found = []
    for line, medicine in lines:
        batches = uncoded.get(line.no, ())
        allowed = allowing(
            session, medicine.code, batches, outlet_code=outlet_code, on=on
        )
        scan = scan_of(
            codes.get(line.no, ()),
            line.quantity,
            pack_parts=medicine.pack_parts,
            uncoded=[batch for batch, _ in allowed],
        )
        found.append(Bought(line, medicine, scan, tuple(id_ for _, id_ in allowed)))
    return tuple(found)


def sales(session: Session, row: SettlementRow, lines: Sequence[Bought]) -> list[Sold]:
    """Make the rows of the packs that a settlement sells, in the order of their codes.

    Two outlets that scan the same packs then wait for one another, never both at once.
    Raises NoPartLeft where a box that is sold by the part has none left, and Conflict
    where the scan does not fit the lines.
    """
    codes = [code for one in lines for code in one.scan.codes]
    if len(codes) != len(set(codes)):
        raise _scanned_twice()
    sold = [
        TraceSaleRow(
            code=code,
            part=part,
            of_parts=one.scan.pack_parts,
            settlement_id=row.id,
            line_no=one.line.no,
        )
        for one in lines
        for code, part in _parts(session, one.scan)
    ]
    sold.sort(key=lambda each: (each.code, each.part))
    return [*sold, *_events(row, sold), *_without_code(row, lines)]


def give_back(
    session: Session, row: SettlementRow, *, by: str, why: str, now: datetime
) -> None:
    """Free the codes of a settlement that ended, recording who did it, when and why."""
    mine = (
        col(TraceSaleRow.settlement_id) == row.id,
        col(TraceSaleRow.returned_at).is_(None),
    )
    sold = session.exec(
        select(TraceSaleRow).where(*mine).order_by(col(TraceSaleRow.id))
    ).all()
    session.add_all(_events(row, sold, kind="returned", by=by, why=why, at=now))
    session.execute(update(TraceSaleRow).where(*mine).values(returned_at=now))


def trace_history(session: Session, code: str) -> TraceHistory:
    """Tell everything that happened to a trace code, the first first."""
    query = select(TraceEventRow).where(col(TraceEventRow.code) == code)
    kept = [field.name for field in fields(TraceStep)]
    steps = tuple(
        TraceStep(**{name: getattr(each, name) for name in kept})
        for each in session.exec(query.order_by(col(TraceEventRow.id)))
    )
    live = select(func.count()).where(
        col(TraceSaleRow.code) == code, col(TraceSaleRow.returned_at).is_(None)
    )
    sold = session.exec(live).one()
    of_parts = steps[-1].of_parts if steps else 1
    state = _state(steps, sold, of_parts)
    return TraceHistory(code, state, sold, of_parts, steps)


def _state(steps: Sequence[TraceStep], sold: int, of_parts: int) -> str:
    if not steps:
        return "never_sold"
    if not sold:
        return "free"
    return "sold" if sold >= of_parts else "part_sold"


def _parts(session: Session, scan: Scan) -> tuple[tuple[str, int], ...]:
    """Choose the parts to sell; of a box that is never split the database knows the rest."""
    taken = _taken(session, scan) if scan.pack_parts > 1 and scan.codes else {}
    try:
        return scan.sold(taken)
    except TooManyCodes as error:
        raise _too_many() from error
    except TooFewParts as error:
        raise _too_few() from error


def _taken(session: Session, scan: Scan) -> dict[str, set[int]]:
    """Tell which parts of the boxes are sold; a box sold as another one has none left."""
    query = select(TraceSaleRow).where(
        col(TraceSaleRow.code).in_(scan.codes), col(TraceSaleRow.returned_at).is_(None)
    )
    taken: dict[str, set[int]] = {}
    for each in session.exec(query):
        if each.of_parts != scan.pack_parts:
            raise NoPartLeft([each.code])
        taken.setdefault(each.code, set()).add(each.part)
    return taken


def _events(
    row: SettlementRow,
    sold: Sequence[TraceSaleRow],
    *,
    kind: str = "sold",
    by: str | None = None,
    why: str = "",
    at: datetime | None = None,
) -> list[TraceEventRow]:
    counted = Counter((each.code, each.line_no, each.of_parts) for each in sold)
    return [
        TraceEventRow(
            code=code,
            kind=kind,
            parts=parts,
            of_parts=of_parts,
            settlement_id=row.id,
            line_no=line_no,
            outlet_code=row.outlet_code,
            at=at or row.opened_at,
            by=by or row.by,
            reason=why,
        )
        for (code, line_no, of_parts), parts in counted.items()
    ]


def _without_code(row: SettlementRow, lines: Sequence[Bought]) -> list[UncodedSaleRow]:
    return [
        UncodedSaleRow(
            settlement_id=row.id,
            line_no=one.line.no,
            no=no,
            batch=batch,
            no_code_id=entry,
        )
        for one in lines
        for no, (batch, entry) in enumerate(
            zip(one.scan.uncoded, one.entries, strict=True), start=1
        )
    ]


def _scanned_twice() -> Conflict:
    return Conflict(
        Words(
            "同一个追溯码扫到了两个药品下面。",
            "One trace code was scanned for two lines.",
            "请检查药盒，每盒只扫一次。",
            "Check the boxes and scan each of them once.",
        ),
        code="scanned-twice",
    )


def _too_many() -> Conflict:
    return Conflict(
        Words(
            "扫到的追溯码比处方上的盒数多。",
            "More trace codes were scanned than the prescription has packs.",
            "请只扫要交给患者的药盒。",
            "Scan only the boxes that the patient gets.",
        ),
        code="too-many-codes",
    )


def _too_few() -> Conflict:
    return Conflict(
        Words(
            "扫到的拆零药盒里剩下的不够。",
            "The opened boxes that were scanned hold too few parts.",
            "请再扫一盒。",
            "Scan another box as well.",
        ),
        code="too-few-parts",
    )

"""Sell packs under their trace codes (追溯码), free them again, and tell a code's history.

A code is sold once: the database holds one sale of each part that was not returned. It is
free again with the reversal of its settlement, in the same act, and with nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from dispensing.errors import Conflict, Words
from dispensing.service.changes import Change
from dispensing.service.facts import RxLine
from dispensing.service.old_stock import allowing
from dispensing.service.recording import values_of
from dispensing.service.writing import Values, Writes
from dispensing.tables import SettlementRow, TraceEventRow, TraceSaleRow
from pharmacies.medicines import Medicine
from pharmacies.stock import NoPartLeft, Scan, TooFewParts, TooManyCodes, scan_of

ByLine = Mapping[int, Sequence[str]]  # what was scanned or typed, by the line's number
_SOLD = Change("insert", "trace_sale")
_TOLD = Change("insert", "trace_event")
_SOLD_UNCODED = Change("insert", "uncoded_sale")


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of a prescription with its medicine and what was scanned for it.

    `entries` names, for each pack without a code, the entry of the list that allows it.
    """

    line: RxLine
    medicine: Medicine
    scan: Scan
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happened to a code: sold, returned or destroyed, where, by whom, and why."""

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
    state: str  # never_sold, sold, part_sold, free or destroyed
    sold_parts: int
    of_parts: int
    steps: tuple[TraceStep, ...]


def bought(
    session: Session,
    lines: Sequence[tuple[RxLine, Medicine]],
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


def sales(session: Session, settlement: Values, lines: Sequence[Bought]) -> Writes:
    """Make the rows of the packs that a settlement sells, in the order of their codes.

    Two outlets that scan the same packs then wait for one another, never both at once.
    Raises NoPartLeft where a box that is sold by the part has none left, and Conflict
    where the scan does not fit the lines.
    """
    codes = [code for one in lines for code in one.scan.codes]
    if len(codes) != len(set(codes)):
        raise _scanned_twice()
    sold = [
        {
            "code": code,
            "part": part,
            "of_parts": one.scan.pack_parts,
            "settlement_id": settlement["id"],
            "line_no": one.line.no,
        }
        for one in lines
        for code, part in _parts(session, one.scan)
    ]
    sold.sort(key=lambda each: (each["code"], each["part"]))
    packs = [(each["code"], each["line_no"], each["of_parts"]) for each in sold]
    opened = {**_act(settlement), "at": settlement["opened_at"]}
    return (
        (_SOLD, sold),
        (_TOLD, _events(packs, {**opened, "kind": "sold", "reason": ""})),
        (_SOLD_UNCODED, _without_code(settlement["id"], lines)),
    )


def give_back(
    session: Session,
    row: SettlementRow,
    *,
    by: str,
    why: str,
    now: datetime,
    destroyed: str = "",
) -> None:
    """Free the codes of a settlement that ended, recording who did it, when and why.

    Those of boxes that are `destroyed`, for a reason, are marked and stay taken for good.
    """
    mine = (
        col(TraceSaleRow.settlement_id) == row.id,
        col(TraceSaleRow.returned_at).is_(None),
    )
    sold = session.exec(
        select(TraceSaleRow).where(*mine).order_by(col(TraceSaleRow.id))
    ).all()
    packs = [(each.code, each.line_no, each.of_parts) for each in sold]
    act = {**_act(values_of(row)), "by": by, "reason": why, "at": now}
    session.add_all(
        TraceEventRow(**each) for each in _events(packs, {**act, "kind": "returned"})
    )
    if destroyed:
        lost = {**act, "kind": "destroyed", "reason": destroyed}
        session.add_all(TraceEventRow(**each) for each in _events(packs, lost))
        return
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
    if steps[-1].kind == "destroyed":
        return "destroyed"
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


def _act(settlement: Values) -> dict[str, Any]:
    return {
        "settlement_id": settlement["id"],
        "outlet_code": settlement["outlet_code"],
        "by": settlement["by"],
    }


def _events(packs: Iterable[tuple[str, int, int]], act: Values) -> list[Values]:
    """Tell of each code what happened to its parts."""
    return [
        {"code": code, "parts": parts, "of_parts": of_parts, "line_no": line_no, **act}
        for (code, line_no, of_parts), parts in Counter(packs).items()
    ]


def _without_code(settlement_id: UUID, lines: Sequence[Bought]) -> list[Values]:
    return [
        {
            "settlement_id": settlement_id,
            "line_no": one.line.no,
            "no": no,
            "batch": batch,
            "no_code_id": entry,
        }
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

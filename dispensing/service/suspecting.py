"""Suspicions (疑点): a trace code that was to be sold twice, raised by the refusal itself.

Either box may be the wrong one: a returned or swapped pack (回流药), a copied code, a slip of
the scanner. So the second sale is refused, both are written down, and the bureau decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.desk import Work
from dispensing.errors import Conflict, NotFound, Words
from dispensing.service.checking import lines_of
from dispensing.service.tracing import ByLine
from dispensing.tables import (
    SettlementRow,
    SuspicionEventRow,
    SuspicionRow,
    TraceSaleRow,
)
from pharmacies import service as pharmacies
from pharmacies.stock import is_trace_code

# What the bureau found out (处理结论).
FINDINGS = ("returned_stock", "copied_code", "wrong_scan", "first_sale_ended", "other")
LISTED_MAX = 500


class AlreadySold(Conflict):
    """A scanned code was sold before; nothing is settled, and the bureau sees it."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        ends = "、".join(code[-4:] for code in codes)
        super().__init__(
            Words(
                f"扫到的追溯码（尾号{ends}）已经有销售记录，不能再次销售，已登记为疑点。",
                f"A scanned trace code (ending in {ends}) was sold before. The sale is"
                " refused and was raised as a suspicion.",
                "请留下这盒药，换一盒重新扫码；如有疑问联系医保经办机构。",
                "Put this box aside and scan another one; ask the bureau if in doubt.",
            ),
            code="already-sold",
        )


@dataclass(frozen=True, slots=True)
class SuspicionView:
    """A second sale that was refused, the first one, and what became of the suspicion."""

    id: UUID
    code: str
    state: str  # open or resolved
    first_settlement_id: UUID
    first_outlet_code: str
    first_at: datetime
    outlet_code: str
    prescription_id: UUID
    line_no: int
    at: datetime
    by: str
    tries: int
    finding: str | None
    reason: str | None
    resolved_at: datetime | None
    resolved_by: str | None


def suspect(
    work: Work, prescription_id: UUID, codes: ByLine, *, outlet_code: str, by: str
) -> tuple[str, ...]:
    """Raise a suspicion for each scanned code that is sold already; tells the codes.

    Called after the sale was rolled back, in a unit of work of its own. The same try
    again is noted on the suspicion that is there.
    """
    first = _sold_before(work.session, prescription_id, codes)
    for line_no, sale in first:
        held = work.session.get_one(SettlementRow, sale.settlement_id)
        assert sale.id is not None
        row = SuspicionRow(
            code=sale.code,
            first_sale_id=sale.id,
            first_settlement_id=held.id,
            first_outlet_code=held.outlet_code,
            first_at=held.opened_at,
            prescription_id=prescription_id,
            line_no=line_no,
            outlet_code=outlet_code,
            at=work.now,
            by=by,
        )
        _raise_once(work, row)
    work.session.commit()
    return tuple(sale.code for _, sale in first)


def suspicions(
    session: Session, state: str | None = None, *, area: str = ""
) -> tuple[SuspicionView, ...]:
    """List the suspicions, the latest first; open or resolved ones, of one area, where asked."""
    resolved = select(SuspicionEventRow.suspicion_id).where(
        col(SuspicionEventRow.kind) == "resolved"
    )
    query = _of_area(area).order_by(
        col(SuspicionRow.at).desc(), col(SuspicionRow.code), col(SuspicionRow.id)
    )
    if state == "open":
        query = query.where(col(SuspicionRow.id).not_in(resolved))
    elif state == "resolved":
        query = query.where(col(SuspicionRow.id).in_(resolved))
    rows = session.exec(query.limit(LISTED_MAX)).all()
    return tuple(_view(session, row) for row in rows)


def suspicions_of(
    session: Session, code: str, *, area: str = ""
) -> tuple[SuspicionView, ...]:
    """List the suspicions about one trace code, the first first; of one area where asked."""
    query = _of_area(area).where(col(SuspicionRow.code) == code)
    rows = session.exec(query.order_by(col(SuspicionRow.at), col(SuspicionRow.id)))
    return tuple(_view(session, row) for row in rows.all())


def resolve_suspicion(
    session: Session,
    suspicion_id: UUID,
    *,
    finding: str,
    reason: str,
    by: str,
    now: datetime,
    area: str = "",
) -> SuspicionView:
    """Resolve a suspicion once, with what was found and why; NotFound in another area."""
    assert finding in FINDINGS, finding
    mine = _of_area(area).where(col(SuspicionRow.id) == suspicion_id)
    row = session.exec(mine).first()
    if row is None:
        raise NotFound("疑点", "suspicion")
    session.add(
        SuspicionEventRow(
            suspicion_id=row.id,
            kind="resolved",
            finding=finding,
            reason=reason,
            at=now,
            by=by,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise _resolved_before() from error
    view = _view(session, row)
    session.commit()
    return view


def _of_area(area: str) -> SelectOfScalar[SuspicionRow]:
    """Choose what concerns a pooling area (统筹区): one of both sales was there; '' for all."""
    query = select(SuspicionRow)
    if not area:
        return query
    there = f"_{area}%"  # a letter stands before the area in an institution's code
    first, second = col(SuspicionRow.first_outlet_code), col(SuspicionRow.outlet_code)
    return query.where(or_(first.like(there), second.like(there)))


def _sold_before(
    session: Session, prescription_id: UUID, codes: ByLine
) -> list[tuple[int, TraceSaleRow]]:
    """Find the first sale of each scanned code that has nothing left to sell."""
    parts = {
        line.no: pharmacies.medicine(session, line.medicine_code).pack_parts
        for line in lines_of(session, prescription_id)
    }
    scanned = {
        code: line_no
        for line_no, read in codes.items()
        for code in read
        if is_trace_code(code) and line_no in parts
    }
    query = (
        select(TraceSaleRow)
        .join(SettlementRow, col(SettlementRow.id) == col(TraceSaleRow.settlement_id))
        .where(
            col(TraceSaleRow.code).in_(scanned),
            col(TraceSaleRow.returned_at).is_(None),
            # Two requests for one prescription are no second sale.
            col(SettlementRow.prescription_id) != prescription_id,
        )
    )
    live: dict[str, list[TraceSaleRow]] = {}
    for sale in session.exec(query.order_by(col(TraceSaleRow.id))):
        live.setdefault(sale.code, []).append(sale)
    return [
        (scanned[code], sold[0])
        for code, sold in sorted(live.items())
        # Sold out, or sold as another medicine than this one.
        if len(sold) >= sold[0].of_parts or sold[0].of_parts != parts[scanned[code]]
    ]


def _raise_once(work: Work, row: SuspicionRow) -> None:
    first = select(SuspicionRow.id).where(
        col(SuspicionRow.first_sale_id) == row.first_sale_id,
        col(SuspicionRow.prescription_id) == row.prescription_id,
        col(SuspicionRow.outlet_code) == row.outlet_code,
    )
    there = work.session.exec(first).first()
    if there is None:
        try:
            with work.session.begin_nested():
                work.session.add(row)
            return
        except IntegrityError:  # another request of the same counter was first
            there = work.session.exec(first).one()
    again = SuspicionEventRow(suspicion_id=there, kind="again", at=work.now, by=row.by)
    work.session.add(again)


def _view(session: Session, row: SuspicionRow) -> SuspicionView:
    query = select(SuspicionEventRow).where(
        col(SuspicionEventRow.suspicion_id) == row.id
    )
    events = session.exec(query.order_by(col(SuspicionEventRow.id))).all()
    end = next((each for each in events if each.kind == "resolved"), None)
    return SuspicionView(
        id=row.id,
        code=row.code,
        state="resolved" if end else "open",
        first_settlement_id=row.first_settlement_id,
        first_outlet_code=row.first_outlet_code,
        first_at=row.first_at,
        outlet_code=row.outlet_code,
        prescription_id=row.prescription_id,
        line_no=row.line_no,
        at=row.at,
        by=row.by,
        tries=1 + sum(each.kind == "again" for each in events),
        finding=end.finding if end else None,
        reason=end.reason if end else None,
        resolved_at=end.at if end else None,
        resolved_by=end.by if end else None,
    )


def _resolved_before() -> Conflict:
    return Conflict(
        Words(
            "这个疑点已经处理。",
            "This suspicion was resolved before.",
            "请刷新列表。",
            "Refresh the list.",
        ),
        code="resolved-before",
    )

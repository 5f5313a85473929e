"""Which batches a settlement takes: chosen while it is opened, set aside until it is posted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.days import day_of
from dispensing.desk import Work
from dispensing.errors import Conflict, Words
from dispensing.life import days_of
from dispensing.service.changes import Change
from dispensing.service.checking import lines_of
from dispensing.service.facts import Facts, RxLine
from dispensing.service.tracing import ByLine
from dispensing.service.writing import Values, Writes
from dispensing.tables import PrescriptionRow
from pharmacies import reserving
from pharmacies import service as pharmacies
from pharmacies.batches import (
    BASIS,
    REASONS,
    Batch,
    Part,
    Shortage,
    Wanted,
    choose,
    unfit,
)
from pharmacies.places import pooling_area
from pharmacies.reserving import Asking, Reserved, Reserving
from pharmacies.stock_balance import KEY, batch_row

_SET_ASIDE = Change(
    "add",
    "stock_batch",
    KEY,
    ("reserved",),
    or_insert=True,
    sets="reserved = stock_batch.reserved + excluded.on_hand",
)
_RESERVED = Change("insert", "stock_reservation")
_KEPT = Change("put", "stock_reservation", ("id",), ("until",))
_ENDED = Change("put", "stock_reservation", ("id",), ("ended", "ended_at"))
_IN_ENGLISH = {
    "recalled": "the lot is recalled",
    "expired": "it is past its last day",
    "too_short": "its last day comes before the end of the treatment",
    "reserved": "what is there is set aside for other patients",
    "none": "there is none in stock",
}
_NEXT = {
    "recalled": (
        "召回批号不得销售：封存后退回供应商，改用其他批号。",
        "Never hand a recalled lot out: put it apart, send it back, take another batch.",
    ),
    "expired": (
        "过期药品不得销售：报损下架，改用其他批号。",
        "Never hand out what is past its day: write it off and take another batch.",
    ),
    "too_short": (
        "请换效期更长的批号，或先少取几天的量。",
        "Take a batch with a later day, or hand out fewer days now.",
    ),
    "reserved": (
        "请患者到有货的药店，或等预留到期后再来；新到的货先登记入库。",
        "Send the patient where there is stock, or wait until what is set aside is free;"
        " enter what has come in.",
    ),
    "none": (
        "请患者到有货的药店；架上有货的，先登记入库或盘点。",
        "Send the patient where there is stock; where the shelf has some, enter it first.",
    ),
}


class StockRefused(Conflict):
    """An outlet has not enough of a medicine that may go out: why, and the next step."""


@dataclass(frozen=True, slots=True)
class StockFinding:
    """Why a line could not go out as the shelf is now: a settlement would be refused by `code`.

    `says` is our reading, where the clause does not say all of it.
    """

    line_no: int
    code: str
    document: str
    clause: str
    says: str
    words: Words


def stock_findings(
    session: Session, *, prescription_id: UUID, outlet_code: str, now: datetime
) -> tuple[StockFinding, ...]:
    """Hold what is open of a prescription against an outlet's shelf; nothing is set aside.

    What is set aside for others is left out: it may be free again when it is settled.
    """
    lines = _open_lines(session, prescription_id)
    there = reserving.batches(
        session, outlet_code, {one.medicine_code for one in lines}
    )
    found = []
    for line in lines:
        try:
            choose([line], [_unreserved(one) for one in there], today=day_of(now))
        except Shortage as short:
            document, clause, says = BASIS[short.reason]
            words, code = _why(session, short), _CODES[short.reason]
            one = StockFinding(line.line_no, code, document, clause, says, words)
            found.append(one)
    return tuple(found)


def chosen(
    work: Work, facts: Facts, codes: ByLine, uncoded: ByLine
) -> tuple[Part, ...]:
    """Choose the batches of a settlement's lines, first expired first out.

    A box whose batch is known by its trace code, or that was named by its batch, is taken
    where it was scanned. Raises StockRefused where what there is may not go out.
    """
    lines = [_wanted(facts, line, codes, uncoded) for line in facts.lines]
    _reject_unlisted(work, facts, lines)
    own: dict[tuple[str, str], int] = {}
    for row in facts.set_aside:
        key = row.medicine_code, row.batch
        own[key] = own.get(key, 0) + row.held
    today = day_of(work.now)
    try:
        return choose(lines, facts.shelf, today=today, own=own)
    except Shortage as short:
        raise refused(work.session, short, facts.shop.code, facts.rx.id) from short


def _reject_unlisted(work: Work, facts: Facts, lines: Iterable[Wanted]) -> None:
    """Refuse a scanned lot that may not go out, also where this outlet's books lack it."""
    listed = {(one.medicine_code, one.batch) for one in facts.shelf}
    scanned = {
        (line.medicine_code, lot): line for line in lines for lot in line.scanned
    }
    for key in sorted(scanned.keys() - listed):
        line, lot = scanned[key], pharmacies.lot(work.session, *key)
        why = unfit(lot, day_of(work.now), line.supply_days)
        if why is not None:
            short = Shortage(line, 0, why, lot.batch)
            raise refused(work.session, short, facts.shop.code, facts.rx.id)


def let_go(work: Work, facts: Facts) -> bool:
    """Let go what was set aside elsewhere for this prescription; tells whether there was any."""
    if all(one.is_here for one in facts.set_aside):
        return False
    reserving.end_reservations(work.session, facts.rx.id, "lapsed", work.now)
    work.session.commit()
    return True


def let_go_over(work: Work, facts: Facts) -> bool:
    """Let go what was set aside at this outlet and is over; tells whether there was any."""
    codes = {line.medicine_code for line in facts.lines}
    now = work.now
    if not reserving.release_over(work.session, facts.shop.code, codes, now):
        return False
    work.session.commit()
    return True


def set_aside(facts: Facts, parts: Sequence[Part], by: str, now: datetime) -> Writes:
    """Set aside what a settlement takes, without an end, for as long as it runs."""
    before = {
        (one.line_no, one.medicine_code, one.batch): one for one in facts.set_aside
    }
    rows = [part for part in parts if part.held or part.batch]
    same = {
        (one.line_no, one.medicine_code, one.batch): (one.quantity, one.held)
        for one in rows
    } == {key: (one.quantity, one.held) for key, one in before.items()}
    if same:
        return ((_KEPT, [{"id": one.id, "until": None} for one in facts.set_aside]),)
    ended = [
        {"id": one.id, "ended": "replaced", "ended_at": now} for one in facts.set_aside
    ]
    area = pooling_area(facts.shop.area)
    sums: dict[tuple[str, str], int] = {}
    for part in rows:
        key = part.medicine_code, part.batch
        sums[key] = sums.get(key, 0) + part.held
    for one in facts.set_aside:
        key = one.medicine_code, one.batch
        sums[key] = sums.get(key, 0) - one.held
    changed = [
        batch_row((area, facts.shop.code, *key), held)
        for key, held in sorted(sums.items())
        if held
    ]
    made = [_row(facts, part, area=area, by=by, now=now) for part in rows]
    return ((_SET_ASIDE, changed), (_ENDED, ended), (_RESERVED, made))


def claim_stock(
    work: Work, row: PrescriptionRow, outlet_code: str, by: str
) -> tuple[Reserved, ...]:
    """Set aside what is open of a claimed prescription, until its claim is over.

    Raises StockRefused where the outlet's books say that it cannot hand it out.
    """
    assert row.claimed_until is not None
    asking = Asking(
        prescription_id=row.id,
        outlet_code=outlet_code,
        lines=_open_lines(work.session, row.id),
        today=day_of(work.now),
        now=work.now,
        until=row.claimed_until,
        by=by,
    )
    try:
        return reserving.reserve(work.session, asking)
    except Shortage as short:
        raise refused(work.session, short, outlet_code, row.id) from short


def after_void(session: Session, prescription: PrescriptionRow, now: datetime) -> None:
    """Let go what a void settlement had set aside; a claim that stands keeps it."""
    until = prescription.claimed_until
    if until is not None and now < until:
        reserving.keep_until(session, prescription.id, until)
    else:
        reserving.end_reservations(session, prescription.id, "released", now)


def refused(
    session: Session, short: Shortage, outlet_code: str, prescription_id: UUID
) -> StockRefused:
    """Say why an outlet cannot hand a line out, and what to do next."""
    words, why = _why(session, short), short.reason
    over = why in ("reserved", "none") and reserving.has_lapsed(
        session, prescription_id, outlet_code
    )
    if not over:
        return StockRefused(words, code=_CODES[why])
    zh, en = f"预留已到期，{words.zh}", f"What was set aside ran out. {words.en}"
    return StockRefused(replace(words, zh=zh, en=en), code="reservation-over")


def _why(session: Session, short: Shortage) -> Words:
    """Say why a line cannot go out, by which clause, and what to do next."""
    line, why = short.wanted, short.reason
    name = pharmacies.medicine(session, line.medicine_code).name
    lot = f"（批号 {short.batch}）" if short.batch else ""
    lot_en = f" (batch {short.batch})" if short.batch else ""
    document, clause, says = BASIS[why]
    law = f"（{document}{clause}{'；解读' if says else ''}）" if document else ""
    days = f"，用药 {line.supply_days} 天" if why == "too_short" else ""
    days_en = f" of {line.supply_days} days" if why == "too_short" else ""
    zh, en = _NEXT[why]
    return Words(
        f"{name}{lot}：{REASONS[why]}{law}{days}，需要 {line.quantity}，可发 {short.free}。",
        f"{name}{lot_en}: {_IN_ENGLISH[why]}{days_en};"
        f" {line.quantity} are wanted, {short.free} may go out.",
        zh,
        en,
    )


_CODES = {
    "recalled": "batch-recalled",
    "expired": "batch-expired",
    "too_short": "batch-too-short",
    "reserved": "stock-reserved",
    "none": "out-of-stock",
}


def taken_of(
    rows: Iterable[Reserving], quantity: int
) -> tuple[tuple[str, int, int], ...]:
    """Tell what a line takes of each batch: so many boxes, of which so many were set aside.

    What nothing was set aside for goes out of the batch without a name.
    """
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(row.batch, [0, 0])
        sums[0] += row.quantity
        sums[1] += row.held
    left = quantity - sum(taken for taken, _ in found.values())
    if left:
        found.setdefault("", [0, 0])[0] += left
    return tuple((batch, taken, held) for batch, (taken, held) in found.items())


def _open_lines(session: Session, prescription_id: UUID) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(
            line.no,
            line.medicine_code,
            left,
            days_of(left, line.quantity, line.supply_days),
        )
        for line in lines_of(session, prescription_id)
        if (left := line.quantity - line.taken)
    )


def _unreserved(batch: Batch) -> Batch:
    return replace(batch, reserved=0)


def _wanted(facts: Facts, line: RxLine, codes: ByLine, uncoded: ByLine) -> Wanted:
    parts = facts.medicines[line.medicine_code].pack_parts
    scanned: dict[str, int] = {}
    known = (facts.boxes.get(code) for code in codes.get(line.no, ()))
    for batch in (*known, *uncoded.get(line.no, ())):
        if batch:
            scanned[batch] = scanned.get(batch, 0) + parts
    return Wanted(line.no, line.medicine_code, line.quantity, line.supply_days, scanned)


def _row(facts: Facts, part: Part, *, area: str, by: str, now: datetime) -> Values:
    return {
        "prescription_id": facts.rx.id,
        "line_no": part.line_no,
        "pooling_area": area,
        "outlet_code": facts.shop.code,
        "medicine_code": part.medicine_code,
        "batch": part.batch,
        "quantity": part.quantity,
        "held": part.held,
        "until": None,
        "made_at": now,
        "by": by,
        "ended": None,
        "ended_at": None,
    }

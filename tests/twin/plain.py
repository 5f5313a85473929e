"""Settle by the plain ORM: read row by row, write object by object, lock as everybody does.

What the program itself does in a few statements is told here once more, as slowly and as
plainly as can be. Only the tests use it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.assess import Assessment
from dispensing.days import CHINA, day_of
from dispensing.desk import Desk, Work
from dispensing.errors import CodeRejected, Declined, StillRunning
from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered
from dispensing.ledger import TILLS, settlement_transfers, tender_transfer
from dispensing.prescription import step
from dispensing.records import AMOUNTS
from dispensing.service import booking
from dispensing.service.business_days import books_day
from dispensing.service.holding import OPEN, live_settlement, locked_settlement
from dispensing.service.receiving import note
from dispensing.service.suspecting import AlreadySold, suspect
from dispensing.service.tracing import bought, sales
from dispensing.tables import (
    AllowanceRow,
    AssessmentRow,
    MessageNumberRow,
    PrescriptionLineRow,
    SettlementRow,
    SupplyRow,
    TraceEventRow,
    TraceSaleRow,
)
from pharmacies import service as network
from pharmacies.stock import NoPartLeft
from pharmacies.tables import OutletRow, StockBatchRow, StockMovementRow
from tests.twin.asking import Facts, gather, keep_assessment, lines_of

RUNS_S = timedelta(seconds=30)


def settle(
    session: Session,
    desk: Desk,
    *,
    rx: UUID,
    outlet_code: str,
    id_number: str,
    codes: Mapping[int, Sequence[str]],
    override: str | None,
    tender: str,
    now: datetime,
) -> str:
    """Settle by card; gives the state that it ends in, or raises what the service raises."""
    work = Work(session, desk, now)
    held = live_settlement(session, rx)
    if held is not None:
        if held.outlet_code != outlet_code:
            raise Elsewhere
        return finish(work, held)
    facts = gather(session, rx, outlet_code)
    if desk.vault.index(id_number) != facts.person.id_index:
        raise CodeRejected("other_person")
    key = facts.person.person_no, day_of(now).year
    used = session.get(AllowanceRow, key, with_for_update=True, populate_existing=True)
    used = used or AllowanceRow(person_no=key[0], year=key[1])
    try:
        charge = _open(work, facts, used, codes, override, tender)
    except (IntegrityError, NoPartLeft):
        session.rollback()
        sold = suspect(work, rx, codes, outlet_code=outlet_code, by="counter")
        assert sold, "one counter alone has no race to lose"
        raise AlreadySold(sold) from None
    try:
        receipt = desk.gateway.charge(charge)
    except ChargeDeclined as error:
        conclude(work, charge.msgid, None)
        raise Declined(str(error)) from error
    except Unanswered:
        return mark_unknown(work, charge.msgid)
    return conclude(work, charge.msgid, receipt)


class Elsewhere(Exception):
    """A settlement at another outlet holds the prescription."""


class Refused(Exception):
    """The checks do not accept it, or want a reason."""


def _open(
    work: Work,
    facts: Facts,
    used: AllowanceRow,
    codes: Mapping[int, Sequence[str]],
    override: str | None,
    tender: str,
) -> Charge:
    packs = bought(
        work.session,
        [
            (one, network.medicine(work.session, one.medicine_code))
            for one in facts.lines
        ],  # type: ignore[misc]
        codes,
        {},
        outlet_code=facts.outlet_code,
        on=day_of(work.now),
    )
    assessed, answer = keep_assessment(work, facts, used, packs)
    facts.prescription.outlet_code = facts.outlet_code
    if answer.split is None or (answer.decision == "review" and not override):
        work.session.commit()
        raise Refused(answer.decision)
    row = _pending(work, facts, assessed, answer, override, tender)
    work.session.add(used)  # a year that nothing is held of has no row
    _reserve(used, facts, row)
    writes = sales(work.session, row.model_dump(), packs)
    work.session.add(row)
    work.session.flush()
    for kind, (_, values) in zip((TraceSaleRow, TraceEventRow), writes, strict=False):
        work.session.add_all(kind(**each) for each in values)
    facts.prescription.state = step(facts.prescription.state, "settling")
    charge = Charge(
        msgid=row.msgid,
        person_no=row.person_no,
        scheme=facts.person.scheme,
        outlet_code=row.outlet_code,
        total_fen=row.total_fen,
        fund_fen=row.fund_fen,
        account_fen=row.account_fen,
        mutual_aid_fen=row.mutual_aid_fen,
        at=work.now,
    )
    work.session.commit()
    return charge


def _reserve(used: AllowanceRow, facts: Facts, row: SettlementRow) -> None:
    used.fund_reserved_fen += row.fund_fen
    used.deductible_reserved_fen += row.deductible_fen
    facts.person.account_reserved_fen += row.account_fen
    if row.mutual_aid_payer is not None:
        assert facts.payer is not None
        facts.payer.account_reserved_fen += row.mutual_aid_fen


def _pending(
    work: Work,
    facts: Facts,
    assessed: AssessmentRow,
    answer: Assessment,
    override: str | None,
    tender: str,
) -> SettlementRow:
    split = answer.split
    assert split is not None
    return SettlementRow(
        prescription_id=facts.prescription.id,
        assessment_id=assessed.id,
        person_no=facts.person.person_no,
        outlet_code=facts.outlet_code,
        msgid=_next_msgid(work.session, facts.outlet_code, work.now),
        year=day_of(work.now).year,
        on=books_day(work.session, facts.outlet_code, work.now),
        state="pending",
        voucher="card",
        tender=tender,
        override=override if answer.decision == "review" else None,
        **{name: getattr(split, name) for name in AMOUNTS},
        mutual_aid_payer=(
            facts.payer.person_no if facts.payer and split.mutual_aid_fen else None
        ),
        by="counter",
        opened_at=work.now,
        changed_at=work.now,
    )


def _next_msgid(session: Session, outlet_code: str, now: datetime) -> str:
    row = session.get(MessageNumberRow, outlet_code, with_for_update=True)
    if row is None:
        row = MessageNumberRow(outlet_code=outlet_code)
        session.add(row)
    row.last = (row.last + 1) % 9_000
    return f"{outlet_code}{now.astimezone(CHINA):%Y%m%d%H%M%S}{row.last:04d}"


def finish(work: Work, row: SettlementRow) -> str:
    """Answer a repeated request: the first answer, or what the platform says of it."""
    if row.state in {"posted", "reversing"}:
        return row.state
    if row.state == "pending" and abs(work.now - row.opened_at) < RUNS_S:
        raise StillRunning(30)
    return find_out(work, row.msgid)


def recover(session: Session, desk: Desk, *, now: datetime) -> None:
    """Finish every settlement left open, one by one."""
    work = Work(session, desk, now)
    query = select(SettlementRow).where(col(SettlementRow.state).in_(OPEN))
    for row in session.exec(query.order_by(col(SettlementRow.opened_at))).all():
        with suppress(StillRunning):
            finish(work, row)


def find_out(work: Work, msgid: str) -> str:
    """Ask the platform what became of a charge: post it, or bar its number and void it."""
    try:
        receipt = work.desk.gateway.query(msgid)
        if receipt is None:
            row, _ = locked_settlement(work.session, msgid)
            row.barred = True
            work.session.commit()
            work.desk.gateway.reverse(msgid)
    except Unanswered:
        return mark_unknown(work, msgid)
    return conclude(work, msgid, receipt)


def conclude(work: Work, msgid: str, receipt: Receipt | None) -> str:
    """Post or void a settlement."""
    row, prescription = locked_settlement(work.session, msgid)
    assert row.state in {"pending", "unknown"}
    year = booking.locked_year(work.session, row)
    if receipt is None:
        booking.release(year, row, work.now)
        prescription.state = step(prescription.state, "received")
    else:
        row.receipt = receipt.setl_id
        post(year, row, work.now)
        prescription.state = step(prescription.state, "settled")
    return _noted(work, row)


def mark_unknown(work: Work, msgid: str) -> str:
    """Say that nobody knows what became of a charge."""
    row, _ = locked_settlement(work.session, msgid)
    if row.state != "pending":
        return row.state
    row.state, row.changed_at = "unknown", work.now
    return _noted(work, row)


def _noted(work: Work, row: SettlementRow) -> str:
    state = row.state
    event = note(
        row.prescription_id, work.now, state, by=row.by, detail=row.outlet_code
    )
    work.session.add(event)
    work.session.commit()
    return state


def post(year: booking.Year, row: SettlementRow, now: datetime) -> None:
    """Post a settlement: year, accounts, double entry, stock and the supply at home."""
    year.used.fund_reserved_fen -= row.fund_fen
    year.used.deductible_reserved_fen -= row.deductible_fen
    year.used.fund_fen += row.fund_fen
    year.used.deductible_fen += row.deductible_fen
    year.person.account_reserved_fen -= row.account_fen
    year.person.account_fen -= row.account_fen
    if year.payer is not None:
        year.payer.account_reserved_fen -= row.mutual_aid_fen
        year.payer.account_fen -= row.mutual_aid_fen
    amounts = (
        "fund_fen",
        "account_fen",
        "mutual_aid_fen",
        "cash_fen",
        "deductible_fen",
    )
    moved = settlement_transfers(**{name: getattr(row, name) for name in amounts})
    moves = [("post", move) for move in moved]
    if row.cash_fen and row.tender in TILLS:
        moves.append(("tender", tender_transfer(row.tender, row.cash_fen)))
    year.session.add_all(
        booking.ledger_row(row, entry, move, by=row.by, on=row.on, now=now)
        for entry, move in moves
    )
    for line in lines_of(year.session, row.prescription_id):
        sold = _sold(row, line, now)
        year.session.add(sold)
        _take(year.session, sold)
        year.session.add(_supplied(year.session, row, line))
    row.state, row.changed_at = "posted", now


def _sold(
    row: SettlementRow, line: PrescriptionLineRow, now: datetime
) -> StockMovementRow:
    return StockMovementRow(
        outlet_code=row.outlet_code,
        medicine_code=line.medicine_code,
        quantity=-line.quantity,
        kind="sold",
        settlement_id=row.id,
        line_no=line.no,
        on=row.on,
        at=now,
        by=row.by,
    )


def _take(session: Session, sold: StockMovementRow) -> None:
    area = session.get_one(OutletRow, sold.outlet_code).area[:4]
    key = area, sold.outlet_code, sold.medicine_code, sold.batch
    held = session.get(StockBatchRow, key, with_for_update=True)
    if held is None:
        names = ("pooling_area", "outlet_code", "medicine_code", "batch")
        held = StockBatchRow(
            **dict(zip(names, key, strict=True)),
            expires_on=None,
            on_hand=0,
            reserved=0,
            recalled=False,
        )
        session.add(held)
    held.on_hand += sold.quantity


def _supplied(
    session: Session, row: SettlementRow, line: PrescriptionLineRow
) -> SupplyRow:
    return SupplyRow(
        person_no=row.person_no,
        atc=network.medicine(session, line.medicine_code).atc,
        on=row.on,
        supply_days=line.supply_days,
        settlement_id=row.id,
    )

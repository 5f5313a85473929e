"""Settle once: the intent is on disk before money moves, and a lost answer is never charged again.

pending -> posted | void | unknown; unknown -> posted | void, by asking the platform with the
original message number (msgid), or by reversing it there where nothing is known of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing import insurance_code
from dispensing.assess import Assessment
from dispensing.days import CHINA, day_of
from dispensing.desk import Desk
from dispensing.errors import (
    CodeRejected,
    Conflict,
    Declined,
    NotFound,
    StillRunning,
    Words,
)
from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered
from dispensing.insurance_code import Purpose
from dispensing.prescription import step
from dispensing.service import booking
from dispensing.service.checking import Facts, gather, keep_assessment
from dispensing.service.people import allowance_row, person_row
from dispensing.service.receiving import note, prescription_row
from dispensing.service.views import AssessmentView, IssuedCode, SettledView
from dispensing.tables import (
    AllowanceRow,
    MessageNumberRow,
    SettlementRow,
    SpentCodeRow,
    TraceSaleRow,
)
from pharmacies import service as pharmacies
from pharmacies.stock import is_trace_code

LIVE = ("pending", "unknown", "posted", "reversing")
TENDERS = ("cash", "bank_card", "mobile", "on_delivery")
_CHARGE_TAKES_AT_MOST = timedelta(seconds=30)  # an older pending one was cut off


@dataclass(frozen=True, slots=True)
class Presented:
    """What is put on the counter: voucher, the packs' codes, tender, a reason to override."""

    voucher: str
    scanned_code: str
    trace_codes: Mapping[int, Sequence[str]]
    override: str | None
    tender: str
    by: str


class NotAccepted(Conflict):
    """The checks do not accept the prescription; `view` holds every finding."""

    def __init__(self, view: AssessmentView, words: Words, code: str) -> None:
        super().__init__(words, code=code)
        self.view = view


def issue_code(
    session: Session,
    desk: Desk,
    *,
    person_no: str,
    purpose: Purpose,
    outlet_code: str,
    now: datetime,
) -> IssuedCode:
    """Issue a fresh insurance code (医保码) of a person for one purpose at one outlet."""
    person_row(session, person_no)
    pharmacies.outlet(session, outlet_code)
    text, code = insurance_code.issue(
        desk.code_key,
        person_no=person_no,
        purpose=purpose,
        outlet_code=outlet_code,
        now=now,
    )
    return IssuedCode(text, code.expires_at, insurance_code.draw_svg(text))


def settle(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    scanned_code: str,
    trace_codes: Mapping[int, Sequence[str]],
    override: str | None,
    tender: str,
    by: str,
    now: datetime,
    voucher: str = "e_code",
) -> SettledView:
    """Settle a prescription once, however often the counter asks.

    `scanned_code` is the patient's insurance code, or the ID number read from the card
    where `voucher` is card. A case for review needs `override`, the pharmacist's reason.
    """
    row = live_settlement(session, prescription_id)
    if row is not None:
        return _finish(session, desk, row, outlet_code, now)
    presented = Presented(voucher, scanned_code, trace_codes, override, tender, by)
    for last_try in (False, True):
        try:
            opened = _open(session, desk, prescription_id, outlet_code, presented, now)
            break
        except IntegrityError as error:
            # A row that two counters make at once (the outlet's first message number)
            # is there at the second try; a pack sold twice is not cured by trying again.
            session.rollback()
            if last_try:
                raise _lost_race(session, prescription_id) from error
    if isinstance(opened, SettlementRow):
        return _finish(session, desk, opened, outlet_code, now)
    return _charge(session, desk, opened, now)


def resolve(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    now: datetime,
) -> SettledView:
    """Find out what became of a settlement whose answer was lost; a settled one stays as it is."""
    row = live_settlement(session, prescription_id)
    if row is None:
        return settlement(session, prescription_id)
    return _finish(session, desk, row, outlet_code, now)


def settlement(session: Session, prescription_id: UUID) -> SettledView:
    """Return a prescription's latest settlement, or raise NotFound."""
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id) == prescription_id
    )
    row = session.exec(query.order_by(col(SettlementRow.opened_at).desc())).first()
    if row is None:
        raise NotFound("结算记录", "settlement")
    return settled_view(row)


def live_settlement(session: Session, prescription_id: UUID) -> SettlementRow | None:
    """Return the one settlement that holds a prescription, if any."""
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id) == prescription_id,
        col(SettlementRow.state).in_(LIVE),
    )
    return session.exec(query).first()


def settled_view(row: SettlementRow) -> SettledView:
    """Turn a row into the value that services answer with."""
    kept = SettledView.__dataclass_fields__
    return SettledView(**{name: getattr(row, name) for name in kept})


def _open(
    session: Session,
    desk: Desk,
    prescription_id: UUID,
    outlet_code: str,
    presented: Presented,
    now: datetime,
) -> Charge | SettlementRow:
    """Check, reserve and write down the intent; commits, so that nothing is forgotten.

    Gives back the settlement of another request that was first, where there is one.
    """
    facts = gather(session, prescription_id, outlet_code, lock=True)
    first = live_settlement(session, prescription_id)
    if first is not None:
        return first
    nonce = _prove(session, desk, facts, presented, now)
    used = allowance_row(session, facts.person.person_no, day_of(now).year)
    view = keep_assessment(
        session,
        desk,
        facts,
        used,
        voucher=presented.voucher,
        trace_codes=presented.trace_codes,
        now=now,
    )
    facts.prescription.outlet_code = facts.shop.code
    if not _may_settle(view.assessment, presented.override):
        session.commit()
        raise _not_accepted(view)
    return _write_intent(session, facts, view, used, presented, nonce, now)


def _write_intent(
    session: Session,
    facts: Facts,
    view: AssessmentView,
    used: AllowanceRow,
    presented: Presented,
    nonce: str | None,
    now: datetime,
) -> Charge:
    row = _pending_row(session, facts, view, presented, now)
    booking.reserve(used, facts.person, row)
    session.add(row)
    if nonce is not None:
        session.add(
            SpentCodeRow(nonce=nonce, prescription_id=facts.prescription.id, at=now)
        )
    session.flush()
    session.add_all(_trace_sales(row.id, presented.trace_codes))
    facts.prescription.state = step(facts.prescription.state, "settling")
    charge = _charge_of(row, now)
    session.commit()
    return charge


def _charge(session: Session, desk: Desk, charge: Charge, now: datetime) -> SettledView:
    """Ask the platform to book; no lock is held meanwhile."""
    try:
        receipt = desk.gateway.charge(charge)
    except ChargeDeclined as error:
        _conclude(session, charge.msgid, None, now)
        raise Declined(str(error)) from error
    except Unanswered:
        return _mark_unknown(session, charge.msgid, now)
    return _conclude(session, charge.msgid, receipt, now)


def _finish(
    session: Session, desk: Desk, row: SettlementRow, outlet_code: str, now: datetime
) -> SettledView:
    """Answer a repeated request: the first answer, or what the platform says of it."""
    if row.outlet_code != outlet_code:
        raise _settled_elsewhere()
    if row.state in {"posted", "reversing"}:
        return settled_view(row)
    running = now - row.opened_at < _CHARGE_TAKES_AT_MOST
    if row.state == "pending" and running:
        raise StillRunning(int(_CHARGE_TAKES_AT_MOST.total_seconds()))
    msgid = row.msgid
    session.rollback()
    try:
        receipt = desk.gateway.query(msgid)
        if receipt is None:
            # Nothing is booked. Bar the number, so that a charge still on its way is declined.
            desk.gateway.reverse(msgid)
    except Unanswered:
        return _mark_unknown(session, msgid, now)
    return _conclude(session, msgid, receipt, now)


def _conclude(
    session: Session, msgid: str, receipt: Receipt | None, now: datetime
) -> SettledView:
    """Post or void a settlement once; whoever comes second finds it done."""
    row = _locked_by_msgid(session, msgid)
    if row.state in {"pending", "unknown"}:
        prescription = prescription_row(session, row.prescription_id, lock=True)
        person = person_row(session, row.person_no, lock=True)
        used = allowance_row(session, row.person_no, row.year)
        if receipt is None:
            booking.release(session, used, person, row, now)
            prescription.state = step(prescription.state, "received")
        else:
            row.receipt = receipt.setl_id
            booking.post(session, used, person, row, now)
            prescription.state = step(prescription.state, "settled")
        session.add(
            note(row.prescription_id, now, row.state, by=row.by, detail=row.outlet_code)
        )
    view = settled_view(row)
    session.commit()
    return view


def _mark_unknown(session: Session, msgid: str, now: datetime) -> SettledView:
    row = _locked_by_msgid(session, msgid)
    if row.state == "pending":
        row.state, row.changed_at = "unknown", now
        session.add(
            note(row.prescription_id, now, "unknown", by=row.by, detail=row.outlet_code)
        )
    view = settled_view(row)
    session.commit()
    return view


def _locked_by_msgid(session: Session, msgid: str) -> SettlementRow:
    query = (
        select(SettlementRow).where(col(SettlementRow.msgid) == msgid).with_for_update()
    )
    return session.exec(query.execution_options(populate_existing=True)).one()


def _prove(
    session: Session, desk: Desk, facts: Facts, presented: Presented, now: datetime
) -> str | None:
    """Prove who is settling; returns the nonce of an insurance code, None for a card."""
    if presented.voucher == "card":
        if desk.vault.index(presented.scanned_code) != facts.person.id_index:
            raise CodeRejected("other_person")
        return None
    code = insurance_code.read(
        desk.code_key,
        presented.scanned_code,
        purpose="settle",
        outlet_code=facts.shop.code,
        now=now,
    )
    if code.person_no != facts.person.person_no:
        raise CodeRejected("other_person")
    if session.get(SpentCodeRow, code.nonce) is not None:
        raise CodeRejected("used")
    return code.nonce


def _may_settle(answer: Assessment, override: str | None) -> bool:
    if answer.split is None:
        return False
    return answer.decision == "accepted" or (
        answer.decision == "review" and bool(override and override.strip())
    )


def _not_accepted(view: AssessmentView) -> NotAccepted:
    if view.decision == "refused":
        words = Words(
            "这张处方不能用医保结算，原因见各项检查。",
            "The checks refuse this prescription; each finding says why.",
            "请按每项检查给出的下一步办理。",
            "Follow the next step that each finding gives.",
        )
        return NotAccepted(view, words, "refused")
    words = Words(
        "这张处方需要药师复核。",
        "This prescription needs a pharmacist's review.",
        "请药师复核并填写理由后再结算；待定比例须由医保经办机构补充。",
        "Give the pharmacist's reason; an open ratio must be filled in by the bureau.",
    )
    return NotAccepted(view, words, "needs-review")


def _pending_row(
    session: Session,
    facts: Facts,
    view: AssessmentView,
    presented: Presented,
    now: datetime,
) -> SettlementRow:
    split = view.assessment.split
    assert split is not None
    return SettlementRow(
        prescription_id=facts.prescription.id,
        assessment_id=view.id,
        person_no=facts.person.person_no,
        outlet_code=facts.shop.code,
        msgid=_next_msgid(session, facts.shop.code, now),
        year=day_of(now).year,
        on=day_of(now),
        state="pending",
        voucher=presented.voucher,
        tender=presented.tender,
        override=presented.override if view.decision == "review" else None,
        total_fen=split.total_fen,
        own_paid_fen=split.own_paid_fen,
        over_standard_fen=split.over_standard_fen,
        self_pay_fen=split.self_pay_fen,
        in_scope_fen=split.in_scope_fen,
        deductible_fen=split.deductible_fen,
        fund_fen=split.fund_fen,
        account_fen=split.account_fen,
        cash_fen=split.cash_fen,
        by=presented.by,
        opened_at=now,
        changed_at=now,
    )


def _next_msgid(session: Session, outlet_code: str, now: datetime) -> str:
    """Number the message: institution (12), second (14), running number of the institution (4)."""
    row = session.get(MessageNumberRow, outlet_code, with_for_update=True)
    if row is None:
        row = MessageNumberRow(outlet_code=outlet_code)
        session.add(row)
    row.last = (row.last + 1) % 10_000
    return f"{outlet_code}{now.astimezone(CHINA):%Y%m%d%H%M%S}{row.last:04d}"


def _trace_sales(
    settlement_id: UUID, trace_codes: Mapping[int, Sequence[str]]
) -> list[TraceSaleRow]:
    return [
        TraceSaleRow(code=code, settlement_id=settlement_id, line_no=line_no)
        for line_no, codes in trace_codes.items()
        for code in dict.fromkeys(codes)
        if is_trace_code(code)
    ]


def _charge_of(row: SettlementRow, now: datetime) -> Charge:
    return Charge(
        msgid=row.msgid,
        person_no=row.person_no,
        outlet_code=row.outlet_code,
        total_fen=row.total_fen,
        fund_fen=row.fund_fen,
        account_fen=row.account_fen,
        at=now,
    )


def _lost_race(session: Session, prescription_id: UUID) -> Conflict:
    """Say which unique thing another counter took first."""
    if live_settlement(session, prescription_id) is not None:
        return StillRunning(int(_CHARGE_TAKES_AT_MOST.total_seconds()))
    return Conflict(
        Words(
            "扫到的追溯码已经有销售记录，或同一张码被同时使用。",
            "A scanned trace code was sold before, or the same code is in use elsewhere.",
            "请检查药盒后重新扫码。",
            "Check the boxes and scan again.",
        ),
        code="already-sold",
    )


def _settled_elsewhere() -> Conflict:
    return Conflict(
        Words(
            "这张处方已在另一家药店结算。",
            "This prescription is held by a settlement at another outlet.",
            "请到原药店取药，或由原药店冲正后再来。",
            "Collect it there, or ask that outlet to reverse its settlement.",
        ),
        code="settled-elsewhere",
    )

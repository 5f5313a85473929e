"""Open a settlement: prove who is settling, check, reserve, and write the intent down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing import insurance_code
from dispensing.assess import Assessment
from dispensing.days import CHINA, day_of
from dispensing.desk import Work
from dispensing.errors import CodeRejected, Conflict, Words
from dispensing.gateway import Charge
from dispensing.prescription import step
from dispensing.service import booking
from dispensing.service.business_days import books_day
from dispensing.service.checking import Facts, gather, keep_assessment
from dispensing.service.holding import live_settlement
from dispensing.service.people import allowance_row
from dispensing.service.tracing import ByLine, Sold, sales
from dispensing.service.views import AssessmentView
from dispensing.tables import (
    MessageNumberRow,
    SettlementRow,
    SpentCodeRow,
)


@dataclass(frozen=True, slots=True)
class Presented:
    """What is put on the counter: voucher, the packs' codes, tender, a reason to override.

    `uncoded` has the batches of packs without a code (无码库存), by line.
    """

    voucher: str
    scanned_code: str
    trace_codes: ByLine
    override: str | None
    tender: str
    by: str
    uncoded: ByLine = field(default_factory=dict)


class NotAccepted(Conflict):
    """The checks do not accept the prescription; `view` holds every finding."""

    def __init__(self, view: AssessmentView, words: Words, code: str) -> None:
        super().__init__(words, code=code)
        self.view = view


def open_settlement(
    work: Work, prescription_id: UUID, outlet_code: str, presented: Presented
) -> Charge | SettlementRow:
    """Check, reserve and write down the intent; commits, so that nothing is forgotten.

    Gives back the settlement of another request that was first, where there is one.
    """
    facts = gather(work.session, prescription_id, outlet_code)
    first = live_settlement(work.session, prescription_id)
    if first is not None:
        return first
    nonce = _prove(work, facts, presented)
    year = day_of(work.now).year
    used = allowance_row(work.session, facts.person.person_no, year)
    packs = facts.scanned(
        work.session, presented.trace_codes, presented.uncoded, day_of(work.now)
    )
    view = keep_assessment(work, facts, used, voucher=presented.voucher, scanned=packs)
    facts.prescription.outlet_code = facts.shop.code
    if not _may_settle(view.assessment, presented.override):
        work.session.commit()
        raise _not_accepted(view)
    row = _pending_row(work, facts, view, presented)
    payer = facts.payer if row.mutual_aid_payer else None
    booking.reserve(booking.Year(work.session, used, facts.person, payer), row)
    sold = sales(work.session, row, packs)
    return _write_intent(work, facts, row, [*sold, *_spent(row, nonce, work.now)])


def _write_intent(
    work: Work,
    facts: Facts,
    row: SettlementRow,
    more: Sequence[Sold | SpentCodeRow],
) -> Charge:
    work.session.add(row)
    work.session.flush()  # the packs refer to the settlement
    work.session.add_all(more)
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


def _prove(work: Work, facts: Facts, presented: Presented) -> str | None:
    """Prove who is settling; returns the nonce of an insurance code, None for a card."""
    if presented.voucher == "card":
        if work.desk.vault.index(presented.scanned_code) != facts.person.id_index:
            raise CodeRejected("other_person")
        return None
    code = insurance_code.read(
        work.desk.code_key,
        presented.scanned_code,
        purpose="settle",
        outlet_code=facts.shop.code,
        now=work.now,
    )
    if code.person_no != facts.person.person_no:
        raise CodeRejected("other_person")
    if work.session.get(SpentCodeRow, code.nonce) is not None:
        raise CodeRejected("used")
    return code.nonce


def _spent(row: SettlementRow, nonce: str | None, now: datetime) -> list[SpentCodeRow]:
    """Write down the insurance code that is spent; a card is not."""
    if nonce is None:
        return []
    return [SpentCodeRow(nonce=nonce, prescription_id=row.prescription_id, at=now)]


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
    work: Work, facts: Facts, view: AssessmentView, presented: Presented
) -> SettlementRow:
    split = view.assessment.split
    assert split is not None
    return SettlementRow(
        prescription_id=facts.prescription.id,
        assessment_id=view.id,
        person_no=facts.person.person_no,
        outlet_code=facts.shop.code,
        # The message number is held from here on, so that the day stays open.
        msgid=_next_msgid(work.session, facts.shop.code, work.now),
        year=day_of(work.now).year,
        on=books_day(work.session, facts.shop.code, work.now),
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
        mutual_aid_fen=split.mutual_aid_fen,
        mutual_aid_payer=(
            facts.payer.person_no if facts.payer and split.mutual_aid_fen else None
        ),
        cash_fen=split.cash_fen,
        by=presented.by,
        opened_at=work.now,
        changed_at=work.now,
    )


def _next_msgid(session: Session, outlet_code: str, now: datetime) -> str:
    """Number the message: institution (12), second (14), running number of the institution (4)."""
    row = session.get(MessageNumberRow, outlet_code, with_for_update=True)
    if row is None:
        row = MessageNumberRow(outlet_code=outlet_code)
        session.add(row)
    row.last = (row.last + 1) % 10_000
    return f"{outlet_code}{now.astimezone(CHINA):%Y%m%d%H%M%S}{row.last:04d}"

"""Open a settlement: prove who is settling, check, reserve, and write the intent down.

Two statements read what it rests on and lock it, a third one writes everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from dispensing.assess import Assessment
from dispensing.codes import Asked as ScanAsked
from dispensing.codes import Decoded
from dispensing.days import CHINA, day_of
from dispensing.desk import Work
from dispensing.errors import CodeRejected, Conflict, DomainError, Words
from dispensing.gateway import Charge, ChargeLine
from dispensing.money import yuan
from dispensing.prescription import step
from dispensing.records import AMOUNTS
from dispensing.service import parts, stocking
from dispensing.service.admitting import admit, reject_other_filling, reject_over
from dispensing.service.approving import use
from dispensing.service.booking import reserved
from dispensing.service.business_days import open_day
from dispensing.service.changes import Change
from dispensing.service.checking import Answer, ask_rules, keep, scanned
from dispensing.service.code_reading import decode, rejection, spent_values
from dispensing.service.facts import Asked, Facts, gather
from dispensing.service.numbers import write_and_draw
from dispensing.service.overriding import agreed_override
from dispensing.service.posting import PostedLine, Posting, ledger_rows
from dispensing.service.recording import RECORDED, records
from dispensing.service.tracing import ByLine, sales
from dispensing.service.views import AssessmentView
from dispensing.service.writing import Values, Writes
from pharmacies.batches import Part

_OPENED = Change("insert", "settlement")
_SPENT = Change("insert", "spent_code")
_SETTLING = Change("put", "prescription", ("id",), ("state", "outlet_code"))
_NUMBERED = Change("put", "message_number", ("outlet_code",), ("last",), or_insert=True)


@dataclass(frozen=True, slots=True)
class Presented:
    """What is put on the counter: voucher, the packs' codes, tender, a reason to override.

    `uncoded` has the batches of packs without a code (无码库存), by line. `shown_fen` pins
    the patient's part, all but the fund's: another sum is not charged. `lines` has the packs
    of each line that are taken now, where it is not everything that is open; where something
    was filled before, `filling` names which filling this is.
    """

    voucher: str
    scanned_code: str
    trace_codes: ByLine
    override: str | None
    tender: str
    by: str
    uncoded: ByLine = field(default_factory=dict)
    shown_fen: int | None = None  # what the patient was told to pay
    secret: str | None = None
    filling: int | None = None
    lines: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A settlement that is pending: what the platform is asked, and what is then posted."""

    charge: Charge
    posting: Posting


class NotAccepted(Conflict):
    """The checks do not accept the prescription; `view` holds every finding."""

    def __init__(self, view: AssessmentView, words: Words, code: str) -> None:
        super().__init__(words, code=code)
        self.view = view


def open_settlement(
    work: Work,
    prescription_id: UUID,
    outlet_code: str,
    presented: Presented,
    *,
    code: Decoded | DomainError | None = None,
) -> Opened | str:
    """Check, reserve and write down the intent; commits, so that nothing is forgotten.

    `code` is what `scanned_code` gave, None for a card. Gives the message number of another
    request that was first, where there is one.
    """
    nonce = code.nonce if isinstance(code, Decoded) else None
    asked = Asked(
        outlet_code,
        day_of(work.now),
        nonce,
        numbers=True,
        boxes=tuple(code for each in presented.trace_codes.values() for code in each),
    )
    facts = gather(work.session, work.desk.vault, prescription_id, asked)
    if facts.live is not None:
        reject_other_filling(facts.rx, presented.filling or facts.rx.filling)
        return facts.live
    state = admit(work, facts, presented.secret, presented.filling)
    if stocking.let_go(work, facts):
        return open_settlement(work, prescription_id, outlet_code, presented, code=code)
    facts = parts.only(facts, presented.lines)
    _prove(work, facts, presented, code)
    packs = scanned(work, facts, presented.trace_codes, presented.uncoded)
    answer = ask_rules(work, facts, voucher=presented.voucher, packs=packs)
    if not _may_settle(answer.view.assessment, presented.override):
        keep(work, facts, answer, move=True)
        work.session.commit()
        raise _not_accepted(answer.view)
    reject_over(state)
    _hold_to_amount(work, facts, answer, presented.shown_fen)
    agreed = agreed_override(work, facts, answer.view, presented.override or "")
    try:
        taken = stocking.chosen(work, facts, presented.trace_codes, presented.uncoded)
    except stocking.StockRefused:
        if not stocking.let_go_over(work, facts):
            raise
        return open_settlement(work, prescription_id, outlet_code, presented, code=code)
    row = _pending_row(work, facts, answer.view, presented)
    if agreed is not None:
        use(work.session, agreed, by=presented.by, now=work.now)
    sold = (
        *sales(work.session, row, packs),
        *_spent(row, code),
        *stocking.set_aside(facts, taken, presented.by, work.now),
    )
    posting = _write_intent(work, facts, answer, row=row, sold=sold, taken=taken)
    return Opened(_charge(posting.settlement, facts, presented, answer), posting)


def _write_intent(
    work: Work,
    facts: Facts,
    answer: Answer,
    *,
    row: Values,
    sold: Writes,
    taken: Sequence[Part],
) -> Posting:
    """Write everything at once, and draw the numbers that the posting will take."""
    state = step(facts.rx.state, "settling")
    rx = {"id": facts.rx.id, "state": state, "outlet_code": facts.shop.code}
    told = [("decision", answer.assessment), ("settlement", row)]
    if row["override"] is not None:
        told.append(("override", row))
    person = facts.person
    writes = (
        *answer.rows,
        (_OPENED, [row]),
        *sold,
        *parts.written(facts, row),
        *reserved(row),
        (_SETTLING, [rx]),
        (_NUMBERED, [{"outlet_code": facts.shop.code, "last": _next(facts)}]),
        (RECORDED, records(told, person_no=person.person_no, area=person.area)),
    )
    numbers = write_and_draw(work.session, writes, ledger=ledger_rows(row), events=1)
    work.session.commit()
    return Posting(row, person.area, facts.shop.area, _lines(facts, taken), numbers)


def _charge(row: Values, facts: Facts, presented: Presented, answer: Answer) -> Charge:
    return Charge(
        msgid=row["msgid"],
        person_no=row["person_no"],
        scheme=facts.person.scheme,
        outlet_code=row["outlet_code"],
        total_fen=row["total_fen"],
        fund_fen=row["fund_fen"],
        account_fen=row["account_fen"],
        mutual_aid_fen=row["mutual_aid_fen"],
        at=row["opened_at"],
        area=facts.person.area,
        by=presented.by,
        disease=facts.rx.disease,
        rx_no=str(facts.rx.id),
        voucher=presented.voucher,
        voucher_no=presented.scanned_code,
        lines=_charged(facts, presented, answer),
    )


def _charged(
    facts: Facts, presented: Presented, answer: Answer
) -> tuple[ChargeLine, ...]:
    """Tell the platform of each line and the packs that go out for it."""
    split = answer.view.assessment.split
    assert split is not None
    return tuple(
        ChargeLine(
            line.no,
            line.medicine_code,
            part.name,
            line.quantity,
            line.supply_days,
            part.total_fen,
            tuple(presented.trace_codes.get(line.no, ())),
        )
        for line, part in zip(facts.lines, split.lines, strict=True)
    )


def _lines(facts: Facts, taken: Sequence[Part]) -> tuple[PostedLine, ...]:
    return tuple(
        PostedLine(
            line.no,
            line.medicine_code,
            line.quantity,
            line.supply_days,
            facts.medicines[line.medicine_code].atc,
            tuple(
                (part.batch, part.quantity, part.held)
                for part in taken
                if part.line_no == line.no
            ),
        )
        for line in facts.lines
    )


def read_code(
    work: Work, outlet_code: str, presented: Presented
) -> Decoded | DomainError | None:
    """Read the insurance code before anything is locked; None for a card.

    Why it is rejected is told later: one who asks again gets the first answer.
    """
    if presented.voucher == "card":
        return None
    asked = ScanAsked("settle", outlet_code, presented.by)
    try:
        return decode(work, presented.scanned_code, asked)
    except DomainError as rejected:
        return rejected


def _prove(
    work: Work,
    facts: Facts,
    presented: Presented,
    code: Decoded | DomainError | None,
) -> None:
    """Prove who is settling, by card or by a code that was not used before."""
    if isinstance(code, DomainError):
        raise code
    vault, person = work.desk.vault, facts.person
    id_number = presented.scanned_code if code is None else code.id_number
    if id_number is not None:
        if not vault.is_indexed(id_number, person.id_index):
            raise CodeRejected("other_person")
    elif code is not None and code.person_no != person.person_no:
        raise CodeRejected("other_person")
    if code is not None and facts.is_spent:
        raise rejection(work.session, code)


def _spent(row: Values, code: Decoded | DomainError | None) -> Writes:
    """Write down the insurance code that is spent; a card is not."""
    if not isinstance(code, Decoded):
        return ()
    spent = spent_values(
        code, at=row["opened_at"], prescription_id=row["prescription_id"]
    )
    return ((_SPENT, [spent]),)


def _hold_to_amount(
    work: Work, facts: Facts, answer: Answer, shown_fen: int | None
) -> None:
    """Charge no other sum than the patient was told; the new one is kept, to be shown."""
    split = answer.view.assessment.split
    assert split is not None
    if shown_fen is None or split.patient_fen == shown_fen:
        return
    keep(work, facts, answer, move=True)
    work.session.commit()
    raise _amount_changed(shown_fen, split.patient_fen)


def _amount_changed(shown_fen: int, now_fen: int) -> Conflict:
    return Conflict(
        Words(
            f"患者应付金额已变化：原先 {yuan(shown_fen)} 元，现在 {yuan(now_fen)} 元。没有扣款。",
            f"What the patient pays has changed from {yuan(shown_fen)} to"
            f" {yuan(now_fen)} yuan; nothing was charged.",
            "请把新的金额告诉患者，同意后刷新医保码再结算。",
            "Tell the patient the new amount, then settle with a fresh code.",
        ),
        code="amount-changed",
    )


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
) -> dict[str, Any]:
    split = view.assessment.split
    assert split is not None
    aided = facts.payer is not None and split.mutual_aid_fen > 0
    return {
        "id": uuid4(),
        "prescription_id": facts.rx.id,
        "assessment_id": view.id,
        "person_no": facts.person.person_no,
        "outlet_code": facts.shop.code,
        "msgid": _msgid(facts, work.now),
        "year": day_of(work.now).year,
        # The message number is held from here on, so that the day stays open.
        "on": open_day(
            work.session, facts.shop.code, day_of(work.now), facts.number.closed_until
        ),
        "state": "pending",
        "voucher": presented.voucher,
        "tender": presented.tender,
        "override": presented.override if view.decision == "review" else None,
        **{name: getattr(split, name) for name in AMOUNTS},
        "mutual_aid_payer": facts.payer.person_no if facts.payer and aided else None,
        "receipt": None,
        "barred": False,
        "by": presented.by,
        "opened_at": work.now,
        "changed_at": work.now,
        "reversal_reason": None,
        "filling": facts.rx.filling,
    }


def _next(facts: Facts) -> int:
    # What is above is for messages that are no settlements: gateway/national/numbers.py.
    return (facts.number.last + 1) % 9_000


def _msgid(facts: Facts, now: datetime) -> str:
    """Number the message: institution (12), second (14), running number of the institution (4)."""
    return f"{facts.shop.code}{now.astimezone(CHINA):%Y%m%d%H%M%S}{_next(facts):04d}"

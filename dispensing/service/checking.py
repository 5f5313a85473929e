"""Check a prescription at an outlet: gather the facts, ask the rules, keep the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dispensing.assess import assess
from dispensing.days import day_of
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, Words
from dispensing.policy import Rules
from dispensing.prescription import (
    Dispensing,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
    status_of,
)
from dispensing.records import from_record, split_record, to_record
from dispensing.service.changes import Change
from dispensing.service.decisions import record_of, sealed_record
from dispensing.service.facts import Asked, Facts, RxLine, gather
from dispensing.service.platform_words import platform_record
from dispensing.service.recording import RECORDED, records
from dispensing.service.standing import reject_claimed_elsewhere
from dispensing.service.texts import TextMissing, lay_down, rules_kept
from dispensing.service.tracing import Bought, ByLine, bought
from dispensing.service.views import AssessmentView
from dispensing.service.writing import Values, Writes, write
from dispensing.tables import AssessmentRow, PrescriptionLineRow
from pharmacies import service as pharmacies

if TYPE_CHECKING:
    from pharmacies.designation import AgreementKind


_DECIDED = Change("insert", "assessment")
_DOUBTED = Change("insert", "verdict")
_MOVED = Change("put", "prescription", ("id",), ("outlet_code",))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say, and the rows that keep it with what it rests on."""

    view: AssessmentView
    assessment: Values
    verdicts: Sequence[Values]

    @property
    def rows(self) -> Writes:
        """Give what is to be written."""
        return ((_DECIDED, [self.assessment]), (_DOUBTED, self.verdicts))


def check(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    voucher: str,
    trace_codes: ByLine | None,
    now: datetime,
    uncoded: ByLine | None = None,
) -> AssessmentView:
    """Run every check of a prescription at an outlet and preview the split; nothing moves.

    `trace_codes` is None while the packs are not scanned yet: the preview then takes
    them as scanned, and the settlement asks again. `uncoded` has the batches of packs
    without a code, by line.
    """
    work = Work(session, desk, now)
    facts = gather(
        session, desk.vault, prescription_id, Asked(outlet_code, day_of(now))
    )
    reject_claimed_elsewhere(facts.rx, outlet_code, now)
    packs = None if trace_codes is None else scanned(work, facts, trace_codes, uncoded)
    answer = ask_rules(work, facts, voucher=voucher, packs=packs)
    keep(work, facts, answer, move=facts.rx.state == "received")
    session.commit()
    return answer.view


def scanned(
    work: Work, facts: Facts, codes: ByLine, uncoded: ByLine | None
) -> tuple[Bought, ...]:
    """Hold what was scanned at the outlet against the lines."""
    return bought(
        work.session,
        [(line, facts.medicines[line.medicine_code]) for line in facts.lines],
        codes,
        uncoded or {},
        outlet_code=facts.shop.code,
        on=day_of(work.now),
    )


def keep(work: Work, facts: Facts, answer: Answer, *, move: bool) -> None:
    """Write an answer down, and move the prescription to its outlet where asked."""
    moved = {"id": facts.rx.id, "outlet_code": facts.shop.code}
    told = records(
        [("decision", answer.assessment)],
        person_no=facts.person.person_no,
        area=facts.person.area,
    )
    moves = (_MOVED, [moved] if move else [])
    write(work.session, (*answer.rows, moves, (RECORDED, told)))


def lines_of(
    session: Session, prescription_id: UUID
) -> tuple[PrescriptionLineRow, ...]:
    """Return a prescription's lines in their order."""
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == prescription_id
    )
    return tuple(session.exec(query.order_by(col(PrescriptionLineRow.no))))


def ask_rules(
    work: Work,
    facts: Facts,
    *,
    voucher: str,
    packs: Sequence[Bought] | None,
) -> Answer:
    """Ask the rules; their texts are laid down with this unit of work, the answer is not."""
    on = day_of(work.now)
    rules = work.desk.rules(facts.person.area, facts.shop.area, on)
    dispensing = Dispensing(
        on=on,
        voucher=voucher,
        insured=facts.insured,
        outlet=_outlet(work.session, facts, rules, on),
        prescription=prescription_of(work.session, facts),
        lines=tuple(
            line_of(work.session, facts, line, _is_traced(line, packs))
            for line in facts.lines
        ),
    )
    id_, answer = uuid4(), assess(dispensing, rules)
    heard = platform_record(work.session, work.desk, facts.rx.id, facts.shop.code)
    lay_down(work.session, rules, work.now)
    row: dict[str, Any] = {
        "id": id_,
        "prescription_id": facts.rx.id,
        "outlet_code": facts.shop.code,
        "on": on,
        "at": work.now,
        "decision": answer.decision,
        "record_sealed": sealed_record(
            work.desk.vault, id_, {**to_record(dispensing), **heard}
        ),
        "policies": list(answer.policies),
        "versions": dict(rules.versions),
        "split": split_record(answer.split),
    }
    view = AssessmentView(id_, on, work.now, facts.shop.code, answer)
    verdicts = [
        {"assessment_id": id_, "check_id": each.check, "verdict": each.verdict}
        for each in answer.problems
    ]
    return Answer(view, row, verdicts)


def assessment_view(session: Session, desk: Desk, row: AssessmentRow) -> AssessmentView:
    """Give a kept answer again: its own inputs, and the rules as they were written then."""
    dispensing = from_record(record_of(desk.vault, row))
    rules = rules_of_answer(session, desk, row)
    return AssessmentView(
        row.id, row.on, row.at, row.outlet_code, assess(dispensing, rules)
    )


def rules_of_answer(session: Session, desk: Desk, row: AssessmentRow) -> Rules:
    """Give the rules that an answer rested on, or today's where its texts were not kept."""
    try:
        return rules_kept(session, desk, row)
    except TextMissing:
        record = from_record(record_of(desk.vault, row))
        return desk.rules(record.insured.area, record.outlet.area, row.on)


def _outlet(session: Session, facts: Facts, rules: Rules, day: date) -> Outlet:
    """Tell the rules where it is; a pharmacy needs its chronic agreement (指定药店)."""
    shop, known = facts.shop, facts.network
    kind: AgreementKind = "chronic" if shop.kind == "pharmacy" else "general"
    quota = quota_of(session, facts, rules, day)
    designated = known.is_designated(session, shop.code, day, kind)
    level = None if shop.kind == "pharmacy" else shop.level
    return Outlet(shop.kind, level, shop.area, designated, quota)


def quota_of(
    session: Session, facts: Facts, rules: Rules, day: date
) -> QuotaStanding | None:
    """Tell the rules how the outlet's quota unit stands, None where it counts nowhere."""
    shop, known = facts.shop, facts.network
    standing = known.quota_standing(session, shop.code, rules.quota_targets, day)
    if standing is None:
        return None
    # Only a ceiling asks who was designated first (R1).
    full = standing.unit in rules.quota_ceilings
    rank = known.quota_rank(session, shop.code, day) if full else None
    return QuotaStanding(standing.unit, standing.designated, rank)


def prescription_of(session: Session, facts: Facts) -> Prescription:
    """Tell the rules of the prescription itself."""
    rx = facts.rx
    issued_on = day_of(rx.issued_at)
    return Prescription(
        source=rx.source,
        signature=rx.signature,
        record_no=rx.record_no,
        issued_on=issued_on,
        valid_days=rx.valid_days,
        status=status_of(rx.state),
        issuer_designated=facts.network.is_designated(
            session, rx.issuer, issued_on, "general"
        ),
        disease=rx.disease,
        long_term=rx.long_term,
        signature_reason=rx.signature_reason,
    )


def line_of(session: Session, facts: Facts, line: RxLine, traced: bool) -> Line:
    """Tell the rules of one line: the product, and what it costs at the outlet."""
    medicine = facts.medicines[line.medicine_code]
    return Line(
        name=medicine.name,
        atc=medicine.atc,
        tier=medicine.tier,
        price_fen=_price_fen(session, facts, medicine.code),
        standard_fen=medicine.standard_fen,
        quantity=line.quantity,
        supply_days=line.prescribed_days,
        self_pay_permyriad=medicine.self_pay_permyriad,
        vbp=medicine.vbp,
        on_platform=medicine.on_platform,
        in_range=facts.rx.disease in medicine.conditions,
        group=medicine.group,
        traced=traced,
    )


def _is_traced(line: RxLine, packs: Sequence[Bought] | None) -> bool:
    """Tell whether each pack of a line has a trace code (追溯码), or is listed old stock."""
    if packs is None:
        return True
    return next(one for one in packs if one.line.no == line.no).scan.is_complete


def _price_fen(session: Session, facts: Facts, medicine_code: str) -> int:
    try:
        return facts.network.price_fen(
            session, facts.shop.code, medicine_code, facts.on
        )
    except pharmacies.NoPrice as error:
        raise Conflict(
            Words(
                "本店没有这种药品的价格。",
                "This outlet has no price for one of the medicines.",
                "请换一家药店，或先维护价格表。",
                "Choose another outlet, or enter the price first.",
            ),
            code="no-price",
        ) from error

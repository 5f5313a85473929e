"""Check a prescription at an outlet: gather the facts, ask the rules, keep the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

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
from dispensing.service.family import payer_of
from dispensing.service.people import insured_on, locked_people
from dispensing.service.receiving import prescription_row
from dispensing.service.texts import TextMissing, lay_down, rules_kept
from dispensing.service.tracing import Bought, ByLine, bought
from dispensing.service.views import AssessmentView
from dispensing.tables import (
    AllowanceRow,
    AssessmentRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    VerdictRow,
)
from pharmacies import service as pharmacies
from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet as Shop

if TYPE_CHECKING:
    from pharmacies.designation import AgreementKind


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows that one dispensing rests on."""

    prescription: PrescriptionRow
    lines: tuple[PrescriptionLineRow, ...]
    person: PersonRow
    payer: PersonRow | None  # the relative whose account pays along (家庭共济)
    shop: Shop
    medicines: Mapping[str, Medicine]

    def scanned(
        self, session: Session, codes: ByLine, uncoded: ByLine, on: date
    ) -> tuple[Bought, ...]:
        """Hold what was scanned at the outlet against the lines."""
        lines = [(line, self.medicines[line.medicine_code]) for line in self.lines]
        return bought(session, lines, codes, uncoded, outlet_code=self.shop.code, on=on)


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
    facts = gather(session, prescription_id, outlet_code)
    used = session.get(AllowanceRow, (facts.person.person_no, day_of(now).year))
    scanned = (
        None
        if trace_codes is None
        else facts.scanned(session, trace_codes, uncoded or {}, day_of(now))
    )
    view = keep_assessment(work, facts, used, voucher=voucher, scanned=scanned)
    if facts.prescription.state == "received":
        facts.prescription.outlet_code = outlet_code
    session.commit()
    return view


def gather(session: Session, prescription_id: UUID, outlet_code: str) -> Facts:
    """Read what a dispensing rests on, its prescription and person locked.

    A check locks them too: it moves the prescription to its outlet, and must not do so
    while another outlet settles it.
    """
    prescription = prescription_row(session, prescription_id, lock=True)
    payer_no = payer_of(session, prescription.person_no)
    lines = lines_of(session, prescription_id)
    codes = [line.medicine_code for line in lines]
    return Facts(
        prescription,
        lines,
        *locked_people(session, prescription.person_no, payer_no),
        pharmacies.outlet(session, outlet_code),
        dict(zip(codes, pharmacies.medicines(session, codes), strict=True)),
    )


def lines_of(
    session: Session, prescription_id: UUID
) -> tuple[PrescriptionLineRow, ...]:
    """Return a prescription's lines in their order."""
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == prescription_id
    )
    return tuple(session.exec(query.order_by(col(PrescriptionLineRow.no))))


def keep_assessment(
    work: Work,
    facts: Facts,
    used: AllowanceRow | None,
    *,
    voucher: str,
    scanned: Sequence[Bought] | None,
) -> AssessmentView:
    """Ask the rules and add the answer, its inputs and its texts to this unit of work."""
    on = day_of(work.now)
    rules = work.desk.rules(facts.person.area, facts.shop.area, on)
    dispensing = Dispensing(
        on=on,
        voucher=voucher,
        insured=insured_on(work.session, facts.person, used, facts.payer),
        outlet=_outlet(work.session, facts.shop, rules.quota_targets, on),
        prescription=_prescription(work.session, facts.prescription),
        lines=tuple(
            _line(work.session, facts, line, _is_traced(line, scanned))
            for line in facts.lines
        ),
    )
    answer = assess(dispensing, rules)
    lay_down(work.session, rules, work.now)
    row = AssessmentRow(
        prescription_id=facts.prescription.id,
        outlet_code=facts.shop.code,
        on=on,
        at=work.now,
        decision=answer.decision,
        record=to_record(dispensing),
        policies=list(answer.policies),
        versions=dict(rules.versions),
        split=split_record(answer.split),
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        VerdictRow(assessment_id=row.id, check_id=each.check, verdict=each.verdict)
        for each in answer.problems
    )
    return AssessmentView(row.id, row.on, row.at, row.outlet_code, answer)


def assessment_view(session: Session, desk: Desk, row: AssessmentRow) -> AssessmentView:
    """Give a kept answer again: its own inputs, and the rules as they were written then."""
    dispensing = from_record(row.record)
    rules = rules_of_answer(session, desk, row)
    return AssessmentView(
        row.id, row.on, row.at, row.outlet_code, assess(dispensing, rules)
    )


def rules_of_answer(session: Session, desk: Desk, row: AssessmentRow) -> Rules:
    """Give the rules that an answer rested on, or today's where its texts were not kept."""
    try:
        return rules_kept(session, desk, row)
    except TextMissing:
        record = from_record(row.record)
        return desk.rules(record.insured.area, record.outlet.area, row.on)


def _outlet(
    session: Session, shop: Shop, targets: Mapping[str, int], day: date
) -> Outlet:
    """Tell the rules where it is; a pharmacy needs its chronic agreement (指定药店)."""
    kind: AgreementKind = "chronic" if shop.kind == "pharmacy" else "general"
    standing = pharmacies.quota_standing(session, shop.code, targets, day)
    quota = QuotaStanding(standing.unit, standing.designated) if standing else None
    designated = pharmacies.is_designated(session, shop.code, day, kind)
    level = None if shop.kind == "pharmacy" else shop.level
    return Outlet(shop.kind, level, shop.area, designated, quota)


def _prescription(session: Session, row: PrescriptionRow) -> Prescription:
    issued_on = day_of(row.issued_at)
    return Prescription(
        source=row.source,
        signature=row.signature,
        record_no=row.record_no,
        issued_on=issued_on,
        valid_days=row.valid_days,
        status=status_of(row.state),
        issuer_designated=pharmacies.is_designated(
            session, row.issuer, issued_on, "general"
        ),
        disease=row.disease,
        long_term=row.long_term,
    )


def _line(
    session: Session,
    facts: Facts,
    line: PrescriptionLineRow,
    traced: bool,
) -> Line:
    medicine = facts.medicines[line.medicine_code]
    return Line(
        name=medicine.name,
        atc=medicine.atc,
        tier=medicine.tier,
        price_fen=_price_fen(session, facts.shop.code, medicine.code),
        standard_fen=medicine.standard_fen,
        quantity=line.quantity,
        supply_days=line.supply_days,
        self_pay_permyriad=medicine.self_pay_permyriad,
        vbp=medicine.vbp,
        on_platform=medicine.on_platform,
        in_range=facts.prescription.disease in medicine.conditions,
        group=medicine.group,
        traced=traced,
    )


def _is_traced(line: PrescriptionLineRow, scanned: Sequence[Bought] | None) -> bool:
    """Tell whether each pack of a line has a trace code (追溯码), or is listed old stock."""
    if scanned is None:
        return True
    return next(one for one in scanned if one.line.no == line.no).scan.is_complete


def _price_fen(session: Session, outlet_code: str, medicine_code: str) -> int:
    try:
        return pharmacies.price_fen(session, outlet_code, medicine_code)
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

"""Read what a dispensing rests on row by row, ask the rules, keep the answer: by plain ORM."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dispensing.assess import Assessment, assess
from dispensing.days import day_of
from dispensing.desk import Work
from dispensing.prescription import (
    Dispensed,
    Dispensing,
    Insured,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
    Used,
    status_of,
)
from dispensing.records import split_record, to_record
from dispensing.sealed import unseal
from dispensing.service.decisions import sealed_record
from dispensing.service.people import locked_people
from dispensing.service.receiving import prescription_row
from dispensing.service.texts import lay_down
from dispensing.service.tracing import Bought
from dispensing.tables import (
    AllowanceRow,
    AssessmentRow,
    FamilyAidRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    RegistrationRow,
    SupplyRow,
    VerdictRow,
)
from pharmacies import service as network
from tests import world


@dataclass
class Facts:
    """The rows that one dispensing rests on."""

    prescription: PrescriptionRow
    lines: Sequence[PrescriptionLineRow]
    person: PersonRow
    payer: PersonRow | None
    outlet_code: str


def check(work: Work, rx: UUID, outlet_code: str) -> str:
    """Check by card with nothing scanned; gives the decision."""
    facts = gather(work.session, rx, outlet_code)
    key = facts.person.person_no, day_of(work.now).year
    used = work.session.get(AllowanceRow, key)
    _, answer = keep_assessment(work, facts, used, None)
    if facts.prescription.state == "received":
        facts.prescription.outlet_code = outlet_code
    work.session.commit()
    return answer.decision


def gather(session: Session, rx: UUID, outlet_code: str) -> Facts:
    """Lock the prescription and the people, and read the lines."""
    prescription = prescription_row(session, rx, lock=True)
    link = select(FamilyAidRow.payer_no).where(
        col(FamilyAidRow.person_no) == prescription.person_no,
        col(FamilyAidRow.until).is_(None),
    )
    payer_no = session.exec(link).first()
    people = locked_people(session, prescription.person_no, payer_no)
    return Facts(prescription, lines_of(session, rx), *people, outlet_code)


def lines_of(session: Session, rx: UUID) -> Sequence[PrescriptionLineRow]:
    """Give a prescription's lines in their order."""
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == rx
    )
    return session.exec(query.order_by(col(PrescriptionLineRow.no))).all()


def keep_assessment(
    work: Work,
    facts: Facts,
    used: AllowanceRow | None,
    packs: Sequence[Bought] | None,
) -> tuple[AssessmentRow, Assessment]:
    """Ask the rules and add the answer, its inputs and its texts to this unit of work."""
    on = day_of(work.now)
    shop = network.outlet(work.session, facts.outlet_code)
    rules = work.desk.rules(facts.person.area, shop.area, on)
    dispensing = Dispensing(
        on=on,
        voucher="card",
        insured=_insured(work.session, facts, used),
        outlet=_outlet(work, facts, on),
        prescription=_prescription(work.session, facts.prescription),
        lines=tuple(_line(work.session, facts, one, packs) for one in facts.lines),
    )
    answer = assess(dispensing, rules)
    lay_down(work.session, rules, work.now)
    id_ = uuid4()
    row = AssessmentRow(
        id=id_,
        prescription_id=facts.prescription.id,
        outlet_code=facts.outlet_code,
        on=on,
        at=work.now,
        decision=answer.decision,
        policies=list(answer.policies),
        versions=dict(rules.versions),
        record_sealed=sealed_record(world.VAULT, id_, to_record(dispensing)),
        split=split_record(answer.split),
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        VerdictRow(assessment_id=row.id, check_id=each.check, verdict=each.verdict)
        for each in answer.problems
    )
    return row, answer


def _insured(session: Session, facts: Facts, used: AllowanceRow | None) -> Insured:
    person, payer = facts.person, facts.payer
    used = used or AllowanceRow(person_no=person.person_no, year=0)
    return Insured(
        scheme=person.scheme,
        area=person.area,
        active=person.active,
        diseases=_registered(session, person.person_no, "chronic"),
        chronic_outpatient=_registered(session, person.person_no, "chronic_outpatient"),
        away_filed=person.away_filed,
        used=Used(
            fund_fen=used.fund_fen + used.fund_reserved_fen,
            ordinary_fund_fen=used.ordinary_fund_fen,
            deductible_fen=used.deductible_fen + used.deductible_reserved_fen,
        ),
        account_fen=_free_fen(person),
        mutual_aid_fen=0 if payer is None else _free_fen(payer),
        history=_history(session, person.person_no),
    )


def _free_fen(row: PersonRow) -> int:
    return row.account_fen - row.account_reserved_fen


def _registered(session: Session, person_no: str, kind: str) -> dict[str, date]:
    query = select(RegistrationRow).where(
        col(RegistrationRow.person_no) == person_no, col(RegistrationRow.kind) == kind
    )
    return {
        unseal(world.VAULT, row, "disease_sealed"): row.since
        for row in session.exec(query)
    }


def _history(session: Session, person_no: str) -> tuple[Dispensed, ...]:
    query = select(SupplyRow).where(
        col(SupplyRow.person_no) == person_no, col(SupplyRow.taken_back).is_(False)
    )
    rows = session.exec(query.order_by(col(SupplyRow.id)))
    return tuple(Dispensed(row.atc, row.on, row.supply_days) for row in rows)


def _outlet(work: Work, facts: Facts, day: date) -> Outlet:
    session = work.session
    shop = network.outlet(session, facts.outlet_code)
    targets = work.desk.rules(facts.person.area, shop.area, day).quota_targets
    standing = network.quota_standing(session, shop.code, targets, day)
    kind = "chronic" if shop.kind == "pharmacy" else "general"
    return Outlet(
        shop.kind,
        None if shop.kind == "pharmacy" else shop.level,
        shop.area,
        network.is_designated(session, shop.code, day, kind),
        QuotaStanding(standing.unit, standing.designated) if standing else None,
    )


def _prescription(session: Session, row: PrescriptionRow) -> Prescription:
    issued_on = day_of(row.issued_at)
    return Prescription(
        source=row.source,
        signature=row.signature,
        record_no=row.record_no,
        issued_on=issued_on,
        valid_days=row.valid_days,
        status=status_of(row.state),
        issuer_designated=network.is_designated(session, row.issuer, issued_on),
        disease=unseal(world.VAULT, row, "disease_sealed"),
        long_term=row.long_term,
    )


def _line(
    session: Session,
    facts: Facts,
    line: PrescriptionLineRow,
    packs: Sequence[Bought] | None,
) -> Line:
    medicine = network.medicine(session, line.medicine_code)
    return Line(
        name=medicine.name,
        atc=medicine.atc,
        tier=medicine.tier,
        price_fen=network.price_fen(session, facts.outlet_code, medicine.code),
        standard_fen=medicine.standard_fen,
        quantity=line.quantity,
        supply_days=line.supply_days,
        self_pay_permyriad=medicine.self_pay_permyriad,
        vbp=medicine.vbp,
        on_platform=medicine.on_platform,
        in_range=unseal(world.VAULT, facts.prescription, "disease_sealed")
        in medicine.conditions,
        group=medicine.group,
        traced=packs is None
        or next(one for one in packs if one.line.no == line.no).scan.is_complete,
    )

"""Read prescriptions, each read of a patient recorded; and the day's numbers for the bureau."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from dispensing.days import day_of, later, start_of
from dispensing.desk import Desk, Reader, Work
from dispensing.errors import NotFound
from dispensing.ledger import PAYERS
from dispensing.life import OPERATIONS, cell, fills_left, next_day
from dispensing.sealed import unseal
from dispensing.service.checking import assessment_view, lines_of
from dispensing.service.happened import happened
from dispensing.service.holding import latest_settlement
from dispensing.service.locking_away import is_locked
from dispensing.service.ordering import orders_of
from dispensing.service.people import name_of, person_row, record_read
from dispensing.service.receiving import prescription_row
from dispensing.service.reviewing import reviews_of
from dispensing.service.settling import settled_view
from dispensing.service.standing import repeat_of, state_now
from dispensing.service.takings import handed_packs
from dispensing.service.views import (
    AssessmentView,
    DayNumbers,
    LifeView,
    LineView,
    PrescriptionView,
    SettledView,
    StageView,
)
from dispensing.tables import (
    AssessmentRow,
    LedgerRow,
    OrderRow,
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementRow,
    VerdictRow,
)
from dispensing.vault import mask_id, mask_name
from pharmacies import service as pharmacies
from pharmacies.medicines import Medicine

OPEN = ("received", "settling", "settled")  # something may still be handed out


def prescription(
    session: Session,
    desk: Desk,
    prescription_id: UUID,
    *,
    reader: Reader,
    now: datetime,
) -> PrescriptionView:
    """Return one prescription with all that happened to it; the read is recorded."""
    row = prescription_row(session, prescription_id)
    view = _view(Work(session, desk, now), row, reader)
    session.commit()
    return view


def find_prescription(
    session: Session, desk: Desk, text: str, *, reader: Reader, now: datetime
) -> PrescriptionView:
    """Return the prescription that a scanned id or the issuer's number names, or raise NotFound."""
    row = _by_text(session, text.strip())
    if is_locked(session, row.id):
        raise NotFound("处方", "prescription")
    view = _view(Work(session, desk, now), row, reader)
    session.commit()
    return view


def prescription_numbered(session: Session, text: str) -> UUID:
    """Return the id of the prescription that a number names, under lock or not, or NotFound."""
    return _by_text(session, text.strip()).id


def day_numbers(session: Session, day: date) -> DayNumbers:
    """Count one day: received, decisions by the last check, findings, money, orders."""
    opens, closes = _bounds(day)
    received = (col(PrescriptionRow.received_at) >= opens) & (
        col(PrescriptionRow.received_at) < closes
    )
    count = session.exec(
        select(func.count()).select_from(PrescriptionRow).where(received)
    ).one()
    settlements = _grouped(session, SettlementRow.state, col(SettlementRow.on) == day)
    sums = _ledger_sums(session, opens, closes)
    placed = (col(OrderRow.placed_at) >= opens) & (col(OrderRow.placed_at) < closes)
    return DayNumbers(
        day=day,
        received=count,
        decisions=_last_decisions(session, day),
        by_check=_by_check(session, day),
        settlements=settlements,
        reversals=settlements.get("reversed", 0),
        total_fen=sum(sums.get(payer, 0) for payer in PAYERS),
        fund_fen=sums.get("fund", 0),
        account_fen=sums.get("personal_account", 0),
        mutual_aid_fen=sums.get("mutual_aid", 0),
        cash_fen=sums.get("patient", 0),
        orders=_grouped(session, OrderRow.state, placed),
    )


def last_valid_day(row: PrescriptionRow) -> date:
    """Tell the last day on which a prescription may be filled."""
    return later(day_of(row.issued_at), (row.valid_days or 1) - 1)


def shown_state(
    row: PrescriptionRow, settled: SettledView | None, valid_until: date, now: datetime
) -> str:
    """Name the state that people see: an unknown outcome and a lapse are told apart."""
    if row.state == "settling" and settled is not None and settled.state == "unknown":
        return "unknown"
    if row.state == "received" and day_of(now) > valid_until:
        return "lapsed"
    return row.state


def stage_view(
    work: Work, row: PrescriptionRow, stage: str, holder: str | None
) -> StageView:
    """Tell where a prescription stands; `holder` is the name of the outlet that claimed it."""
    repeat = repeat_of(row)
    is_held = stage == "claimed" or (stage == "revoked" and row.claimed_by is not None)
    return StageView(
        stage=stage,
        claimed_by=row.claimed_by if is_held else None,
        claimed_by_name=holder if is_held else None,
        claimed_until=row.claimed_until if is_held else None,
        filling=row.filling,
        fillings_left=fills_left(repeat),
        next_on=next_day(repeat, work.desk.life.refill_lead_days),
    )


def last_assessment(
    session: Session, desk: Desk, prescription_id: UUID
) -> AssessmentView | None:
    """Return the latest answer of the rules for a prescription, with its words."""
    query = select(AssessmentRow).where(
        col(AssessmentRow.prescription_id) == prescription_id
    )
    row = session.exec(query.order_by(col(AssessmentRow.at).desc()).limit(1)).first()
    return assessment_view(session, desk, row) if row else None


def _view(work: Work, row: PrescriptionRow, reader: Reader) -> PrescriptionView:
    session, desk = work.session, work.desk
    person = person_row(session, row.person_no)
    name = name_of(desk.vault, person)
    record_read(session, row.person_no, reader, work.now)
    held = latest_settlement(session, row.id)
    settled = settled_view(held) if held else None
    orders = [
        each for each in orders_of(session, desk, row.id) if each.filling == row.filling
    ]
    valid_until = last_valid_day(row)
    open_name = reader.role == "patient"
    return PrescriptionView(
        id=row.id,
        hosp_rx_no=row.hosp_rx_no,
        source=row.source,
        issuer=row.issuer,
        issuer_name=pharmacies.outlet(session, row.issuer).name,
        doctor_name=row.doctor_name,
        person_no=row.person_no,
        person_name=name if open_name else mask_name(name),
        id_masked=mask_id(unseal(desk.vault, person, "id_sealed")),
        disease=unseal(desk.vault, row, "disease_sealed"),
        issued_at=row.issued_at,
        valid_until=valid_until,
        long_term=row.long_term,
        record_no=row.record_no,
        signature=row.signature,
        signature_reason=row.signature_reason,
        state=shown_state(row, settled, valid_until, work.now),
        outlet_code=row.outlet_code,
        lines=_lines(session, row),
        events=happened(session, row.id),
        assessment=last_assessment(session, desk, row.id),
        settlement=settled,
        order=orders[0] if orders else None,
        life=_life(work, row),
    )


def _life(work: Work, row: PrescriptionRow) -> LifeView:
    """Tell where a prescription stands in its life, and what may be done with it now."""
    stage = state_now(work, row)
    stands = stage_view(work, row, stage, _holder(work.session, row))
    return LifeView(
        **{name: getattr(stands, name) for name in StageView.__dataclass_fields__},
        may=tuple(name for name in OPERATIONS if cell(name, stage).code is None),
        reviews=reviews_of(work.session, row.id),
    )


def _holder(session: Session, row: PrescriptionRow) -> str | None:
    code = row.claimed_by
    return pharmacies.outlet(session, code).name if code is not None else None


def _lines(session: Session, row: PrescriptionRow) -> tuple[LineView, ...]:
    lines = lines_of(session, row.id)
    handed, is_open = handed_packs(session, row, lines), row.state in OPEN
    medicines = pharmacies.medicines(session, [line.medicine_code for line in lines])
    return tuple(
        _line(line, medicine, handed[line.no], is_open=is_open)
        for line, medicine in zip(lines, medicines, strict=True)
    )


def _line(
    line: PrescriptionLineRow, medicine: Medicine, handed: int, *, is_open: bool
) -> LineView:
    return LineView(
        no=line.no,
        medicine_code=line.medicine_code,
        name=medicine.name,
        inn=medicine.inn,
        tier=medicine.tier,
        storage=medicine.storage,
        quantity=line.quantity,
        supply_days=line.supply_days,
        dosage=line.dosage,
        handed_packs=handed,
        open_packs=line.quantity - handed if is_open else 0,
    )


def _by_text(session: Session, text: str) -> PrescriptionRow:
    try:
        return prescription_row(session, UUID(text))
    except ValueError:
        pass  # not an id: an issuer's own number
    query = select(PrescriptionRow).where(col(PrescriptionRow.hosp_rx_no) == text)
    found = session.exec(query.limit(2)).all()
    if len(found) != 1:
        raise NotFound("处方", "prescription")
    return found[0]


def _bounds(day: date) -> tuple[datetime, datetime]:
    opens = start_of(day)
    return opens, opens + timedelta(days=1)


def _last_decisions(session: Session, day: date) -> dict[str, int]:
    """Count the prescriptions checked on a day by their last decision of that day."""
    newest = col(AssessmentRow.at).desc()
    of_each = func.row_number().over(
        partition_by=col(AssessmentRow.prescription_id), order_by=newest
    )
    made = select(AssessmentRow.decision, of_each.label("no")).where(
        col(AssessmentRow.on) == day
    )
    last = made.subquery()
    query = select(last.c.decision, func.count()).where(last.c.no == 1)
    counted = dict(session.exec(query.group_by(last.c.decision)).all())
    return {name: counted.get(name, 0) for name in ("accepted", "review", "refused")}


def _by_check(session: Session, day: date) -> dict[str, dict[str, int]]:
    """Count on how many prescriptions each check did not pass, by verdict."""
    query = (
        select(
            VerdictRow.check_id,
            VerdictRow.verdict,
            func.count(func.distinct(AssessmentRow.prescription_id)),
        )
        .join(AssessmentRow, col(AssessmentRow.id) == col(VerdictRow.assessment_id))
        .where(col(AssessmentRow.on) == day)
        .group_by(col(VerdictRow.check_id), col(VerdictRow.verdict))
        .order_by(col(VerdictRow.check_id))
    )
    counted: dict[str, dict[str, int]] = {}
    for check_id, verdict, number in session.exec(query):
        counted.setdefault(check_id, {})[verdict] = number
    return counted


def _ledger_sums(session: Session, opens: datetime, closes: datetime) -> dict[str, int]:
    """Sum what each payer gave for the settlements of a span, less what went back."""
    query = (
        select(LedgerRow.credit, func.sum(LedgerRow.amount_fen))
        .where(
            col(LedgerRow.at) >= opens,
            col(LedgerRow.at) < closes,
            col(LedgerRow.entry).in_(("post", "reverse")),
        )
        .group_by(col(LedgerRow.credit))
    )
    return {account: int(total) for account, total in session.exec(query)}


def _grouped(
    session: Session, column: str, where: ColumnElement[bool]
) -> dict[str, int]:
    query = select(column, func.count()).where(where).group_by(column)
    return {str(name): int(number) for name, number in session.exec(query)}

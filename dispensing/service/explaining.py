"""Explain a kept answer with its own inputs and its own day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.explain import Explanation, Product, explain
from dispensing.policy import Rules
from dispensing.prescription import Dispensing
from dispensing.records import from_record
from dispensing.service.checking import rules_of_answer
from dispensing.service.decisions import record_of
from dispensing.tables import AssessmentRow
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class ExplainedView:
    """The explanation of the last answer that the rules gave for a prescription."""

    assessment_id: UUID
    prescription_id: UUID
    at: datetime
    outlet_code: str
    explanation: Explanation


def explanation(
    session: Session, desk: Desk, prescription_id: UUID, *, language: str
) -> ExplainedView:
    """Explain the last check of a prescription; NotFound where there was none yet.

    Products are compared at the prices of the outlet that was asked.
    """
    query = select(AssessmentRow).where(
        col(AssessmentRow.prescription_id) == prescription_id
    )
    row = session.exec(query.order_by(col(AssessmentRow.at).desc()).limit(1)).first()
    if row is None:
        raise NotFound("核验记录", "check")
    dispensing = from_record(record_of(desk.vault, row))
    areas = dispensing.insured.area, dispensing.outlet.area

    kept = rules_of_answer(session, desk, row)

    def rules_on(day: date) -> Rules | None:
        try:
            return kept if day == row.on else desk.rules(*areas, day)
        except Conflict:
            return None

    told = explain(
        dispensing,
        kept,
        language,
        rules_on=rules_on,
        catalogue=_products(session, dispensing, row.outlet_code),
    )
    return ExplainedView(row.id, prescription_id, row.at, row.outlet_code, told)


def _products(
    session: Session, dispensing: Dispensing, outlet_code: str
) -> tuple[Product, ...]:
    """List what the outlet sells with the ATC codes of the lines."""
    codes = {line.atc for line in dispensing.lines if line.atc}
    found = []
    on, area = dispensing.on, dispensing.insured.area
    for medicine in pharmacies.catalogue(session, atcs=codes, day=on, area=area):
        try:
            price_fen = pharmacies.price_fen(session, outlet_code, medicine.code, on)
        except pharmacies.NoPrice:
            continue
        found.append(
            Product(
                name=medicine.name,
                atc=medicine.atc,
                tier=medicine.tier,
                price_fen=price_fen,
                standard_fen=medicine.standard_fen,
                self_pay_permyriad=medicine.self_pay_permyriad,
                vbp=medicine.vbp,
                on_platform=medicine.on_platform,
                group=medicine.group,
                spec=medicine.spec,
                diseases=medicine.conditions,
            )
        )
    return tuple(found)

"""What a person has at home (一人一药单), and what the year has left: as the checks count it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of, later
from dispensing.desk import Desk, Reader
from dispensing.errors import Conflict
from dispensing.policy import Figure
from dispensing.prescription import Insured, Used
from dispensing.service.diseases import registrations
from dispensing.service.people import allowance, person_row, record_read
from dispensing.service.views import AllowanceView
from dispensing.settlement import room_of
from dispensing.tables import (
    PersonRow,
    PrescriptionLineRow,
    SettlementRow,
    SupplyRow,
)
from pharmacies import service as pharmacies
from pharmacies.medicines import Medicine


@dataclass(frozen=True, slots=True)
class AtHome:
    """One medicine that a person took home: until when it lasts, and when to come again.

    `refill_from` is the first day on which the checks have nothing against another pack;
    None where no rules are in force. `prescription_id` is where it was taken last.
    """

    name: str
    inn: str  # the English generic name; empty where the catalogue has none
    atc: str
    drug_class: str
    last_on: date
    supply_days: int
    left_days: int
    ends_on: date  # the last day that it lasts for
    refill_from: date | None
    prescription_id: UUID | None


@dataclass(frozen=True, slots=True)
class Cap:
    """The fund's cap of the year and what is left under it, with the words it stands in."""

    cap_fen: int
    left_fen: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class YearView:
    """What a person's year has used, what is reserved, and the cap; None where no text has one."""

    used: AllowanceView
    cap: Cap | None


@dataclass(frozen=True, slots=True)
class Taken:
    """By which prescription something was taken, and the products that stand on it."""

    prescription_id: UUID
    codes: set[str]


def medicines_at_home(
    session: Session, desk: Desk, person_no: str, *, reader: Reader, now: datetime
) -> tuple[AtHome, ...]:
    """List a person's medicines, what runs out first before the others; the read is recorded."""
    person, today = person_row(session, person_no), day_of(now)
    record_read(session, person_no, reader, now)
    query = select(SupplyRow).where(
        col(SupplyRow.person_no) == person_no, ~col(SupplyRow.taken_back)
    )
    taken: dict[str, list[SupplyRow]] = {}
    for row in session.exec(query.order_by(col(SupplyRow.on), col(SupplyRow.id))):
        taken.setdefault(row.atc, []).append(row)
    known = _medicines(session, person, taken, today)
    lead_days = _early_days(desk, person, today)
    at = _taken_by(session, [rows[-1] for rows in taken.values()])
    found = tuple(
        _at_home(rows, at, known.get(atc, ()), today=today, lead_days=lead_days)
        for atc, rows in taken.items()
    )
    session.commit()
    return tuple(sorted(found, key=lambda one: (one.ends_on, one.atc)))


def year_of(session: Session, desk: Desk, person_no: str, *, now: datetime) -> YearView:
    """Tell what a person's year has used and has left; what is reserved counts as used."""
    person, today = person_row(session, person_no), day_of(now)
    used = allowance(session, person_no, now=now)
    try:
        rules = desk.rules(person.area, person.area, today)
    except Conflict:
        return YearView(used, None)
    filed = registrations(session, desk.vault, [person_no]).get(person_no, ())
    insured = Insured(
        scheme=person.scheme,
        area=person.area,
        diseases={it.disease: it.since for it in filed if it.kind == "chronic"},
        used=Used(used.fund_fen + used.reserved_fen, used.ordinary_fund_fen),
    )
    figure, left_fen = room_of(insured, today, rules)
    if figure is None or left_fen is None or not isinstance(figure.value, int):
        return YearView(used, None)
    return YearView(used, Cap(figure.value, left_fen, figure))


def _early_days(desk: Desk, person: PersonRow, today: date) -> int | None:
    try:
        return desk.rules(person.area, person.area, today).early_refill_days
    except Conflict:
        return None


def _medicines(
    session: Session, person: PersonRow, atcs: Mapping[str, object], today: date
) -> dict[str, list[Medicine]]:
    found: dict[str, list[Medicine]] = {}
    listed = pharmacies.catalogue(
        session, atcs=tuple(atcs), day=today, area=person.area
    )
    for medicine in listed if atcs else ():
        found.setdefault(medicine.atc, []).append(medicine)
    return found


def _at_home(
    rows: Sequence[SupplyRow],
    taken: Mapping[UUID, Taken],
    known: Sequence[Medicine],
    *,
    today: date,
    lead_days: int | None,
) -> AtHome:
    last = rows[-1]
    over_on = max(later(row.on, row.supply_days) for row in rows)
    at = taken.get(last.settlement_id) if last.settlement_id else None
    usual = known[0] if known else None
    # The product that was taken last, else any product of the same substance.
    medicine = next((one for one in known if at and one.code in at.codes), usual)
    return AtHome(
        name=medicine.name if medicine else last.atc,
        inn=medicine.inn if medicine else "",
        atc=last.atc,
        drug_class=medicine.drug_class if medicine else "",
        last_on=last.on,
        supply_days=last.supply_days,
        left_days=max(0, (over_on - today).days),
        ends_on=later(over_on, -1),
        refill_from=None
        if lead_days is None
        else max(today, later(over_on, -lead_days)),
        prescription_id=at.prescription_id if at else None,
    )


def _taken_by(session: Session, rows: Sequence[SupplyRow]) -> dict[UUID, Taken]:
    """Look up from which prescription each was taken, and what stands on it."""
    ids = {row.settlement_id for row in rows} - {None}
    query = (
        select(
            SettlementRow.id,
            SettlementRow.prescription_id,
            PrescriptionLineRow.medicine_code,
        )
        .join(
            PrescriptionLineRow,
            col(PrescriptionLineRow.prescription_id)
            == col(SettlementRow.prescription_id),
        )
        .where(col(SettlementRow.id).in_(ids))
    )
    found: dict[UUID, Taken] = {}
    for id_, prescription_id, code in session.exec(query):
        found.setdefault(id_, Taken(prescription_id, set())).codes.add(code)
    return found

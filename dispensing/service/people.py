"""Insured people: who they are, what their year has used, who has read their data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, SQLModel, col, select

from dispensing.days import day_of, start_of
from dispensing.desk import Desk, Reader
from dispensing.errors import NotFound
from dispensing.ledger import opening_transfers
from dispensing.phones import indexed_phone
from dispensing.prescription import Insured
from dispensing.sealed import at, point_of, unseal
from dispensing.service.consents import on_paper
from dispensing.service.diseases import Registration, registered_row
from dispensing.service.recording import record
from dispensing.service.views import AccessView, AllowanceView
from dispensing.tables import (
    AllowanceRow,
    LedgerRow,
    PersonRow,
    PrescriptionRow,
    ReadRow,
    RegistrationRow,
    SupplyRow,
)
from dispensing.vault import Vault
from pharmacies.places import Point

_READS = SQLModel.metadata.tables["read_log"]
_READ = insert(_READS).returning(_READS.c.id, _READS.c.person_no)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the insurance bureau hands them over, with the year used so far."""

    person_no: str
    name: str
    id_number: str
    phone: str
    address: str
    point: Point
    born_on: date
    insured: Insured


def enrol(
    session: Session,
    vault: Vault,
    people: Iterable[NewPerson],
    *,
    on: date,
    consented: Iterable[str] = (),
) -> int:
    """Store insured people as they stand at the beginning of a day; tells how many.

    Registrations, history and the year so far; what their account holds and what the
    year has used goes to the ledger as carried over. `consented` are the purposes that all
    of them have agreed to on paper.
    """
    kept = tuple(people)
    session.add_all(_person_row(vault, each) for each in kept)
    session.flush()
    for each in kept:
        session.add_all(_belongings(vault, each, on.year))
        session.add_all(_carried_over(each, on))
    numbers = [each.person_no for each in kept]
    for purpose in consented:
        on_paper(session, numbers, purpose, now=start_of(on))
    session.commit()
    return len(kept)


def record_read(
    session: Session, person_no: str, reader: Reader, now: datetime
) -> None:
    """Write down that somebody reads a person's data; the caller's unit of work commits it."""
    session.add(
        ReadRow(
            person_no=person_no,
            user=reader.user,
            role=reader.role,
            purpose=reader.purpose,
            at=now,
        )
    )


def note_read(session: Session, person_no: str, reader: Reader, now: datetime) -> None:
    """Write down that somebody reads a person's data before any of it is handed out."""
    record_read(session, person_no, reader, now)
    session.commit()


def record_reads(
    session: Session, person_nos: Iterable[str], reader: Reader, now: datetime
) -> None:
    """Write down that somebody reads several people's data, in one go; the caller commits it."""
    rows = [
        {
            "person_no": person_no,
            "user": reader.user,
            "role": reader.role,
            "purpose": reader.purpose,
            "at": now,
        }
        for person_no in person_nos
    ]
    if not rows:
        return
    # The ORM would ask row by row for their numbers.
    written = session.connection().execute(_READ, rows)
    numbers = {row.person_no: row.id for row in written}
    read = [{"id": numbers[row["person_no"]], **row} for row in rows]
    record(session, "read", read)


def access_log(
    session: Session, person_no: str, *, own: str
) -> tuple[tuple[AccessView, ...], tuple[AccessView, ...]]:
    """List who else has read a person's data, and what the account `own` read of it.

    The latest comes first; however often people look at their own, it hides nobody else.
    """
    user = col(ReadRow.user)
    return (
        _reads(session, person_no, user != own),
        _reads(session, person_no, user == own),
    )


def allowance(session: Session, person_no: str, *, now: datetime) -> AllowanceView:
    """Tell what a person's year has used, and what is held by settlements not yet certain."""
    row = person_row(session, person_no)
    year = day_of(now).year
    used = session.get(AllowanceRow, (person_no, year)) or AllowanceRow(
        person_no=person_no, year=year
    )
    return AllowanceView(
        person_no=person_no,
        year=year,
        fund_fen=used.fund_fen,
        reserved_fen=used.fund_reserved_fen,
        ordinary_fund_fen=used.ordinary_fund_fen,
        deductible_fen=used.deductible_fen + used.deductible_reserved_fen,
        account_fen=free_fen(row),
    )


def free_fen(row: PersonRow) -> int:
    """Tell what a personal account holds that no pending settlement counts on, in fen."""
    return row.account_fen - row.account_reserved_fen


def person_of(session: Session, prescription_id: UUID) -> str:
    """Return the number of the person whom a prescription is for; raises NotFound."""
    row = session.get(PrescriptionRow, prescription_id)
    if row is None:
        raise NotFound("处方", "prescription")
    return row.person_no


def sender_of(session: Session, prescription_id: UUID) -> str:
    """Return the institution that issued a prescription; raises NotFound."""
    row = session.get(PrescriptionRow, prescription_id)
    if row is None:
        raise NotFound("处方", "prescription")
    return row.issuer


def home_of(session: Session, desk: Desk, person_no: str) -> tuple[str, Point, str]:
    """Return a person's address, its point and the phone number: the default of an order."""
    row = person_row(session, person_no)
    return (
        unseal(desk.vault, row, "address_sealed"),
        point_of(desk.vault, row),
        unseal(desk.vault, row, "phone_sealed"),
    )


def name_of(vault: Vault, row: PersonRow) -> str:
    """Open the name of a person whose row was read."""
    return unseal(vault, row, "name")


def insured_in(session: Session, person_no: str) -> str:
    """Return the area in which a person is insured; raises NotFound."""
    return person_row(session, person_no).area


def born_on(session: Session, person_no: str) -> date | None:
    """Tell a person's day of birth; None for one who is not known."""
    row = session.get(PersonRow, person_no)
    return row.born_on if row is not None else None


def person_row(session: Session, person_no: str, *, lock: bool = False) -> PersonRow:
    """Return a person's row, locked for this unit of work where asked; raises NotFound."""
    row = session.get(
        PersonRow,
        person_no,
        with_for_update=lock or None,
        populate_existing=lock,  # what was read before the lock may be out of date
    )
    if row is None:
        raise NotFound("参保人", "insured person")
    return row


def allowance_row(session: Session, person_no: str, year: int) -> AllowanceRow:
    """Return the locked row of a person's year, made where the year has none.

    The person's row is locked by the caller before, so two counters cannot both make it.
    """
    key = person_no, year
    row = session.get(AllowanceRow, key, with_for_update=True, populate_existing=True)
    if row is None:
        row = AllowanceRow(person_no=person_no, year=year)
        session.add(row)
    return row


def locked_people(
    session: Session, person_no: str, payer_no: str | None
) -> tuple[PersonRow, PersonRow | None]:
    """Lock a person, and the relative who pays along; always in the order of their numbers."""
    numbers = sorted(one for one in (person_no, payer_no) if one is not None)
    found = {one: person_row(session, one, lock=True) for one in numbers}
    return found[person_no], None if payer_no is None else found[payer_no]


def _reads(
    session: Session, person_no: str, where: ColumnElement[bool]
) -> tuple[AccessView, ...]:
    query = select(ReadRow).where(col(ReadRow.person_no) == person_no, where)
    query = query.order_by(col(ReadRow.id).desc()).limit(200)
    return tuple(
        AccessView(row.at, row.user, row.role, row.purpose)
        for row in session.exec(query)
    )


def _person_row(vault: Vault, person: NewPerson) -> PersonRow:
    def seal(column: str, text: str) -> str:
        return vault.seal(text, at(PersonRow, column, person.person_no))

    return PersonRow(
        person_no=person.person_no,
        id_index=vault.index(person.id_number),
        id_sealed=seal("id_sealed", person.id_number),
        name=seal("name", person.name),
        phone_sealed=seal("phone_sealed", person.phone),
        phone_index=vault.index(indexed_phone(person.phone)),
        address_sealed=seal("address_sealed", person.address),
        point_sealed=seal("point_sealed", str(person.point)),
        born_on=person.born_on,
        scheme=person.insured.scheme,
        area=person.insured.area,
        active=person.insured.active,
        away_filed=person.insured.away_filed,
        account_fen=person.insured.account_fen,
    )


def _belongings(
    vault: Vault, person: NewPerson, year: int
) -> list[AllowanceRow | RegistrationRow | SupplyRow]:
    insured = person.insured
    kinds = (
        ("chronic", insured.diseases),
        ("chronic_outpatient", insured.chronic_outpatient),
    )
    filed = [
        Registration(disease, kind, since)
        for kind, diseases in kinds
        for disease, since in diseases.items()
    ]
    registrations = [
        registered_row(vault, person.person_no, no, each)
        for no, each in enumerate(filed, 1)
    ]
    supplies = [
        SupplyRow(
            person_no=person.person_no,
            atc=had.atc,
            on=had.on,
            supply_days=had.supply_days,
        )
        for had in insured.history
    ]
    used = AllowanceRow(
        person_no=person.person_no,
        year=year,
        fund_fen=insured.used.fund_fen,
        ordinary_fund_fen=insured.used.ordinary_fund_fen,
        deductible_fen=insured.used.deductible_fen,
    )
    return [used, *registrations, *supplies]


def _carried_over(person: NewPerson, on: date) -> list[LedgerRow]:
    used = person.insured.used
    moved = opening_transfers(
        account_fen=person.insured.account_fen,
        fund_fen=used.fund_fen,
        ordinary_fund_fen=used.ordinary_fund_fen,
        deductible_fen=used.deductible_fen,
    )
    return [
        LedgerRow(
            entry="opening",
            debit=one.debit,
            credit=one.credit,
            amount_fen=one.amount_fen,
            person_no=person.person_no,
            year=on.year,
            on=on,
            at=start_of(on),
            by="enrol",
        )
        for one in moved
    ]

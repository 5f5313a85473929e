"""Read what people are registered for, and what prescriptions are for: sealed, opened together.

No query compares diseases: whoever asks by disease narrows the people in SQL, by number or by
area, opens what they have here, and compares in Python.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from dispensing.sealed import at
from dispensing.tables import PersonRow, PrescriptionRow, RegistrationRow
from dispensing.vault import Vault

_COLUMN = "disease_sealed"
_AT_ONCE = 500
_ROW = RegistrationRow
_READ = select(
    *map(col, (_ROW.person_no, _ROW.no, _ROW.disease_sealed, _ROW.kind, _ROW.since))
)


@dataclass(frozen=True, slots=True)
class Registration:
    """One disease that a person is registered for (备案), from a day, under one benefit."""

    disease: str
    kind: str  # chronic, or chronic_outpatient (门诊慢性病)
    since: date


Registered = Mapping[str, tuple[Registration, ...]]  # by the person's number


def registrations(
    session: Session, vault: Vault, person_nos: Iterable[str]
) -> Registered:
    """Open the registrations of the people named, in the order in which they are kept."""
    found: dict[str, tuple[Registration, ...]] = {}
    wanted = sorted(set(person_nos))
    for begin in range(0, len(wanted), _AT_ONCE):
        some = col(_ROW.person_no).in_(wanted[begin : begin + _AT_ONCE])
        found.update(_opened(session, vault, _READ.where(some)))
    return found


def registrations_in(
    session: Session, vault: Vault, area: str, *, on: date | None = None
) -> Registered:
    """Open the registrations of everybody insured in an area, those in force on a day."""
    query = _READ.join(PersonRow, col(PersonRow.person_no) == col(_ROW.person_no))
    query = query.where(col(PersonRow.area).startswith(area, autoescape=True))
    if on is not None:
        query = query.where(col(_ROW.since) <= on)
    return _opened(session, vault, query)


def prescribed_for(
    session: Session, vault: Vault, prescription_ids: Iterable[UUID]
) -> Mapping[UUID, str]:
    """Open the diseases that the prescriptions named are for."""
    found: dict[UUID, str] = {}
    wanted = sorted(set(prescription_ids))
    for begin in range(0, len(wanted), _AT_ONCE):
        some = col(PrescriptionRow.id).in_(wanted[begin : begin + _AT_ONCE])
        columns = col(PrescriptionRow.id), col(PrescriptionRow.disease_sealed)
        for id_, sealed in session.execute(select(*columns).where(some)):
            found[id_] = vault.open(sealed, at(PrescriptionRow, _COLUMN, id_))
    return found


def registered_row(
    vault: Vault, person_no: str, no: int, what: Registration
) -> RegistrationRow:
    """Make the row of a person's registration, its disease sealed; `no` counts them."""
    place = at(_ROW, _COLUMN, person_no, no)
    return RegistrationRow(
        person_no=person_no,
        no=no,
        disease_sealed=vault.seal(what.disease, place),
        kind=what.kind,
        since=what.since,
    )


def _opened(session: Session, vault: Vault, query: Any) -> Registered:
    found: dict[str, tuple[Registration, ...]] = {}
    order = query.order_by(col(_ROW.person_no), col(_ROW.no))
    for person_no, no, sealed, kind, since in session.execute(order):
        disease = vault.open(sealed, at(_ROW, _COLUMN, person_no, no))
        found[person_no] = (
            *found.get(person_no, ()),
            Registration(disease, kind, since),
        )
    return found

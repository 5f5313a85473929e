"""Finding the one insured person whom a number names; nothing sealed is opened."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dispensing.phones import indexed_phone
from dispensing.service.people import name_of, person_row
from dispensing.tables import PersonRow
from dispensing.vault import Vault

_NUMBER, _ID = "I", 18  # how an insured number begins, how long an ID number is


def person_named(session: Session, vault: Vault, name: str) -> str | None:
    """Name the one person of an insured number, an ID number or a phone; None for no one.

    Several people of one phone are no one. Every name takes one query.
    """
    query = select(PersonRow.person_no).where(_is(vault, name)).limit(2)
    found = session.exec(query).all()
    return found[0] if len(found) == 1 else None


def name_by_card(
    session: Session, vault: Vault, person_no: str, id_number: str
) -> str | None:
    """Give the name of a person whose ID card is shown; None where the number is another's."""
    row = person_row(session, person_no)
    return name_of(vault, row) if vault.is_indexed(id_number, row.id_index) else None


def _is(vault: Vault, name: str) -> ColumnElement[bool]:
    if len(name) == _ID:
        return col(PersonRow.id_index).in_(vault.indexes(name))
    if name.startswith(_NUMBER):
        return col(PersonRow.person_no) == name
    return col(PersonRow.phone_index).in_(vault.indexes(indexed_phone(name)))

"""Close a person's account (注销): data, deliveries and sign-in, in one unit of work."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table
from sqlmodel import Session, SQLModel

from dispensing.desk import Desk
from dispensing.service.closing_people import Asked, Cleared, clear_person
from routing import service as routing
from web import accounts, invitations
from web.tables import AccountRow


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closing removed and locked; nothing where it was closed before."""

    accounts: int
    orders: int  # whose address, phone and point were removed
    pictures: int  # of deliveries, removed
    codes: int  # access codes that open nothing more and name no helper
    prescriptions: int  # kept, locked


def close(
    session: Session, desk: Desk, person_no: str, asked: Asked, *, now: datetime
) -> Closed:
    """Close the account of a person, whole or not at all; raises Conflict while anything is open.

    Doing it twice is harmless. What the law asks to keep is locked, not removed.
    """
    names = [it.username for it in accounts.logins(session, "patient", person_no)]
    cleared = clear_person(
        session, desk, person_no, asked, now=now, again=bool(names)
    ) or Cleared(0, 0, 0)
    pictures = routing.forget_doors(session, desk, person_no)
    by = (asked.by, asked.role)
    invitations.void(session, "patient", person_no, by=by, now=now)
    for name in names:
        _remove(session, name, by)
    session.commit()
    return Closed(
        len(names), cleared.orders, pictures, cleared.codes, cleared.prescriptions
    )


def _remove(session: Session, username: str, by: tuple[str, str]) -> None:
    """Delete a sign-in account with its sessions and factors; what was done with it stays."""
    found = accounts.account_of(session, username)
    accounts.note(session, found, "disabled", by=by, detail="closed")
    session.flush()
    connection = session.connection()
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if column.references(_accounts().c.id):
                connection.execute(table.delete().where(column == found.id))
    connection.execute(_accounts().delete().where(_accounts().c.id == found.id))


def _accounts() -> Table:
    table: Table = AccountRow.__table__  # type: ignore[attr-defined]
    return table

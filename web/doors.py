"""Which account a name at the sign-in stands for: its own name, or a patient's numbers.

A patient may sign in by the phone, the insured number (参保人编号) or the ID number as well. A
phone of several people opens for none of them. Every name takes the same queries, whether there
is anybody or not.
"""

import re
import unicodedata

from flask import current_app
from sqlmodel import Session, col, select

from dispensing import service
from dispensing.phones import is_phone, plain_phone
from web import accounts, db, parts
from web.accounts import Account
from web.tables import AccountRoleRow, AccountRow

_NUMBERS = re.compile(r"I[0-9]{9}|[0-9]{17}[0-9X]")


def typed(name: str) -> str:
    """Give a name as it was meant: full-width signs and blanks around it are no matter."""
    return unicodedata.normalize("NFKC", name).strip()


def folded(name: str) -> str:
    """Give the one spelling of a number that is tried, so that all spellings count together.

    >>> folded(" i000000001"), folded("+86 139 0000 1234"), folded("Lin")
    ('I000000001', '13900001234', 'Lin')
    """
    meant = typed(name)
    if not accounts.is_storable(meant):
        return ""
    if _NUMBERS.fullmatch(meant.upper()):
        return meant.upper()
    return plain_phone(meant) if is_phone(meant) else meant


def account_at(name: str) -> Account | None:
    """Find the account that a name stands for, or None; nothing tells which of them it was."""
    with db.open_session(current_app.extensions["engine"], read_only=True) as session:
        own = accounts.find(session, typed(name))
        person = service.person_named(session, parts.desk().vault, folded(name))
        theirs = accounts.find(session, _account_of(session, person or ""))
    return own or theirs


def _account_of(session: Session, person_no: str) -> str:
    """Name the account of a person, where there is exactly one that is open."""
    query = (
        select(AccountRow.username)
        .join(AccountRoleRow, col(AccountRoleRow.account_id) == AccountRow.id)
        .where(
            col(AccountRow.subject) == person_no,
            col(AccountRow.active),
            col(AccountRoleRow.role) == "patient",
        )
    )
    found = session.exec(query.limit(2)).all()
    return found[0] if len(found) == 1 else ""

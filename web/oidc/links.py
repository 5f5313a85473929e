"""Which account an identity of a provider opens: linked by hand, by issuer and subject alone."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, Words
from web import accounts
from web.accounts import Account
from web.tables import AccountIdentityRow, AccountRow

_TAKEN = Words(
    "这个身份已经绑定了别的账号。",
    "This identity is linked to another account.",
    "请先在那个账号里解除，或请管账号的人解除。",
    "Unlink it there first, or ask whoever keeps the accounts.",
)


class IdentityTaken(Conflict):
    """An identity that opens an account already."""

    code = "identity-taken"


def account_of(session: Session, issuer: str, subject: str) -> Account | None:
    """Find the account that an identity is linked to, or None."""
    held = AccountIdentityRow
    query = (
        select(AccountRow.username)
        .join(held, col(held.account_id) == AccountRow.id)
        .where(col(held.issuer) == issuer, col(held.subject) == subject)
    )
    found = session.exec(query).first()
    return accounts.find(session, found) if found else None


def identities(session: Session, account_id: int) -> list[AccountIdentityRow]:
    """List what an account is linked to."""
    held = AccountIdentityRow
    return list(session.exec(select(held).where(col(held.account_id) == account_id)))


def link(
    session: Session,
    account: Account,
    issuer: str,
    subject: str,
    *,
    by: tuple[str, str],
    now: datetime,
) -> None:
    """Let an identity open an account; raises IdentityTaken where it opens one already."""
    row = AccountIdentityRow(
        issuer=issuer, subject=subject, account_id=account.id, linked_at=now
    )
    session.add(row)
    accounts.note(session, account, "linked", by=by, detail=issuer)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        raise IdentityTaken(_TAKEN) from None


def unlink(
    session: Session, account: Account, issuer: str, *, by: tuple[str, str]
) -> bool:
    """Take the identities of one issuer from an account; tells whether there were any."""
    found = [each for each in identities(session, account.id) if each.issuer == issuer]
    for row in found:
        session.delete(row)
    if found:
        accounts.note(session, account, "unlinked", by=by, detail=issuer)
        session.commit()
    return bool(found)

"""Accounts of an institution, kept by those who may invite them (web.matrix.inviting)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort
from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.errors import NotFound
from web import accounts, clock, db, invitations, second_factor
from web.accounts import Account
from web.auth import Caller, caller
from web.invitations import Invitee, Sent
from web.matrix.inviting import invited_by, keeps
from web.tables import AccountRoleRow, AccountRow


@dataclass(frozen=True, slots=True)
class Member:
    """One account as whoever keeps it sees it."""

    username: str
    name: str
    roles: tuple[str, ...]
    subject: str
    active: bool
    has_factor: bool


def members() -> Sequence[Member]:
    """List the accounts that the caller keeps."""
    session, who = db.session(), caller()
    query = select(AccountRow).order_by(col(AccountRow.username))
    if "admin" not in who.roles:
        mine = col(AccountRow.subject)
        own = mine.startswith(_area(who)) if _area(who) else mine == who.subject
        query = query.where(own)
    held: dict[int, list[str]] = {}
    for row in session.exec(select(AccountRoleRow)):
        held.setdefault(row.account_id, []).append(row.role)
    return [
        Member(
            row.username,
            row.name,
            tuple(sorted(held.get(row.id or 0, ()))),
            row.subject,
            row.active,
            second_factor.is_set_up(session, row.id or 0),
        )
        for row in session.exec(query).all()
        if keeps(who.roles, held.get(row.id or 0, ())) and row.username != who.user
    ]


def invited(role: str, name: str, subject: str = "") -> Sent:
    """Invite somebody to an account of a role; only an administrator says of what."""
    who = caller()
    if role not in invited_by(who.roles):
        abort(403)
    of = subject if "admin" in who.roles and subject else who.subject
    return invitations.invite(
        db.session(), Invitee(role, of, name), by=_by(who), now=clock.now()
    )


def reset(username: str) -> Sent:
    """Give a link by which the owner of an account sets a new password."""
    found = kept(db.session(), username)
    role = found.roles[0].name
    return invitations.invite(
        db.session(),
        Invitee(role, found.subject, found.name, username),
        by=_by(caller()),
        now=clock.now(),
    )


def factor_reset(username: str, reason: str) -> None:
    """Take the second factor of an account away, with a reason."""
    kept(db.session(), username)
    second_factor.reset(db.session(), username, reason=reason, by=_by(caller()))


def signed_out(username: str) -> None:
    """End every session and token of an account."""
    session = db.session()
    kept(session, username)
    account = accounts.end_everywhere(session, username)
    accounts.note(session, account, "signed_out", by=_by(caller()))
    session.commit()


def locked(username: str, *, active: bool) -> None:
    """Lock an account, or unlock it."""
    kept(db.session(), username)
    accounts.switch(db.session(), username, active=active, by=_by(caller()))


def changed(username: str, roles: Sequence[str]) -> None:
    """Give an account other roles, all of which the caller may invite to."""
    kept(db.session(), username)
    if not keeps(caller().roles, roles):
        abort(403)
    accounts.change_roles(db.session(), username, roles, by=_by(caller()))


def kept(session: Session, username: str) -> Account:
    """Give an account that the caller keeps; NotFound for any other, and for the own."""
    who = caller()
    try:
        found = accounts.account_of(session, username)
    except accounts.NoAccount:
        raise _nobody() from None
    roles = {role.name for role in found.roles}
    if not keeps(who.roles, roles) or username == who.user or not _near(who, found):
        raise _nobody()
    return found


def _near(who: Caller, account: Account) -> bool:
    if "admin" in who.roles:
        return True
    area = _area(who)
    if area:
        return pooling_area(account.subject) == area
    return account.subject == who.subject


def _area(who: Caller) -> str:
    of_area = {"bureau", "health"} & who.roles
    return pooling_area(who.subject) if of_area else ""


def _by(who: Caller) -> tuple[str, str]:
    return who.user, who.doing("staff.change")


def _nobody() -> NotFound:
    return NotFound("账号", "account")

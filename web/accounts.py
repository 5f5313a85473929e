"""Accounts: who may sign in, with which roles, on behalf of whom."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

from flask import current_app, g
from flask_security import RoleMixin, UserDatastore, UserMixin, hash_password
from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, delete
from sqlmodel import select as chosen

from dispensing.phones import is_phone
from dispensing.vault import mask_name
from web import db, sessions
from web.tables import AccountEventRow, AccountRoleRow, AccountRow

OPERATOR = "operator"  # who works where nobody is signed in
BY_COMMAND = (OPERATOR, "admin")  # who acts, and as what
# What an account of each role stands for: person, outlet, firm, courier, area.
SUBJECTS = {
    "patient": r"I[0-9]{9}",
    "counter": r"[HP][0-9]{11}",
    "pharmacist": r"[HP][0-9]{11}",
    "hospital": r"H[0-9]{11}",
    "dispatch": r"[A-Z][0-9]{9,11}",
    "courier": r"[A-Z][0-9]{9,11}",
    **dict.fromkeys(("bureau", "admin", "auditor", "health"), r"[0-9]{6}"),
}
ROLES = tuple(SUBJECTS)
# A pharmacist is a clerk of the counter who decides as well.
WITH = {"pharmacist": ("counter", "pharmacist")}


class UnknownRole(ValueError):
    """A role was named that the platform does not have."""


class Unfit(ValueError):
    """A name nobody could sign in with, or a subject that the role has not."""


class NoAccount(ValueError):
    """An account was named that there is not."""


class NameTaken(ValueError):
    """An account of that name exists already."""


@dataclass(slots=True)
class Role(RoleMixin):
    """A role by its name."""

    name: str


@dataclass(slots=True, eq=False)
class Account(UserMixin):
    """One who signs in; a plain value, so that no row outlives its session."""

    id: int
    username: str
    name: str
    password: str
    active: bool
    fs_uniquifier: str
    subject: str
    roles: list[RoleMixin] = field(default_factory=list)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Tell the library whether a second factor is asked for; a fresh one is no reason."""
        return current_app.extensions["asks_factor"](self), []


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What it takes to open an account."""

    username: str
    name: str
    roles: tuple[str, ...]
    subject: str
    password_hash: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.@-]{1,64}", self.username):
            raise Unfit(f"{self.username!r}: expected 1 to 64 letters, digits, . @ _ -")
        is_number = re.fullmatch(r"[0-9]{17}[0-9X]|I[0-9]{9}", self.username.upper())
        is_own = self.username.upper() == self.subject
        if is_phone(self.username) or (is_number and not is_own):
            raise Unfit(f"{self.username!r}: the number of a person is no name")
        for role in self.roles:
            check_fit(role, self.subject)


@dataclass(frozen=True, slots=True)
class Login:
    """An account by its name, and whether somebody may sign in with it."""

    username: str
    active: bool


class Accounts(UserDatastore):
    """The accounts as the security library asks for them, each in a session of its own."""

    def __init__(self) -> None:
        super().__init__(Account, Role)

    def find_user(
        self, case_insensitive: bool = False, **kwargs: Any
    ) -> Account | None:
        """Find an account by one column, for instance its user name."""
        ((column, value),) = kwargs.items()
        if "accounts_away" in g:
            return None  # asked once more, for the page that says so
        engine = current_app.extensions["engine"]
        try:
            with db.open_session(engine, read_only=True) as session:
                return _find(session, column, value)
        except SQLAlchemyError as error:
            # The library takes it for a stranger; the door asks for this first.
            g.accounts_away = error
            raise

    def find_role(self, role: str) -> Role | None:
        """Find a role by its name."""
        return Role(role) if role in ROLES else None

    def put(self, model: Account) -> Account:
        """Keep what the library changes of an account: a password hashed anew."""
        with db.open_session(current_app.extensions["engine"]) as session:
            row = session.get(AccountRow, model.id)
            assert row is not None
            _note_changes(session, row, model)
            row.password, row.active = model.password, model.active
            if row.fs_uniquifier != model.fs_uniquifier:
                row.fs_uniquifier = model.fs_uniquifier
                sessions.end_all(session, model.id)
            session.commit()
        return model

    def commit(self) -> None:
        """Do nothing: every change has committed itself."""


def add_accounts(session: Session, entries: Sequence[NewAccount]) -> int:
    """Open accounts in one unit of work and tell how many."""
    for entry in entries:
        open_account(session, entry)
    session.commit()
    return len(entries)


def open_account(
    session: Session, entry: NewAccount, *, by: tuple[str, str] = BY_COMMAND
) -> None:
    """Open one account on behalf of somebody; the caller commits. Raises NameTaken."""
    if find(session, entry.username):
        raise NameTaken(f"{entry.username} has an account already")
    row = AccountRow(
        username=entry.username,
        # A patient's own stands sealed with the person; here it is shown to themselves.
        name=mask_name(entry.name) if "patient" in entry.roles else entry.name,
        password=entry.password_hash,
        fs_uniquifier=uuid4().hex,
        subject=entry.subject,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add_all(AccountRoleRow(account_id=row.id, role=r) for r in entry.roles)
    _note(
        session,
        row,
        "created",
        patient="patient" in entry.roles,
        detail=" ".join(entry.roles),
        by=by,
    )


def set_password(
    session: Session, username: str, password_hash: str, *, by: tuple[str, str]
) -> None:
    """Give an account a new password and end its sessions; the caller commits.

    Raises NoAccount.
    """
    found, row = _locked(session, username)
    row.password = password_hash
    _end_all(session, row)
    note(session, found, "password", by=by)


def switch(
    session: Session,
    username: str,
    *,
    active: bool,
    by: tuple[str, str] = BY_COMMAND,
) -> bool:
    """Switch an account off or on; tells whether it was otherwise. Raises NoAccount.

    Whoever is signed in with it is out at once, in every browser and program.
    """
    found, row = _locked(session, username)
    if row.active == active:
        return False
    row.active = active
    _end_all(session, row)
    note(session, found, "enabled" if active else "disabled", by=by)
    session.commit()
    return True


def end_everywhere(session: Session, username: str) -> Account:
    """End all sessions and tokens of an account; the caller commits. Raises NoAccount."""
    found, row = _locked(session, username)
    _end_all(session, row)
    return found


def change_roles(
    session: Session, username: str, roles: Sequence[str], *, by: tuple[str, str]
) -> None:
    """Give an account other roles of what it stands for; who is signed in signs in again.

    Raises NoAccount, UnknownRole and Unfit.
    """
    found = end_everywhere(session, username)
    for role in roles:
        check_fit(role, found.subject)
    held = AccountRoleRow
    session.exec(delete(held).where(col(held.account_id) == found.id))
    session.add_all(
        held(account_id=found.id, role=role) for role in dict.fromkeys(roles)
    )
    note(session, found, "roles", by=by, detail=" ".join(roles))
    session.commit()


def account_of(session: Session, username: str) -> Account:
    """Give an account by its name. Raises NoAccount."""
    found = find(session, username)
    if found is None:
        raise NoAccount(f"{username}: no such account")
    return found


def find(session: Session, username: str) -> Account | None:
    """Find an account by its name, or None."""
    return _find(session, "username", username)


def check_fit(role: str, subject: str) -> None:
    """Raise UnknownRole, or Unfit where no account of the role stands for the subject."""
    if role not in ROLES:
        raise UnknownRole(f"{role}: expected one of {', '.join(ROLES)}")
    if not re.fullmatch(SUBJECTS[role], subject):
        raise Unfit(f"{subject!r}: not what a {role} account stands for")


def logins(session: Session, role: str, subject: str) -> list[Login]:
    """List the accounts of one role that stand for one subject, by name."""
    query = (
        chosen(AccountRow)
        .join(AccountRoleRow, col(AccountRoleRow.account_id) == AccountRow.id)
        .where(col(AccountRoleRow.role) == role, col(AccountRow.subject) == subject)
    )
    return [
        Login(row.username, row.active)
        for row in session.exec(query.order_by(col(AccountRow.username)))
    ]


def subjects_of(session: Session, usernames: Collection[str]) -> dict[str, str]:
    """Tell what each of these accounts stands for: a person, an outlet, a firm."""
    query = chosen(AccountRow.username, AccountRow.subject)
    found = session.exec(query.where(col(AccountRow.username).in_(usernames)))
    return dict(found.all())


def hashed(password: str) -> str:
    """Hash a password (argon2id) for the account table."""
    return str(hash_password(unicodedata.normalize("NFKD", password)))


def _note_changes(session: Session, row: AccountRow, model: Account) -> None:
    """Write down what the library changes: a new password, an account switched off or on.

    A password that is only hashed anew, at a sign-in, leaves the sessions as they are.
    """
    if row.active != model.active:
        note(session, model, "enabled" if model.active else "disabled")
    renewed = row.fs_uniquifier != model.fs_uniquifier
    if renewed and row.password != model.password:
        note(session, model, "password")


def note(
    session: Session,
    account: Account,
    kind: str,
    *,
    by: tuple[str, str] = BY_COMMAND,
    detail: str = "",
) -> None:
    """Write down what was done with an account, by whom; the caller commits."""
    _note(session, account, kind, patient=_is_patient(account), detail=detail, by=by)


def _end_all(session: Session, row: AccountRow) -> None:
    assert row.id is not None
    row.fs_uniquifier = uuid4().hex
    sessions.end_all(session, row.id)


def _is_patient(account: Account) -> bool:
    return any(role.name == "patient" for role in account.roles)


def _note(
    session: Session,
    row: AccountRow | Account,
    kind: str,
    *,
    patient: bool,
    detail: str = "",
    by: tuple[str, str] = BY_COMMAND,
) -> None:
    session.add(
        AccountEventRow(
            username=row.username,
            at=current_app.extensions["clock"].now(),
            kind=kind,
            by=by[0],
            role=by[1],
            detail=detail,
            person_no=row.subject if patient else None,
            place=None if patient else row.subject,
        )
    )


def _locked(session: Session, username: str) -> tuple[Account, AccountRow]:
    found = find(session, username)
    row = session.get(AccountRow, found.id, with_for_update=True) if found else None
    if found is None or row is None:
        raise NoAccount(f"{username}: no such account")
    return found, row


def _find(session: Session, column: str, value: object) -> Account | None:
    if not is_storable(value):
        return None
    # Asked at every request, so without objects in between.
    found = session.connection().execute(_asked(column), {"value": value}).all()
    if not found:
        return None
    first = found[0]._mapping
    return Account(
        **{name: first[name] for name in _KEPT},
        roles=[Role(row.role) for row in found if row.role is not None],
    )


_KEPT = ("id", "username", "name", "password", "active", "fs_uniquifier", "subject")


@cache
def _asked(column: str) -> Select[Any]:
    """Ask for an account with its roles, by one of its columns."""
    kept, held = AccountRow.__table__, AccountRoleRow.__table__  # type: ignore[attr-defined]
    return (
        select(*(kept.c[name] for name in _KEPT), held.c.role)
        .join_from(kept, held, held.c.account_id == kept.c.id, isouter=True)
        .where(kept.c[column] == bindparam("value"))
        .order_by(held.c.role)
    )


def is_storable(value: object) -> bool:
    """Tell whether a database can be asked for a value at all."""
    # PostgreSQL keeps no NUL, and no driver takes a lone surrogate.
    if not isinstance(value, str):
        return True
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)

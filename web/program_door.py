"""The door for institutions' programs: a key in a header opens the interface, and no page.

`Authorization: Bearer yaoda_...` or `X-API-Key: yaoda_...`. Whoever brings a key acts by it
alone, whatever else comes along. A key that opens nothing is never told why.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask, abort, current_app, request
from flask_security.utils import set_request_attr
from sqlalchemy import Select, Uuid, bindparam, exists, select, text
from sqlmodel import Session

from pharmacies import designation_service, register_service
from web import clock, db, events, program_keys
from web.accounts import Account, Role
from web.tables import ProgramKeyEndRow, ProgramKeyRow, ProgramKeyUseRow

HEADER = "X-API-Key"
NOTED_S = 3600  # a use is written down no more often than that
_BEARER = "bearer "
_DOORS = ("/api/", "/openapi.json")
_USED = text(
    "INSERT INTO program_key_use (program_key_id, used_s) VALUES (:key_id, :now_s)"
    " ON CONFLICT (program_key_id) DO UPDATE SET used_s = :now_s"
).bindparams(bindparam("key_id", type_=Uuid))


@dataclass(slots=True, eq=False)
class Program(Account):
    """A program that acts for its institution by a key, as an account would."""

    actions: frozenset[str] = frozenset()


def init_app(app: Flask) -> None:
    """Let the keys of programs in."""
    app.before_request(_enter)


def covers(account: Account, action: str) -> bool:
    """Tell whether an account may try an action: a program only what its key names."""
    return not isinstance(account, Program) or action in account.actions


def may_be_opened(role: str) -> tuple[str, ...]:
    """Name the actions of a role that a key can open: those of the interface."""
    found = set()
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        if str(rule).startswith("/api/") and role in getattr(view, "login_roles", ()):
            found.add(getattr(view, "action", ""))
    return tuple(sorted(found - program_keys.NEVER))


def _enter() -> None:
    secret = _brought()
    if secret is None or not request.path.startswith(_DOORS):
        return
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        found = _opened(session, secret)
    if found is None:
        events.tell("key_refused")
        abort(401)
    account, key_id, used_s = found
    now_s = int(clock.now().timestamp())
    if used_s is None or now_s - used_s >= NOTED_S:
        _note_use(key_id, now_s)
        events.tell("key_used", account)
    # As the library does where it has found whose a token is.
    current_app.login_manager._update_request_context_with_user(account)  # type: ignore[attr-defined]
    set_request_attr("fs_authn_via", "token")


def _brought() -> str | None:
    """Give the key that a request brings, None where it brings none."""
    said = request.headers.get("Authorization", "")
    if said[: len(_BEARER)].lower() == _BEARER:
        return said[len(_BEARER) :].strip()
    return request.headers.get(HEADER)


def _opened(session: Session, secret: str) -> tuple[Program, Any, int | None] | None:
    """Give the program of a key that opens now, with its last use; None for every other."""
    values = {"digest": program_keys.digest(secret), "now": clock.now()}
    row = session.connection().execute(_asked(), values).first()
    if row is None or not _stands(session, row.acts_as, row.place):
        return None
    program = Program(
        id=0,
        username=program_keys.USER + row.prefix,
        name=row.name,
        password="",
        active=True,
        fs_uniquifier=program_keys.USER + row.prefix,
        subject=row.place,
        roles=[Role(row.acts_as)],
        actions=frozenset(row.actions.split()),
    )
    return program, row.id, row.used_s


def _stands(session: Session, role: str, place: str) -> bool:
    """Tell whether an institution may work today: neither suspended nor without a licence."""
    day = clock.today()
    if role == "dispatch":
        return register_service.is_licensed(session, place, day)
    return not designation_service.has_lapsed(session, place, day)


def _note_use(key_id: Any, now_s: int) -> None:
    with db.open_session(current_app.extensions["engine"]) as work:
        work.connection().execute(_USED, {"key_id": key_id, "now_s": now_s})
        work.commit()


@cache
def _asked() -> Select[Any]:
    """Ask for a key that has not ended, by its digest; at every request of a program."""
    key = ProgramKeyRow.__table__  # type: ignore[attr-defined]
    end = ProgramKeyEndRow.__table__  # type: ignore[attr-defined]
    use = ProgramKeyUseRow.__table__  # type: ignore[attr-defined]
    now: Any = bindparam("now", type_=key.c.at.type)
    over = exists().where(end.c.program_key_id == key.c.id, end.c.ends_at <= now)
    return (
        select(key, use.c.used_s)
        .join_from(key, use, use.c.program_key_id == key.c.id, isouter=True)
        .where(key.c.key_sha256 == bindparam("digest"), key.c.expires_at > now, ~over)
    )

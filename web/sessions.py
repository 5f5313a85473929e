"""Sessions of the pages: each has a row, a number that the browser alone keeps, and an end.

A session ends at its sign-out, after its hours, after it lay unused, and with its row: the
cookie says which one it is and nothing of how long it lives. What a page asks by itself is
no use of it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from secrets import token_hex
from typing import Any

from flask import Flask, current_app, request, session
from flask_login import (  # type: ignore[import-untyped]
    user_logged_in,
    user_logged_out,
)
from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlmodel import Session, col, delete
from sqlmodel import select as chosen

from dispensing.days import CHINA
from web import db
from web.settings import Settings
from web.tables import SignInSessionRow

NUMBER = "session_no"
NOTED_S = 60  # a use is written down no more often than that
BACKGROUND = "Yaoda-Background"  # the header of what a page asks by itself
# Streams, which can send no header, and what a phone sends when its line is back.
UNATTENDED = frozenset({"live.listen", "live.ask", "courier.send_acts"})
KINDS = (("iPad|Tablet", "平板"), ("Mobi|Android|iPhone", "手机"), ("", "电脑"))
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrom|CriOS", "Chrome"),
    ("Safari", "Safari"),
    ("", "其他浏览器"),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A session as its owner sees it: on what kind of device, since when, last used when."""

    id: int
    device: tuple[str, ...]
    begun_at: datetime
    seen_at: datetime
    own: bool  # the one that asks


def init_app(app: Flask) -> None:
    """Number the sessions of an app, and end each in its time."""
    app.before_request(_look)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_leave, app)


def sessions_of(work: Session, account_id: int, *, now: datetime) -> list[Signed]:
    """List the open sessions of an account, the last used first."""
    query = chosen(SignInSessionRow).where(
        col(SignInSessionRow.account_id) == account_id, _open_at(int(now.timestamp()))
    )
    own = _digest(session.get(NUMBER, ""))
    return [
        Signed(
            id=row.id or 0,
            device=tuple(row.device.split(" ")),
            begun_at=datetime.fromtimestamp(row.begun_s, CHINA),
            seen_at=datetime.fromtimestamp(row.seen_s, CHINA),
            own=row.number_sha256 == own,
        )
        for row in work.exec(query.order_by(col(SignInSessionRow.seen_s).desc()))
    ]


def end_one(work: Session, account_id: int, number: int) -> None:
    """End one session of an account; another account's is left alone."""
    work.exec(
        delete(SignInSessionRow).where(
            col(SignInSessionRow.account_id) == account_id,
            col(SignInSessionRow.id) == number,
        )
    )
    work.commit()


def end_all(work: Session, account_id: int) -> None:
    """End every session of an account; the caller commits."""
    work.exec(
        delete(SignInSessionRow).where(col(SignInSessionRow.account_id) == account_id)
    )


def seconds_of(settings: Settings, roles: frozenset[str]) -> tuple[int, int]:
    """Tell how long a session of these roles lasts at most, and how long it may lie unused.

    An account with several roles has the shortest of theirs (NIST SP 800-63B-4, AAL2 and 3).
    """
    day_s = settings.session_patient_hours * 3600
    if roles <= {"patient"}:
        return day_s, day_s
    longest_s = settings.session_staff_hours * 3600
    if roles == {"courier"}:
        return longest_s, settings.idle_courier_minutes * 60
    return longest_s, settings.idle_staff_minutes * 60


def device_of(agent: str) -> tuple[str, str]:
    """Name the kind of device and the browser that a request says it comes from.

    >>> device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0")
    ('手机', '微信')
    """
    return _first(KINDS, agent), _first(BROWSERS, agent)


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next(word for pattern, word in table if re.search(pattern, agent))


def _look() -> None:
    """Forget a session that is over, and note the use of one that is not."""
    if "_user_id" not in session:
        return
    now_s = _now_s()
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as reading:
        found = reading.connection().execute(
            _asked(), {"number": _digest(session.get(NUMBER, "")), "now_s": now_s}
        )
        seen_s: int | None = found.scalar()
    if seen_s is None:
        session.clear()
    elif now_s - seen_s >= NOTED_S and _is_used():
        _note_use(now_s)


def _is_used() -> bool:
    return request.endpoint not in UNATTENDED and BACKGROUND not in request.headers


def _note_use(now_s: int) -> None:
    with db.open_session(current_app.extensions["engine"]) as work:
        # The earlier of two that come at once must not turn it back.
        held, used = SignInSessionRow, col(SignInSessionRow.seen_s)
        number = _digest(session[NUMBER])
        work.exec(
            update(held)
            .where(col(held.number_sha256) == number, used < now_s)
            .values(seen_s=now_s)
        )
        work.commit()


def _begin(_app: Flask, user: Any = None, **_more: Any) -> None:
    """Give a session a new number at each sign-in, so that none is known beforehand."""
    now_s, before = _now_s(), session.get(NUMBER)
    longest_s, idle_s = seconds_of(
        current_app.extensions["settings"],
        frozenset(role.name for role in user.roles),
    )
    session[NUMBER] = token_hex(16)
    kept = SignInSessionRow(
        number_sha256=_digest(session[NUMBER]),
        account_id=user.id,
        begun_s=now_s,
        seen_s=now_s,
        ends_s=now_s + longest_s,
        idle_s=idle_s,
        device=" ".join(device_of(request.headers.get("User-Agent", ""))),
    )
    with db.open_session(current_app.extensions["engine"]) as work:
        _forget(work, before, now_s)
        work.add(kept)
        work.flush()
        _end_oldest(work, user.id)
        work.commit()


def _leave(_app: Flask, **_more: Any) -> None:
    number = session.pop(NUMBER, None)
    if number is not None:
        with db.open_session(current_app.extensions["engine"]) as work:
            _forget(work, number, _now_s())
            work.commit()


def _end_oldest(work: Session, account_id: int) -> None:
    """End what an account has open beyond its number of sessions, the longest unused first."""
    held = SignInSessionRow
    own = chosen(held.id).where(col(held.account_id) == account_id)
    newest = own.order_by(col(held.seen_s).desc(), col(held.id).desc())
    beyond = newest.offset(current_app.extensions["settings"].sessions_max)
    work.exec(delete(held).where(col(held.id).in_(list(work.exec(beyond)))))


def _forget(work: Session, number: str | None, now_s: int) -> None:
    """Forget one session, and those that were over long ago."""
    held = SignInSessionRow
    over = col(held.ends_s) < now_s
    if number is not None:
        over |= col(held.number_sha256) == _digest(number)
    work.exec(delete(held).where(over))


@cache
def _asked() -> Select[Any]:
    """Ask when an open session was last used; by its number, at every request."""
    held = SignInSessionRow.__table__  # type: ignore[attr-defined]
    now_s: Any = bindparam("now_s")
    return select(held.c.seen_s).where(
        held.c.number_sha256 == bindparam("number"),
        held.c.ends_s > now_s,
        held.c.seen_s + held.c.idle_s > now_s,
    )


def _open_at(now_s: int) -> ColumnElement[bool]:
    held = SignInSessionRow
    return (col(held.ends_s) > now_s) & (col(held.seen_s) + col(held.idle_s) > now_s)


def _digest(number: str) -> str:
    return sha256(number.encode()).hexdigest()


def _now_s() -> int:
    return int(current_app.extensions["clock"].now().timestamp())

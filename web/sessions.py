"""Sessions of the pages: each has a number and an end, and one signed out stays ended.

The session itself lies in a signed cookie, so that a copy of it would outlive the
sign-out: the numbers of those that were ended are kept until their hours are over.
"""

from datetime import timedelta
from secrets import token_hex
from time import time
from typing import Any

from flask import Flask, current_app, session
from flask_login import (  # type: ignore[import-untyped]
    user_logged_in,
    user_logged_out,
)
from sqlmodel import col, delete

from web import db
from web.tables import EndedSessionRow

NUMBER = "session_no"
BEGUN_S = "session_begun_s"


def init_app(app: Flask, longest: timedelta) -> None:
    """Number the sessions of an app, and end each after its hours or at its sign-out."""
    longest_s = int(longest.total_seconds())

    def look() -> None:
        if "_user_id" in session and not _lives(longest_s):
            session.clear()

    def end(_app: Flask, **_more: Any) -> None:
        _end(longest_s)

    app.before_request(look)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(end, app, weak=False)


def _begin(_app: Flask, **_more: Any) -> None:
    session[NUMBER] = token_hex(16)
    session[BEGUN_S] = int(time())


def _end(longest_s: int) -> None:
    number = session.pop(NUMBER, None)
    if number is None:
        return
    now_s = int(time())
    with db.open_session(current_app.extensions["engine"]) as work:
        past = col(EndedSessionRow.ended_s) < now_s - longest_s
        work.exec(delete(EndedSessionRow).where(past))
        if work.get(EndedSessionRow, number) is None:
            work.add(EndedSessionRow(number=number, ended_s=now_s))
        work.commit()


def _lives(longest_s: int) -> bool:
    number = session.get(NUMBER)
    if number is None or time() - session.get(BEGUN_S, 0) > longest_s:
        return False
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as reading:
        return reading.get(EndedSessionRow, number) is None

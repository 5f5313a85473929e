"""Who signs out leaves no open insurance code behind."""

from typing import Any

from flask import Flask, current_app
from flask_login import user_logged_out  # type: ignore[import-untyped]

from dispensing import service
from web import clock, db


def init_app(app: Flask) -> None:
    """Make a patient's open codes void at the sign-out."""
    user_logged_out.connect(_void, app)


def _void(_app: Flask, user: Any = None, **_more: Any) -> None:
    if user is None or not any(role.name == "patient" for role in user.roles):
        return
    with db.open_session(current_app.extensions["engine"]) as session:
        service.void_codes(session, user.subject, now=clock.now())

"""How pages look to their reader: large letters for elders (适老化), light or dark."""

from datetime import date

from flask import Blueprint, Flask, current_app, request, session
from flask.typing import ResponseReturnValue

from dispensing import service
from web import clock, db
from web.auth import Caller, caller_or_none
from web.headers import cookie
from web.words import remembered

VIEW = "yaoda_view"
THEME = "yaoda_theme"
THEMES = ("auto", "light", "dark")
ELDER_YEARS = 60
_KEPT = "elder"  # in the session: whose age was looked up, and what it said

bp = Blueprint("looks", __name__, url_prefix="/looks")


def init_app(app: Flask) -> None:
    """Let templates ask how to look, and readers choose it."""
    app.jinja_env.globals.update(is_elder=is_elder, theme=theme)
    app.register_blueprint(bp)


def is_elder() -> bool:
    """Tell whether this page is drawn large: as chosen, else for patients from 60 on."""
    chosen = request.cookies.get(cookie(VIEW))
    if chosen in {"elder", "usual"}:
        return chosen == "elder"
    who = caller_or_none()
    if who is None:
        return True  # whoever signs in may be anybody
    return "patient" in who.roles and _is_old(who)


def theme() -> str:
    """Tell the theme that was chosen, or that the machine's is taken."""
    chosen = request.cookies.get(cookie(THEME), "auto")
    return chosen if chosen in THEMES else "auto"


def years_between(born_on: date, today: date) -> int:
    """Count the full years of somebody's age.

    >>> years_between(date(1965, 9, 16), date(2025, 9, 15))
    59
    """
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday)


@bp.post("/view/<any(elder, usual):choice>")
def choose_view(choice: str) -> ResponseReturnValue:
    """Remember for a year whether pages are drawn large."""
    return remembered(VIEW, choice)


@bp.post("/theme/<any(auto, light, dark):choice>")
def choose_theme(choice: str) -> ResponseReturnValue:
    """Remember for a year whether pages are light or dark, or as the machine is."""
    return remembered(THEME, choice)


def _is_old(who: Caller) -> bool:
    # Asked once for each sign-in: the session keeps the answer, not the birthday.
    kept = session.get(_KEPT)
    if not isinstance(kept, list) or kept[0] != who.subject:
        engine = current_app.extensions["engine"]
        # Of its own: the page may tell of an error of this request's unit of work.
        with db.open_session(engine, read_only=True) as reading:
            born_on = service.born_on(reading, who.subject)
        years = years_between(born_on, clock.today()) if born_on else 0
        kept = session[_KEPT] = [who.subject, years >= ELDER_YEARS]
    return bool(kept[1])

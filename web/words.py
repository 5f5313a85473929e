"""The words of the pages: Chinese in the templates, English in one list beside them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    has_request_context,
    redirect,
    request,
)
from flask.typing import ResponseReturnValue

from web.headers import cookie
from web.paths import is_own
from web.tagging import tagged

COOKIE = "yaoda_language"
LIST = Path(__file__).with_name("words_en.toml")
_KEPT = "yaoda.language"
YEAR_S = 365 * 24 * 3600

bp = Blueprint("words", __name__)


@cache
def english() -> Mapping[str, str]:
    """Read the English list once."""
    found: Mapping[str, str] = tomllib.loads(LIST.read_text("utf-8"))["words"]
    return found


def language() -> str:
    """Tell the language of this request: the one chosen, the browser's, or Chinese."""
    if not has_request_context():
        return "zh"
    # Asked for every word of a page: it is found out once for each request.
    kept: str | None = request.environ.get(_KEPT)
    if kept is None:
        kept = request.environ[_KEPT] = _of_request()
    return kept


def say(text: str, **values: object) -> str:
    """Say a Chinese sentence in the language of this request."""
    words = text if language() == "zh" else english().get(text, text)
    return words.format(**values) if values else words


def init_app(app: Flask) -> None:
    """Let templates say things, and readers choose their language."""
    app.jinja_env.globals.update(say=say, language=language)
    app.after_request(_tag)
    app.register_blueprint(bp)


def _tag(response: Response) -> Response:
    # A reader's voice needs to be told where an English page turns to Chinese.
    if language() == "en" and response.mimetype == "text/html":
        response.set_data(tagged(response.get_data(as_text=True)))
    return response


@bp.post("/language/<any(zh, en):choice>")
def choose(choice: str) -> ResponseReturnValue:
    """Remember the reader's language for a year."""
    return remembered(COOKIE, choice)


def remembered(name: str, choice: str) -> ResponseReturnValue:
    """Keep a reader's choice for a year, and lead back to where it was made."""
    here = request.form.get("here", "/")
    response = redirect(here if is_own(here) else "/")
    response.set_cookie(
        cookie(name),
        choice,
        max_age=YEAR_S,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _of_request() -> str:
    chosen = request.cookies.get(cookie(COOKIE))
    if chosen in {"zh", "en"}:
        return chosen
    return request.accept_languages.best_match(["zh", "en"], default="zh")


def pick(chinese: str, english: str) -> str:
    """Take the one of two sentences that is in the reader's language."""
    return english if language() == "en" and english else chinese

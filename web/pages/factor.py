"""The second step of a sign-in: six digits, or setting them up the first time.

Nobody is signed in before the digits were right: the cookie says alone whose password was.
"""

from time import time
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as kept
from flask.typing import ResponseReturnValue
from flask_security import login_user
from flask_security.tf_plugin import TfPluginBase
from werkzeug.wrappers import Response

from dispensing.qr import draw_svg
from web import clock, db, events, parts, second_factor
from web.accounts import Account
from web.auth import WAIT, factor_brake
from web.brake import turned_away
from web.pages import forms
from web.paths import is_own
from web.words import say

bp = Blueprint("factor_pages", __name__)
PENDING, SINCE_S = "tf_user_id", "tf_since_s"  # the first is the library's name
PENDING_S_MAX = 600
WRONG = "验证码不对，或者已经用过；请等下一组数字再输。"


class Digits(TfPluginBase):
    """What the library asks after a right password."""

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Name none: which there are is told by our own page."""
        return []

    def tf_login(
        self, user: Any, json_payload: dict[str, Any], next_loc: str | None
    ) -> Response:
        """Lead on to the page of the second step."""
        return _lead_on(request.form.get("next", ""))


def init_app(app: Flask) -> None:
    """Let the library lead to this second step where an account needs one."""
    app.extensions["asks_factor"] = second_factor.is_asked
    security = app.extensions["security"]
    security.support_mfa = True
    security.two_factor_plugins.register_tf_impl(app, "code", Digits)


def handed_on(account: Account, wanted: str) -> Response:
    """Lead whom somebody else has vouched for to the second step."""
    kept[PENDING] = account.fs_uniquifier
    return _lead_on(wanted)


@bp.get("/second-factor")
def ask() -> ResponseReturnValue:
    """Ask for six digits, or show how to set them up."""
    account = _pending()
    if account is None:
        return redirect(url_for("security.login"))
    return _page(account)


@bp.post("/second-factor")
def check() -> ResponseReturnValue:
    """Sign in where the digits or a recovery code are right."""
    current_app.extensions["csrf"].protect()
    account = _pending()
    if account is None:
        return redirect(url_for("security.login"))
    brake = factor_brake()
    if not brake.admits(account.username):
        turned_away((brake, account.username))
        return _page(account, say(WAIT))
    session, vault, code = db.session(), parts.desk().vault, forms.text("code", 40)
    if second_factor.is_set_up(session, account.id):
        passed = second_factor.passes(session, vault, account, code, at_s=time())
        codes = None
    else:
        codes = second_factor.confirm(session, vault, account, code, at_s=time())
        passed = codes is not None
    db.close_sessions()  # before others write
    if not passed:
        events.tell("second_factor_failed", account)
        return _page(account, say(WRONG)), 422
    brake.passed(account.username)
    return _entered(account, codes)


def _lead_on(wanted: str) -> Response:
    kept[SINCE_S] = int(clock.now().timestamp())
    return redirect(url_for("factor_pages.ask", next=wanted or None))


def _entered(account: Account, codes: tuple[str, ...] | None) -> ResponseReturnValue:
    kept.pop(PENDING, None)
    kept.pop(SINCE_S, None)
    login_user(account, authn_via=["password", "code"])
    if codes is not None:
        return render_template("account/codes.html", codes=codes, first=True)
    return redirect(_next())


def _pending() -> Account | None:
    """Give the account whose password was right lately, in this browser."""
    since_s = kept.get(SINCE_S, 0)
    if PENDING not in kept or clock.now().timestamp() - since_s > PENDING_S_MAX:
        return None
    accounts = current_app.extensions["accounts"]
    found: Account | None = accounts.find_user(fs_uniquifier=kept[PENDING])
    return found if found is not None and found.active else None


def _page(account: Account, wrong: str = "") -> str:
    session = db.writing_session()
    if second_factor.is_set_up(session, account.id):
        return render_template("account/factor.html", wrong=wrong, next=_next())
    secret, address = second_factor.offered(session, parts.desk().vault, account)
    return render_template(
        "account/enrol.html",
        wrong=wrong,
        next=_next(),
        svg=draw_svg(address),
        secret=second_factor.in_fours(secret),
    )


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_own(wanted) else "/"

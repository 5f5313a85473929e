"""Stepping up: what changes how an account is entered asks for the password again, after a while.

A session that was left open must not take the account over (ASVS 7.5.1, 7.5.2).
"""

from time import time

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as kept
from flask.typing import ResponseReturnValue
from flask_security import current_user, verify_password

from web import db, guessing, parts, second_factor
from web.auth import WAIT, may
from web.brake import turned_away
from web.paths import is_own
from web.words import say

bp = Blueprint("fresh_pages", __name__, url_prefix="/account")
FRESH_S = 600
_SINCE = "fs_paa"  # the library's: when the password or the like was right last


def wanted(onward: str | None = None) -> ResponseReturnValue | None:
    """Give the page that asks again where the last time is long ago; None where it is not.

    From there it goes onward, or to the account.
    """
    if time() - kept.get(_SINCE, 0.0) <= FRESH_S:
        return None
    return redirect(url_for("fresh_pages.ask", next=onward))


@bp.get("/again")
@may("account.keep", page=True)
def ask() -> ResponseReturnValue:
    """Ask for the password, or for a code of the second factor."""
    return _page()


@bp.post("/again")
@may("account.keep", page=True)
def check() -> ResponseReturnValue:
    """Go back to the account where what was given is right."""
    name, given = current_user.username, request.form.get("secret", "")[:128]
    brake = guessing.again()
    if not brake.admits(name):
        turned_away((brake, name))
        return _page(say(WAIT))
    if not (_is_password(given) or _is_code(given)):
        return _page(say("密码或验证码不对，请再试一次。")), 422
    brake.passed(name)
    kept[_SINCE] = time()
    onward = request.args.get("next", "")
    return redirect(onward if is_own(onward) else url_for("me_pages.home"))


def _is_password(given: str) -> bool:
    return bool(given) and bool(verify_password(given, current_user.password))


def _is_code(given: str) -> bool:
    vault, account = parts.desk().vault, current_user
    passed = second_factor.passes(db.session(), vault, account, given, at_s=time())
    db.close_sessions()  # before others write
    return passed


def _page(wrong: str = "") -> str:
    return render_template("account/again.html", wrong=wrong)

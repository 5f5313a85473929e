"""What everybody does with their own account: open sessions, a second step, recovery codes."""

from time import time

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user, logout_user

from dispensing.qr import draw_svg
from web import accounts, clock, db, parts, second_factor, sessions
from web.auth import may
from web.oidc import links
from web.pages import fresh
from web.words import say

bp = Blueprint("me_pages", __name__, url_prefix="/account")


@bp.get("")
@may("account.keep", page=True)
def home() -> ResponseReturnValue:
    """Show where the account is signed in, and what its second factor has left."""
    session, now = db.session(), clock.now()
    return render_template(
        "account/home.html",
        sessions=sessions.sessions_of(session, current_user.id, now=now),
        sessions_max=parts.settings().sessions_max,
        has_factor=second_factor.is_set_up(session, current_user.id),
        linked={each.issuer for each in links.identities(session, current_user.id)},
        offered=[
            each
            for each in current_app.extensions["oidc"].providers.values()
            if each.speaks_for(
                {role.name for role in current_user.roles}, current_user.subject
            )
        ],
        may_add_factor={role.name for role in current_user.roles} == {"patient"},
        codes_left=second_factor.codes_left(session, current_user.id),
    )


@bp.post("/sessions/end")
@may("account.keep", page=True)
def end() -> ResponseReturnValue:
    """End one session of the account."""
    stale = fresh.wanted()
    if stale is not None:
        return stale
    number = request.form.get("session", type=int)
    sessions.end_one(db.session(), current_user.id, number or 0)
    return redirect(url_for(".home"))


@bp.post("/sessions/end-all")
@may("account.keep", page=True)
def end_all() -> ResponseReturnValue:
    """End every session and every token of the account, this one as well."""
    stale = fresh.wanted()
    if stale is not None:
        return stale
    session, who = db.session(), current_user
    account = accounts.end_everywhere(session, who.username)
    role = account.roles[0].name
    accounts.note(session, account, "signed_out", by=(who.username, role))
    session.commit()
    logout_user()
    return redirect(url_for("security.login"))


@bp.post("/codes")
@may("account.keep", page=True)
def renew_codes() -> ResponseReturnValue:
    """Show ten recovery codes, once; those of before open nothing any more."""
    stale = fresh.wanted()
    if stale is not None:
        return stale
    session = db.session()
    if not second_factor.is_set_up(session, current_user.id):
        return redirect(url_for(".home"))
    codes = second_factor.renew_codes(session, current_user)
    return render_template("account/codes.html", codes=codes, first=False)


@bp.get("/factor")
@may("account.keep", page=True)
def offer() -> ResponseReturnValue:
    """Show a patient how to set a second step up; nobody has to."""
    return _stale_or_none() or _offer()


@bp.post("/factor")
@may("account.keep", page=True)
def set_up() -> ResponseReturnValue:
    """Set the second step up by its first digits, and show the recovery codes."""
    stale = _stale_or_none()
    if stale is not None:
        return stale
    code, vault = request.form.get("code", "")[:40], parts.desk().vault
    codes = second_factor.confirm(db.session(), vault, current_user, code, at_s=time())
    if codes is None:
        return _offer(say("数字不对；请等下一组数字再输。")), 422
    return render_template("account/codes.html", codes=codes, first=False)


@bp.post("/factor/off")
@may("account.keep", page=True)
def turn_off() -> ResponseReturnValue:
    """Ask a patient for no second step any more."""
    stale = _stale_or_none(is_set_up=True)
    if stale is not None:
        return stale
    session, who = db.session(), current_user
    second_factor.lift(session, who, by=(who.username, "patient"))
    session.commit()
    return redirect(url_for(".home"))


def _stale_or_none(*, is_set_up: bool = False) -> ResponseReturnValue | None:
    """Turn staff away, ask for the password again, or lead back where nothing is to be done."""
    if {role.name for role in current_user.roles} != {"patient"}:
        abort(403)
    if second_factor.is_set_up(db.session(), current_user.id) is not is_set_up:
        return redirect(url_for(".home"))
    return fresh.wanted()


def _offer(wrong: str = "") -> str:
    vault = parts.desk().vault
    secret, address = second_factor.offered(db.writing_session(), vault, current_user)
    return render_template(
        "account/patient_factor.html",
        wrong=wrong,
        svg=draw_svg(address),
        secret=second_factor.in_fours(secret),
    )

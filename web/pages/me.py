"""What everybody does with their own account: open sessions, recovery codes."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, logout_user

from web import accounts, clock, db, parts, second_factor, sessions
from web.auth import may
from web.oidc import links
from web.pages import fresh

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

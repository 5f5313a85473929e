"""The page of an invitation: whoever has the link chooses a name and a password, once."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import qr
from web import accounts, clock, db, invitations, parts, passwords
from web.pages import forms
from web.words import say

bp = Blueprint("invited_pages", __name__)


@bp.get("/invitations/<token>")
def show(token: str) -> ResponseReturnValue:
    """Tell who invites to what, and ask for a name and a password."""
    found = invitations.opened(db.session(), token, now=clock.now())
    return _form(found, found.invitee.username or found.invitee.subject.lower())


@bp.post("/invitations/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Open the account; what does not fit is said on the form."""
    found = invitations.opened(db.session(), token, now=clock.now())
    username = found.invitee.username or forms.text("username", 64)
    password = request.form.get("password", "")
    wrong = _wrong(found.invitee, username)
    if not wrong:
        try:
            username = invitations.accept(
                db.session(),
                token,
                username=username,
                password=password,
                now=clock.now(),
            )
        except accounts.NameTaken:
            wrong = say("这个账号名已经有人用了，请换一个。")
        except accounts.Unfit:
            wrong = say("账号名只能用字母、数字和 . @ _ -，最多 64 个。")
    if wrong:
        return _form(found, username, wrong), 422
    return render_template("invited.html", done=username, sent_to=found.invitee)


def link(sent: invitations.Sent) -> dict[str, object]:
    """Give what a page shows of a new invitation: its address, as a picture too, and its end."""
    path = url_for("invited_pages.show", token=sent.token)
    address = (parts.settings().address or request.host_url.rstrip("/")) + path
    return {
        "address": address,
        "svg": qr.draw_svg(address),
        "expires_at": sent.expires_at,
    }


def _wrong(invitee: invitations.Invitee, username: str) -> str:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return say("两次输入的密码不一样。")
    lost = parts.settings().breached_passwords
    return passwords.fault(password, {invitee.role}, username, invitee.name, lost=lost)


def _form(found: invitations.Invitation, username: str, wrong: str = "") -> str:
    return render_template(
        "invited.html",
        found=found,
        username=username,
        wrong=wrong,
        done="",
        length_min=passwords.length_min({found.invitee.role}),
    )

"""Accounts of the own institution: invite, roles, lock, sign out, links and factors anew."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from web import accounts, staff
from web.auth import caller, may
from web.matrix.inviting import invited_by
from web.pages import forms, invited

bp = Blueprint("staff_pages", __name__, url_prefix="/staff")


@bp.get("")
@may("staff.read", page=True)
def home() -> ResponseReturnValue:
    """List the accounts that the caller keeps."""
    return _page()


@bp.post("")
@may("staff.change", page=True)
def invite() -> ResponseReturnValue:
    """Show a link by which somebody opens an account, once."""
    name = _needed("name")
    try:
        sent = staff.invited(forms.text("role", 16), name, forms.text("subject", 32))
    except (accounts.Unfit, accounts.UnknownRole):
        raise forms.NotAsExpected(
            [FieldError("subject", "what it stands for")]
        ) from None
    return _page(link=invited.link(sent))


@bp.post("/password")
@may("staff.change", page=True)
def password() -> ResponseReturnValue:
    """Show a link by which the owner sets a new password, once."""
    return _page(link=invited.link(staff.reset(_needed("username"))))


@bp.post("/factor")
@may("staff.change", page=True)
def factor() -> ResponseReturnValue:
    """Take the second factor away; a new one is set up at the next sign-in."""
    staff.factor_reset(_needed("username"), _needed("reason"))
    return redirect(url_for(".home"))


@bp.post("/sessions")
@may("staff.change", page=True)
def sign_out() -> ResponseReturnValue:
    """Sign an account out everywhere."""
    staff.signed_out(_needed("username"))
    return redirect(url_for(".home"))


@bp.post("/lock")
@may("staff.change", page=True)
def lock() -> ResponseReturnValue:
    """Lock an account, or unlock it."""
    active = forms.text("active") == "true"
    staff.locked(_needed("username"), active=active)
    return redirect(url_for(".home"))


@bp.post("/roles")
@may("staff.change", page=True)
def roles() -> ResponseReturnValue:
    """Give an account other roles."""
    try:
        staff.changed(_needed("username"), request.form.getlist("role"))
    except (accounts.Unfit, accounts.UnknownRole):
        raise forms.NotAsExpected([FieldError("role", "a role of it")]) from None
    return redirect(url_for(".home"))


def _page(**more: object) -> str:
    return render_template(
        "approvals/staff.html",
        members=staff.members(),
        may_invite=invited_by(caller().roles),
        **more,
    )


def _needed(name: str) -> str:
    found = forms.text(name)
    if not found:
        raise forms.NotAsExpected([FieldError(name, "words")])
    return found

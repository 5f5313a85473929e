"""The patient closes the account (注销): what goes, what stays locked and why, then for sure."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_security import logout_user

from web import guessing
from web.api.closing import closed, matters
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("closing_pages", __name__, url_prefix="/patient/closing")


@bp.get("")
@may("account.close", page=True)
def home() -> ResponseReturnValue:
    """Tell what goes, what stays under lock and why, and what has to be settled first."""
    return render_template("patient/closing.html", open=matters(caller().subject))


@bp.get("/sure")
@may("account.close", page=True)
def ask() -> ResponseReturnValue:
    """Ask once more, with the password."""
    return render_template("patient/closing_sure.html", wrong="")


@bp.post("/sure")
@may("account.close", page=True)
def close() -> ResponseReturnValue:
    """Close the account, and sign its owner out."""
    wrong = guessing.wrong(forms.text("password", 128), caller().user)
    if wrong:
        return render_template("patient/closing_sure.html", wrong=wrong), 403
    found = closed("page")
    logout_user()
    return render_template("patient/closed.html", closed=found)

"""How notices lag behind, as a page: by subscriber, and what was laid aside to be sent again."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing.service.happened import EVENT_WORDS
from web import noticing
from web.auth import may
from web.pages import forms

bp = Blueprint("notices_pages", __name__, url_prefix="/notices")
MARKS = {"active": "good", "disabled": "bad", "gone": "warn", "ended": ""}


@bp.get("")
@may("notice.read", page=True)
def home() -> ResponseReturnValue:
    """Show what waits by subscriber, since when, and what was laid aside."""
    return render_template(
        "notices.html",
        lags=noticing.lags(),
        dead=noticing.dead(),
        marks=MARKS,
        happened=EVENT_WORDS,
    )


@bp.post("/again")
@may("notice.mend", page=True)
def send_again() -> ResponseReturnValue:
    """Send a notice again."""
    noticing.sent_again(forms.number("notice"))
    return redirect(url_for(".home"))


@bp.post("/drop")
@may("notice.mend", page=True)
def drop() -> ResponseReturnValue:
    """Give a notice up; what comes after it is sent."""
    noticing.dropped(forms.number("notice"))
    return redirect(url_for(".home"))


@bp.post("/enable")
@may("notice.mend", page=True)
def enable() -> ResponseReturnValue:
    """Switch a subscription on again."""
    noticing.enabled(forms.number("subscription"))
    return redirect(url_for(".home"))

"""The bureau's face: quota by unit, the day's numbers, figures that no text gives."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dispensing import service
from web import approvals, clock, db, parts, unmasking
from web.api.bureau import standings_on
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("bureau_pages", __name__, url_prefix="/bureau")


@bp.get("")
@may("quota.read", page=True)
def home() -> ResponseReturnValue:
    """Show quota, the day's numbers and the open parameters."""
    day = forms.day_asked(clock.today())
    rules = parts.rules(day)
    # A venue that follows another one names the same figure again.
    overlaid = {f.name: f for f in rules.figures.values() if f.layer == "overlay"}
    return render_template(
        "bureau/home.html",
        day=day,
        openers=unmasking.many_openers(),
        approvals=approvals.waiting_for(caller()),
        standings=standings_on(day),
        numbers=service.day_numbers(db.session(), day),
        open_figures=rules.open_figures,
        overlaid=overlaid.values(),
        labels=parts.labels(day),
        overlay_faults=parts.desk().overlay_faults,
    )

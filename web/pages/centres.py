"""The pages of centres: whom they manage and confirm, and for the bureau how far each is."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from dispensing.matching.lists import KINDS
from dispensing.service.matching.acting import NOTE_MAX, Answer
from web import centres, clock, matching
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("centre_pages", __name__)
NAMES = {
    "": "全部",
    "open": "待认定",
    "confirmed": "已认定",
    "refused": "不予认定",
}


@bp.get("/counter/managed")
@may("centre.read", page=True)
def own() -> str:
    """List the people whom the outlet manages and who are to be let in."""
    state = request.args.get("state", "open")
    state = state if state in NAMES else "open"
    return render_template(
        "counter/managed.html",
        found=centres.own_people(state, forms.page_asked()),
        asked=centres.asked(),
        state=state,
        names=NAMES,
        kinds=KINDS,
        today=clock.today(),
    )


@bp.post("/counter/managed")
@may("centre.confirm", page=True)
def say() -> ResponseReturnValue:
    """Confirm or refuse those who are ticked."""
    code, note = forms.text("code", 9), forms.text("note", NOTE_MAX)
    ticked = request.form.getlist("entry")
    if not ticked or not all(one.isdecimal() and len(one) < 16 for one in ticked):
        raise forms.NotAsExpected([FieldError("entry", "at least one person")])
    reason = note if code == "refused" else ""
    centres.said([Answer(int(one), code, reason) for one in ticked])
    return redirect(url_for(".own"))


@bp.get("/bureau/matching/runs/<uuid:run_id>/centres")
@may("matching.read", page=True)
def of_run(run_id: UUID) -> str:
    """Show which centres manage the people to let in, and what they have said."""
    return render_template(
        "bureau/matching/centres.html",
        run=matching.one_run(run_id),
        centres=centres.of_run(run_id),
        asked=centres.asked(),
        assigns="bureau" in caller().roles,
    )


@bp.post("/bureau/matching/runs/<uuid:run_id>/centres")
@may("centre.assign", page=True)
def assign(run_id: UUID) -> ResponseReturnValue:
    """Say which outlet the registry means."""
    centres.assigned(forms.text("institution"), forms.text("outlet_code", 12))
    return redirect(url_for(".of_run", run_id=run_id))

"""The day's reconciliation as a page: sums side by side, differences with what mends them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from dispensing.reconcile import KINDS, REASONS
from pharmacies import service as pharmacies
from web import clock, db
from web.api.reconciling import closed, kept, mended, ran, standing
from web.auth import caller, may
from web.pages import differences, forms
from web.schemas import Mending, OutletDayRequest

bp = Blueprint(
    "reconciling_pages",
    __name__,
    url_prefix="/<any(bureau, counter):face>/reconciliation",
)
RESULTS = {"equal": "good", "differs": "bad", "unanswered": "warn"}


@bp.get("")
@may("reconciliation.read", page=True)
def home(face: str) -> ResponseReturnValue:
    """Show how each outlet's day stands, and the differences of the one that is chosen."""
    day = forms.day_asked(clock.today())
    outlets = standing(day)
    asked = request.args.get("outlet", "")
    if len(outlets) == 1:
        asked = outlets[0].outlet_code
    chosen = next((one for one in outlets if one.outlet_code == asked), None)
    return render_template(
        "reconciliation.html",
        face=face,
        day=day,
        today=clock.today(),
        outlets=outlets,
        chosen=chosen,
        kinds=KINDS,
        reasons=REASONS,
        marks=RESULTS,
        said=differences,
        names={one.code: one.name for one in pharmacies.outlets(db.session())},
    )


@bp.post("/run")
@may("reconciliation.run", page=True)
def run(face: str) -> ResponseReturnValue:
    """Reconcile a day now."""
    form = _form()
    ran(form)
    return _back(face, form)


@bp.post("/close")
@may("reconciliation.close", page=True)
def close(face: str) -> ResponseReturnValue:
    """Close a clean day."""
    form = _form()
    closed(form)
    return _back(face, form)


@bp.post("/till-file")
@may("reconciliation.enter", page=True)
def till_file(face: str) -> ResponseReturnValue:
    """Take in the till's own file of a day, then reconcile with it."""
    form = _form()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise forms.NotAsExpected([FieldError("file", "a file")])
    kept(form, file.read())
    ran(form)
    return _back(face, form)


@bp.post("/mend")
@may("reconciliation.mend", page=True)
def mend(face: str) -> ResponseReturnValue:
    """Mend one difference as its button says."""
    view = mended(forms.number("difference"), forms.read(Mending))
    return _back(face, OutletDayRequest(day=view.day, outlet=view.outlet_code))


def _form() -> OutletDayRequest:
    # A field of the form is text; the model of the interface takes a day as text too.
    sent = {
        name: value for name in ("day", "outlet") if (value := request.form.get(name))
    }
    if "outlet" not in sent and "counter" in caller().roles:
        sent["outlet"] = caller().subject
    return forms.read(OutletDayRequest, **sent)


def _back(face: str, form: OutletDayRequest) -> ResponseReturnValue:
    outlet = form.outlet or caller().subject
    return redirect(
        url_for(".home", face=face, day=form.day.isoformat(), outlet=outlet)
    )

"""Open masked values with a reason: one of a patient at hand, or of many; and who opened many."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.service.unmasking import FIELDS, REASONS
from pharmacies import service as pharmacies
from web import db, unmasking
from web.auth import may
from web.pages import forms
from web.schemas_approvals import LockedOpened, ManyOpened, ValueOpened

NUMBER_MAX = 64
bp = Blueprint("openings_pages", __name__, url_prefix="/openings")


@bp.get("/prescriptions/<uuid:prescription_id>")
@may("value.open", face="counter", page=True)
def ask(prescription_id: UUID) -> ResponseReturnValue:
    """Ask a pharmacist which value of a patient, and why."""
    unmasking.whose(prescription_id)
    return _page(_counter(prescription_id))


@bp.post("/prescriptions/<uuid:prescription_id>")
@may("value.open", face="counter", page=True)
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show the value, once, on record."""
    form = forms.read(ValueOpened, prescription_id=prescription_id, person_no=None)
    return _page(_counter(prescription_id), opened=unmasking.opened(form))


@bp.get("/feedback/<uuid:feedback_id>")
@may("value.open", face="bureau", page=True)
def ask_officer(feedback_id: UUID) -> ResponseReturnValue:
    """Ask an officer which value of the patient who complained, and why."""
    unmasking.who_said(feedback_id)
    return _page(url_for("feedback_pages.desk"))


@bp.post("/feedback/<uuid:feedback_id>")
@may("value.open", face="bureau", page=True)
def show_officer(feedback_id: UUID) -> ResponseReturnValue:
    """Show an officer the value, once, on record."""
    person_no = unmasking.who_said(feedback_id)
    form = forms.read(ValueOpened, prescription_id=None, person_no=person_no)
    return _page(url_for("feedback_pages.desk"), opened=unmasking.opened(form))


@bp.get("/people")
@may("value.open_many", page=True)
def ask_many() -> ResponseReturnValue:
    """Ask an officer whose values, and why; another officer approves it."""
    return _many()


@bp.post("/people")
@may("value.open_many", page=True)
def show_many() -> ResponseReturnValue:
    """Show the values once where another officer approved them; else ask for it."""
    form = forms.read(
        ManyOpened,
        people=request.form.get("people", "").split(),
        fields=request.form.getlist("fields"),
    )
    return _many(opened=unmasking.many_opened(form))


@bp.get("/locked")
@may("locked.open", page=True)
def ask_locked() -> ResponseReturnValue:
    """Ask an officer which locked prescription, and why; list what was opened lately."""
    return _locked()


@bp.post("/locked")
@may("locked.open", page=True)
def show_locked() -> ResponseReturnValue:
    """Show an officer what is kept of a locked prescription, once, on record."""
    number = unmasking.numbered(forms.text("number", NUMBER_MAX))
    opened = unmasking.locked_opened(forms.read(LockedOpened, prescription_id=number))
    codes = [line.medicine_code for line in opened.lines]
    medicines = pharmacies.medicines(db.session(), codes)
    return _locked(opened=opened, names={it.code: it.name for it in medicines})


@bp.get("")
@may("opening.read", page=True)
def home() -> ResponseReturnValue:
    """Tell who has opened many values today."""
    return render_template("approvals/openers.html", openers=unmasking.many_openers())


def _locked(**more: object) -> str:
    return render_template(
        "approvals/locked.html",
        reasons=REASONS,
        lately=unmasking.locked_openings(),
        **more,
    )


def _counter(prescription_id: UUID) -> str:
    return url_for("counter_pages.show", prescription_id=prescription_id)


def _page(back: str, **more: object) -> str:
    return render_template(
        "approvals/value.html", back=back, fields=FIELDS, reasons=REASONS, **more
    )


def _many(**more: object) -> str:
    return render_template(
        "approvals/values.html", fields=FIELDS, reasons=REASONS, **more
    )

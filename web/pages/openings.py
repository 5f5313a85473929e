"""Open one masked value with a reason; and who has opened many."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dispensing.service.unmasking import FIELDS, REASONS
from web import unmasking
from web.auth import may
from web.pages import forms
from web.schemas_approvals import ValueOpened

bp = Blueprint("openings_pages", __name__, url_prefix="/openings")


@bp.get("/prescriptions/<uuid:prescription_id>")
@may("value.open", face="counter", page=True)
def ask(prescription_id: UUID) -> ResponseReturnValue:
    """Ask a pharmacist which value of a patient, and why."""
    unmasking.whose(prescription_id)
    return _page(prescription_id=prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>")
@may("value.open", face="counter", page=True)
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show the value, once, on record."""
    form = forms.read(ValueOpened, prescription_id=prescription_id, person_no=None)
    return _page(prescription_id=prescription_id, opened=unmasking.opened(form))


@bp.get("")
@may("opening.read", page=True)
def home() -> ResponseReturnValue:
    """Tell who has opened many values today."""
    return render_template("approvals/openers.html", openers=unmasking.many_openers())


def _page(**more: object) -> str:
    return render_template(
        "approvals/value.html", fields=FIELDS, reasons=REASONS, **more
    )

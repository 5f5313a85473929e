"""The slip by which a patient opens an account: asked with the ID card, printed at the counter."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web import slips, unmasking
from web.auth import may
from web.pages import forms, invited

bp = Blueprint("slip_pages", __name__, url_prefix="/counter")
ID_MAX = 18


@bp.get("/prescriptions/<uuid:prescription_id>/account")
@may("patient.invite", page=True)
def ask(prescription_id: UUID) -> ResponseReturnValue:
    """Ask for the number of the ID card that the patient shows."""
    unmasking.whose(prescription_id)
    return _page(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/account")
@may("patient.invite", page=True)
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show the slip, once; a number of somebody else is told, and may be corrected."""
    slip = slips.printed(prescription_id, forms.text("id_number", ID_MAX))
    if slip is None:
        return _page(prescription_id, wrong=True), 422
    return _page(prescription_id, slip=slip, link=invited.link(slip.sent))


def _page(prescription_id: UUID, **more: object) -> str:
    return render_template("counter/slip.html", prescription_id=prescription_id, **more)

"""The page that explains an answer, for the patient and for the counter."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.explain.page import Writer
from web import db, parts, scope
from web.auth import may
from web.words import language

bp = Blueprint("explanation_pages", __name__)


@bp.get("/patient/prescriptions/<uuid:prescription_id>/explanation")
@may("explanation.read", face="patient", page=True)
def patient(prescription_id: UUID) -> ResponseReturnValue:
    """Tell a patient why, how much, and what would make it pass."""
    back = url_for("patient_pages.show", prescription_id=prescription_id)
    return _page(prescription_id, "patient/base.html", back)


@bp.get("/counter/prescriptions/<uuid:prescription_id>/explanation")
@may("explanation.read", face="counter", page=True)
def counter(prescription_id: UUID) -> ResponseReturnValue:
    """Tell the counter the same as the patient."""
    back = url_for("counter_pages.show", prescription_id=prescription_id)
    return _page(prescription_id, "counter/desk.html", back)


def _page(prescription_id: UUID, base: str, back: str) -> str:
    found = scope.prescription(prescription_id)
    explained = service.explanation(
        db.session(), parts.desk(), prescription_id, language=language()
    )
    told = explained.explanation
    paid = found.settlement is not None and found.settlement.state == "posted"
    if paid and told.decision == "review":
        # A pharmacist has agreed: what was asked of a person is a note by now.
        told = replace(told, decision="accepted")
    return render_template(
        "explanation.html",
        base=base,
        back=back,
        is_paid=paid,
        told=told,
        writer=Writer(told),
    )

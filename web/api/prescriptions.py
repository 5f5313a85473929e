"""Prescriptions over the interface: sent by hospitals, read by those they concern."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.errors import FieldError, Malformed
from dispensing.intake.message import PrescriptionMessage
from dispensing.service.views import PrescriptionView, Received
from web import clock, db, parts, scope
from web.auth import caller, login_as
from web.openapi import answers, reply
from web.schemas import Revocation
from web.strict import parse

bp = APIBlueprint("prescriptions", __name__, url_prefix="/api/prescriptions")

EXAMPLE = {
    "hosp_rx_no": "H33030200001-20250915-0001",
    "source": "external",
    "issuer": "H33030200001",
    "doctor": {"code": "D330302000001", "name": "林医生"},
    "insured": {
        "person_no": "I000000001",
        "id_number": "33030219560312401X",
        "name": "示例",
    },
    "disease": "hypertension",
    "diagnosis": "I10.x00",
    "issued_at": "2025-09-15T08:12:00+08:00",
    "valid_days": 3,
    "long_term": False,
    "record_no": "BA3303020000001",
    "lines": [
        {
            "medicine": "XC08CA01000000000000001",
            "quantity": 3,
            "supply_days": 28,
            "dosage": "5mg qd",
        }
    ],
    "signature": None,
}


@bp.post("")
@login_as("hospital")
@bp.input(PrescriptionMessage, arg_name="message", example=EXAMPLE)
@answers({201: Received, 200: Received})
def receive(message: PrescriptionMessage) -> ResponseReturnValue:
    """Take in a prescription; the same message again is answered with the same one."""
    if message.issuer != caller().subject:
        raise Malformed([FieldError("issuer", "the issuer of this account")])
    # The raw mapping, because the signature covers what was sent, not what was read.
    raw = parse(request.get_data())
    received = service.receive(db.session(), parts.desk(), raw, now=clock.now())
    return reply(received, 201 if received.created else 200)


@bp.get("/<uuid:prescription_id>")
@login_as("hospital", "counter", "patient")
@answers({200: PrescriptionView})
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show one prescription to its patient, its issuer, or a pharmacy that has its number."""
    return reply(scope.prescription(prescription_id))


@bp.post("/<uuid:prescription_id>/revocation")
@login_as("hospital")
@bp.input(Revocation, arg_name="form", example={"reason": "剂量有误，已重开"})
@answers({200: PrescriptionView})
def revoke(prescription_id: UUID, form: Revocation) -> ResponseReturnValue:
    """Withdraw a prescription that has not been settled."""
    service.revoke(
        db.session(),
        prescription_id=prescription_id,
        issuer=caller().subject,
        reason=form.reason,
        now=clock.now(),
    )
    return reply(scope.prescription(prescription_id))

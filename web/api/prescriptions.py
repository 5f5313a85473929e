"""Prescriptions over the interface: sent by hospitals, read by those they concern."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing import service
from dispensing.errors import DomainError, FieldError, Malformed
from dispensing.intake.message import PrescriptionMessage
from dispensing.service.views import PrescriptionView, Received
from web import clock, db, parts, problems, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import Revocation
from web.strict import parse
from web.words import language

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
@may("prescription.send")
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


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one prescription of a batch: taken in, or why not."""

    status: int
    received: Received | None
    code: str | None = None
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()


class Batch(BaseModel):
    """Up to fifty prescriptions, each as it would be sent alone."""

    model_config = ConfigDict(extra="forbid")

    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=50)]


@bp.post("/batches")
@may("prescription.send")
@bp.input(Batch, arg_name="batch", example={"messages": [EXAMPLE]})
@answers({200: tuple[Answered, ...]})
def receive_many(batch: Batch) -> ResponseReturnValue:
    """Take in many prescriptions at once; each has its own answer, in their order."""
    raws = parse(request.get_data())["messages"]
    own = [raw for raw in raws if raw.get("issuer") == caller().subject]
    taken = iter(service.receive_many(db.session(), parts.desk(), own, now=clock.now()))
    foreign = Malformed([FieldError("issuer", "the issuer of this account")])
    told = [
        next(taken) if raw.get("issuer") == caller().subject else foreign
        for raw in raws
    ]
    return reply(tuple(_answered(one) for one in told))


@bp.get("/<uuid:prescription_id>")
@may("prescription.read")
@answers({200: PrescriptionView})
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show one prescription to its patient, its issuer, or a pharmacy that has its number."""
    return reply(scope.prescription(prescription_id))


@bp.post("/<uuid:prescription_id>/revocation")
@may("prescription.revoke")
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


def _answered(one: Received | DomainError) -> Answered:
    if isinstance(one, Received):
        return Answered(201 if one.created else 200, one)
    said = one.words.zh if language() == "zh" else one.words.en
    errors = one.errors if isinstance(one, Malformed) else ()
    return Answered(problems.status_of(one), None, one.code, said, errors)

"""FHIR over the interface: bundles in, prescriptions, dispensings and claims out."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.errors import DomainError, FieldError, Malformed, NotFound
from dispensing.intake.fhir.reading import read_bundle
from dispensing.intake.fhir.terms import versions
from dispensing.intake.fhir.writing import write_bundle
from dispensing.intake.message import PrescriptionMessage, dumps
from dispensing.phrases import WHY
from dispensing.service import Filling
from dispensing.vault import mask_id, mask_name
from web import clock, db, fhir_answers, parts, problems, scope
from web.auth import caller, may
from web.fhir_answers import Told
from web.sentences import SENTENCES
from web.strict import parse

bp = APIBlueprint("fhir", __name__, url_prefix="/api/fhir", enable_openapi=False)
CONTENT_TYPE = "application/fhir+json"
TAKEN = (CONTENT_TYPE, "application/json")
DEPTH_MAX = 24
_VERSION = re.compile(r'fhirVersion="?([0-9.]+)')


@bp.post("")
@may("prescription.send")
def receive() -> ResponseReturnValue:
    """Take in a prescription as a bundle; the same bundle again is answered with the same one."""
    if request.mimetype not in TAKEN:
        words = SENTENCES[415]
        return _told(fhir_answers.outcome(415, words), 415)
    raw = parse(request.get_data(), depth_max=DEPTH_MAX, real=_number)
    if not isinstance(raw, dict):
        raise Malformed([FieldError("Bundle", "a JSON object")])
    version = request.mimetype_params.get("fhirversion")
    incoming = read_bundle(raw, version=version)
    if incoming.message.issuer != caller().subject:
        raise Malformed([FieldError("issuer", "the issuer of this account")])
    received = service.take_in(db.session(), parts.desk(), incoming, now=clock.now())
    answer = _told(_taken(received), 201 if received.created else 200)
    answer.headers["Location"] = f"/api/fhir/Bundle/{received.id}"
    return answer


@bp.get("/Bundle/<uuid:prescription_id>")
@may("prescription.read")
def bundle(prescription_id: UUID) -> ResponseReturnValue:
    """Give a prescription as a bundle: whole to patient and issuer, masked to a pharmacy."""
    stage = scope.prescription(prescription_id).life.stage
    kept = service.kept_prescription(db.session(), parts.desk(), prescription_id)
    incoming = kept.incoming
    format_ = _asked(incoming.format)
    if {"patient", "hospital"} & caller().roles:
        same = incoming.extras if format_ == incoming.format else None
        whole = write_bundle(
            incoming.message, format_, same, stage=stage, beside=kept.beside
        )
        return _told(whole)
    return _told(write_bundle(_masked(incoming.message), format_, stage=stage))


@bp.get("/MedicationDispense")
@may("prescription.read")
def dispenses() -> ResponseReturnValue:
    """Tell what was dispensed on a prescription (`?prescription=`), a line each."""
    named = request.args.get("prescription", "").removeprefix("Bundle/")
    try:
        prescription_id = UUID(named)
    except ValueError:
        expected = FieldError("prescription", "the id of a prescription")
        raise Malformed([expected]) from None
    rx = scope.prescription(prescription_id)
    fillings = service.fillings_of(db.session(), prescription_id)
    return _told(fhir_answers.dispenses(Told(rx, _asked("fhir-r4b"), fillings)))


@bp.get("/Claim/<uuid:settlement_id>")
@may("claim.read")
def claim(settlement_id: UUID) -> ResponseReturnValue:
    """Give a settlement as the outlet's claim."""
    told, filling = _settled(settlement_id)
    return _told(fhir_answers.claim(told, filling))


@bp.get("/ClaimResponse/<uuid:settlement_id>")
@may("claim.read")
def claim_response(settlement_id: UUID) -> ResponseReturnValue:
    """Tell who pays what of a settlement."""
    told, filling = _settled(settlement_id)
    return _told(fhir_answers.claim_response(told, filling.settled))


@bp.get("/metadata")
def metadata() -> ResponseReturnValue:
    """Describe what is taken in and told."""
    version = str(current_app.version)  # type: ignore[attr-defined]
    return _told(fhir_answers.capabilities(_asked("fhir-r4b"), version))


@bp.errorhandler(DomainError)
def refused(error: DomainError) -> Response:
    """Answer what the field refuses as an OperationOutcome."""
    status = problems.status_of(error)
    fields = error.errors if isinstance(error, Malformed) else ()
    told = fhir_answers.outcome(
        status,
        error.words,
        code=error.code,
        fields=fields,
        request_id=g.get("request_id", ""),
    )
    return _told(told, status)


@bp.after_request
def speak_fhir(response: Response) -> Response:
    """Tell every other error as an OperationOutcome too."""
    if response.mimetype != problems.CONTENT_TYPE:
        return response
    status = response.status_code
    words = SENTENCES.get(status) or SENTENCES[500]
    said = str((response.get_json() or {}).get("detail", ""))
    fields = [FieldError("Bundle", said)] if status == 400 else []
    told = fhir_answers.outcome(
        status, words, fields=fields, request_id=g.get("request_id", "")
    )
    response.set_data(dumps(told))
    response.content_type = CONTENT_TYPE
    return response


def _number(text: str) -> Decimal:
    return Decimal(text)


def _settled(settlement_id: UUID) -> tuple[Told, Filling]:
    """Read a settlement of the caller's with its prescription, on record."""
    rx = scope.prescription(scope.prescription_of(settlement_id))
    for filling in service.fillings_of(db.session(), rx.id):
        if filling.settled.id == settlement_id:
            return Told(rx, _asked("fhir-r4b")), filling
    raise NotFound("结算记录", "settlement")


def _asked(usual: str) -> str:
    """Tell the version that the caller asks for in Accept, else the usual one."""
    found = _VERSION.search(request.headers.get("Accept", ""))
    named = versions().get(found[1], usual) if found else usual
    return named if named.startswith("fhir-") else "fhir-r4b"


def _taken(received: Any) -> dict[str, Any]:
    """Tell what was taken in, and whether its signature counts."""
    said = f"state={received.state}; signature={received.signature}"
    reason = received.signature_reason
    zh, en = WHY[f"signature.{reason}"] if reason else ("已收到处方。", "Received.")
    return {
        "resourceType": "OperationOutcome",
        "id": str(received.id),
        "issue": [
            {
                "severity": "warning" if reason else "information",
                "code": "security" if reason else "informational",
                "details": {
                    "coding": [
                        {
                            "system": "urn:yaoda:signature",
                            "code": reason or received.signature,
                        }
                    ],
                    "text": zh,
                },
                "diagnostics": f"{en} {said}",
            }
        ],
    }


def _masked(message: PrescriptionMessage) -> PrescriptionMessage:
    """Hide what a pharmacy's screen hides too."""
    insured = message.insured
    hidden = {
        "name": mask_name(insured.name),
        "id_number": mask_id(insured.id_number),
    }
    return message.model_copy(update={"insured": insured.model_copy(update=hidden)})


def _told(resource: dict[str, Any], status: int = 200) -> Response:
    return Response(dumps(resource), status, content_type=CONTENT_TYPE)

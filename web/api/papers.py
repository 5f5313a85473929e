"""Paper prescriptions over the interface: what a counter keys in, with its photograph."""

import binascii
from base64 import b64decode
from typing import Annotated

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing import service
from dispensing.errors import FieldError, Malformed
from dispensing.intake.paper import PaperPrescription
from dispensing.intake.pictures import BYTES_MAX, Picture, picture_of
from dispensing.service.views import Received
from web import clock, db, guessed, parts
from web.auth import caller, may
from web.openapi import answers, reply

bp = APIBlueprint("papers", __name__, url_prefix="/api/paper-prescriptions")

TEXT_MAX = BYTES_MAX * 4 // 3 + 4
EXAMPLE = {
    "paper": {
        "paper_no": "0012345",
        "record_no": "BA3303020000001",
        "issuer": "H33030200002",
        "doctor": {"code": "D330302000001", "name": "林医生"},
        "patient": {"id_number": "33030219560312401X", "name": "示例"},
        "disease": "hypertension",
        "diagnosis": "I10.x00",
        "issued_on": "2025-09-15",
        "valid_days": 3,
        "lines": [
            {
                "medicine": "XC08CA01000000000000001",
                "quantity": 3,
                "supply_days": 28,
                "dosage": "5mg qd",
            }
        ],
    },
    "image": None,
}


class PaperRequest(BaseModel):
    """A paper as it was keyed in, and its photograph in base64 where there is one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    paper: PaperPrescription
    image: Annotated[str, Field(max_length=TEXT_MAX)] | None = None


@bp.post("")
@may("paper.enter")
@bp.input(PaperRequest, arg_name="form", example=EXAMPLE)
@answers({201: Received, 200: Received})
def take(form: PaperRequest) -> ResponseReturnValue:
    """Take a paper prescription in; a paper that was used before is refused."""
    raw = _decoded(form.image)
    received = taken(form.paper, picture_of(raw) if raw is not None else None)
    return reply(received, 201 if received.created else 200)


def taken(paper: PaperPrescription, picture: Picture | None) -> Received:
    """Take in what the caller keyed in at their own counter."""
    who = caller()
    with guessed.insured():
        return service.take_paper(
            db.session(),
            parts.desk(),
            service.Keyed(paper, picture, who.subject, who.user),
            now=clock.now(),
        )


def _decoded(text: str | None) -> bytes | None:
    try:
        return None if text is None else b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed([FieldError("image", "base64 of a JPEG or PNG")]) from None

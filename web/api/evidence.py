"""Evidence of deliveries over the interface: for whom it concerns, and verified for anybody."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from routing.evidence import BYTES_MAX
from web import evidence
from web.auth import may
from web.evidence import EvidenceVerification
from web.openapi import answers, reply

bp = APIBlueprint("evidence", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class EvidenceZip:
    """A signed file of evidence: its name, the sha256 of its bytes, and the bytes as base64."""

    name: str
    sha256: str
    zip: str


class EvidenceUpload(BaseModel):
    """A file of evidence, as it was downloaded."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile


@bp.get("/orders/<uuid:order_id>/evidence")
@may("evidence.read")
@answers({200: EvidenceZip})
def show(order_id: UUID) -> ResponseReturnValue:
    """Give the signed evidence of a delivery that has ended; the download is recorded."""
    found = evidence.read(order_id)
    digest = hashlib.sha256(found.raw).hexdigest()
    return reply(EvidenceZip(found.name, digest, b64encode(found.raw).decode()))


@bp.post("/evidence/verification")
@bp.input(EvidenceUpload, location="files", arg_name="form")
@answers({200: EvidenceVerification})
def verify(form: EvidenceUpload) -> ResponseReturnValue:
    """Tell whether a file of evidence is genuine, or why not."""
    return reply(evidence.told(form.file.stream.read(BYTES_MAX + 1)))

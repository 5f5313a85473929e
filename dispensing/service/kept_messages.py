"""The message of a prescription as it was received: opened and read once more."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.errors import NotFound
from dispensing.intake.fhir.beside import Beside
from dispensing.intake.fhir.reading import read_bundle
from dispensing.intake.incoming import Incoming, read_own
from dispensing.intake.message import dumps
from dispensing.intake.national import read, region
from dispensing.intake.national.domain import LINES, beside_of, message_of
from dispensing.intake.paper import PaperPrescription, incoming_of
from dispensing.sealed import unseal
from dispensing.service.receiving import prescription_row
from dispensing.tables import PrescriptionRow


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """In which format a prescription came, and the message itself, word for word."""

    format: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptPrescription:
    """A prescription as it was received, whatever its format, and what stood beside it."""

    incoming: Incoming
    beside: Beside | None


def kept_message(session: Session, desk: Desk, prescription_id: UUID) -> KeptMessage:
    """Open the sealed message of a prescription; the caller records who reads it."""
    row = prescription_row(session, prescription_id)
    text = unseal(desk.vault, row, "message_sealed")
    if not text:
        raise NotFound("处方原文（已过保存期限）", "message: its term is over")
    return KeptMessage(row.format, json.loads(text, parse_float=Decimal))


def kept_prescription(
    session: Session, desk: Desk, prescription_id: UUID
) -> KeptPrescription:
    """Read a prescription again out of the message that was kept, whatever its format."""
    kept = kept_message(session, desk, prescription_id)
    row = prescription_row(session, prescription_id)
    if kept.format == "national":
        return _national(row, kept.raw)
    if kept.format == "paper":
        return _paper(row, kept.raw)
    is_own = kept.format == "yaoda"
    return KeptPrescription(
        read_own(kept.raw) if is_own else read_bundle(kept.raw), None
    )


def diagnosis_of(session: Session, desk: Desk, prescription_id: UUID) -> str | None:
    """Tell the diagnosis code that a prescription bears; None where its message has gone."""
    try:
        kept = kept_prescription(session, desk, prescription_id)
    except NotFound:
        return None
    return kept.incoming.message.diagnosis


def _national(row: PrescriptionRow, raw: dict[str, Any]) -> KeptPrescription:
    there = region(raw["region"])
    rx = read(there, "rx", raw["D001"]).value
    upload = read(there, "upload", raw["D003"]).value
    message = message_of(rx, upload, person_no=row.person_no, into=there)
    fields = beside_of(rx, upload, message)
    of_lines = fields.pop(LINES, None) or ()
    incoming = Incoming("national", message, raw)
    return KeptPrescription(incoming, Beside("national", fields, of_lines))


def _paper(row: PrescriptionRow, raw: dict[str, Any]) -> KeptPrescription:
    fields = {"outlet": raw["outlet"], "image_sha256": raw["image_sha256"]}
    incoming = incoming_of(
        PaperPrescription.model_validate_json(dumps(raw["paper"])),
        person_no=row.person_no,
        outlet_code=raw["outlet"],
        image_sha256=raw["image_sha256"],
    )
    return KeptPrescription(incoming, Beside("paper", fields))

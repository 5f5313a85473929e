"""The message of a prescription as it was received: opened and read once more."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.service.receiving import prescription_row


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """In which format a prescription came, and the message itself, word for word."""

    format: str
    raw: dict[str, Any]


def kept_message(session: Session, desk: Desk, prescription_id: UUID) -> KeptMessage:
    """Open the sealed message of a prescription; the caller records who reads it."""
    row = prescription_row(session, prescription_id)
    text = desk.vault.open(row.message_sealed)
    return KeptMessage(row.format, json.loads(text, parse_float=Decimal))

"""Prescriptions in: receive one once, revoke one, know an institution's keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.errors import NotFound
from dispensing.intake.incoming import read_own
from dispensing.intake.signatures.keys import read_key
from dispensing.service.taking_in import take_in
from dispensing.service.views import Received
from dispensing.tables import EventRow, IssuerKeyRow, PrescriptionRow

__all__ = [
    "IssuerKey",
    "add_keys",
    "note",
    "prescription_row",
    "receive",
    "take_in",
]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key with which an institution signs, and its days."""

    key_id: str
    issuer: str
    public_jwk: Mapping[str, Any]
    valid_from: date
    valid_until: date
    revoked_at: datetime | None = None


def add_keys(session: Session, keys: Iterable[IssuerKey]) -> None:
    """Store institutions' public keys, all or none; raises BadKey."""
    keys = list(keys)
    for key in keys:
        read_key(key.public_jwk)
    session.add_all(
        IssuerKeyRow(
            key_id=key.key_id,
            issuer=key.issuer,
            public_jwk=dict(key.public_jwk),
            valid_from=key.valid_from,
            valid_until=key.valid_until,
            revoked_at=key.revoked_at,
        )
        for key in keys
    )
    session.commit()


def receive(
    session: Session, desk: Desk, raw: Mapping[str, Any], *, now: datetime
) -> Received:
    """Take in a prescription of our own format once; raises Malformed and Conflict."""
    return take_in(session, desk, read_own(raw), now=now)


def prescription_row(
    session: Session, prescription_id: UUID, *, lock: bool = False
) -> PrescriptionRow:
    """Return a prescription's row, locked for this unit of work where asked; raises NotFound."""
    row = session.get(
        PrescriptionRow,
        prescription_id,
        with_for_update=lock or None,
        populate_existing=lock,  # what was read before the lock may be out of date
    )
    if row is None:
        raise NotFound("处方", "prescription")
    return row


def note(
    prescription_id: UUID, at: datetime, kind: str, *, by: str, detail: str = ""
) -> EventRow:
    """Make the entry of one thing that happened to a prescription."""
    return EventRow(
        prescription_id=prescription_id, at=at, kind=kind, by=by, detail=detail
    )

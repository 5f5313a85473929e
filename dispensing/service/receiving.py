"""Prescriptions in: receive one once, revoke one, know an institution's keys."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.errors import DomainError, NotFound
from dispensing.intake.incoming import Incoming, read_own
from dispensing.intake.signatures.keys import read_key
from dispensing.service.taking_in import take_in, take_in_many
from dispensing.service.views import Received
from dispensing.tables import EventRow, IssuerKeyRow, PrescriptionRow

__all__ = [
    "IssuerKey",
    "add_keys",
    "note",
    "prescription_row",
    "receive",
    "receive_many",
    "take_in",
    "take_in_many",
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


def receive_many(
    session: Session, desk: Desk, raws: Sequence[Mapping[str, Any]], *, now: datetime
) -> tuple[Received | DomainError, ...]:
    """Take in many prescriptions of our own format at once; each has its own answer."""
    read: list[Incoming | DomainError] = []
    for raw in raws:
        try:
            read.append(read_own(raw))
        except DomainError as refused:
            read.append(refused)
    good = [one for one in read if isinstance(one, Incoming)]
    taken = iter(take_in_many(session, desk, good, now=now))
    return tuple(next(taken) if isinstance(one, Incoming) else one for one in read)


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

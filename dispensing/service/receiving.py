"""Prescriptions in: receive one once, revoke one, know an institution's keys."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.intake import signature
from dispensing.intake.incoming import Incoming, Signed, read_own
from dispensing.intake.message import PrescriptionMessage
from dispensing.prescription import step
from dispensing.service.views import Received
from dispensing.tables import (
    EventRow,
    IssuerKeyRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
)
from pharmacies import service as pharmacies


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
    """Store institutions' public keys, all or none."""
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


def take_in(
    session: Session, desk: Desk, incoming: Incoming, *, now: datetime
) -> Received:
    """Take in a prescription once, whatever its format and however often its issuer sends it.

    A forged signature is recorded, not turned away: the check that refuses it can then
    quote the clause. A message that names unknown codes leaves nothing behind
    (Malformed); the same number with other content is a Conflict.
    """
    message, digest = incoming.message, incoming.digest
    known = _same_number(session, message)
    if known is not None:
        return _again(known, digest)
    _reject_unknown_codes(session, desk, message)
    row = _prescription_row(Work(session, desk, now), incoming, digest)
    try:
        return _store(session, row, message, now)
    except IntegrityError:
        # Another request stored the same number between our look and our commit.
        session.rollback()
        known = _same_number(session, message)
        if known is None:
            raise
        return _again(known, digest)


def revoke(
    session: Session, *, prescription_id: UUID, issuer: str, reason: str, now: datetime
) -> str:
    """Revoke a prescription that is not settled; its own issuer alone may. Returns the state."""
    row = prescription_row(session, prescription_id, lock=True)
    if row.issuer != issuer:
        raise NotFound("处方", "prescription")
    if row.state != "revoked":
        if row.state != "received":
            raise Conflict(
                Words(
                    "处方已经结算，不能撤销。",
                    "The prescription is settled and cannot be revoked.",
                    "请先联系药店冲正结算，再撤销处方。",
                    "Ask the pharmacy to reverse the settlement first.",
                )
            )
        row.state = step(row.state, "revoked")
        session.add(note(row.id, now, "revoked", by=issuer, detail=reason))
    session.commit()
    return row.state


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


def _same_number(
    session: Session, message: PrescriptionMessage
) -> PrescriptionRow | None:
    query = select(PrescriptionRow).where(
        col(PrescriptionRow.issuer) == message.issuer,
        col(PrescriptionRow.hosp_rx_no) == message.hosp_rx_no,
    )
    return session.exec(query).first()


def _again(known: PrescriptionRow, digest: str) -> Received:
    if known.digest != digest:
        raise Conflict(
            Words(
                "同一处方号已经收到过不同内容的处方。",
                "A prescription with this number and other content was received before.",
                "请使用新的处方号，或先撤销原处方。",
                "Use a new number, or revoke the first prescription.",
            )
        )
    return Received(known.id, known.state, known.signature, created=False)


def _reject_unknown_codes(
    session: Session, desk: Desk, message: PrescriptionMessage
) -> None:
    errors = [
        *_unknown_medicines(session, message),
        *_unknown_patient(session, desk, message),
    ]
    try:
        pharmacies.outlet(session, message.issuer)
    except pharmacies.NoSuchOutlet:
        errors.append(FieldError("issuer", "the code of a registered institution"))
    if errors:
        raise Malformed(errors)


def _unknown_medicines(
    session: Session, message: PrescriptionMessage
) -> list[FieldError]:
    errors = []
    for no, line in enumerate(message.lines):
        try:
            pharmacies.medicine(session, line.medicine)
        except pharmacies.NoSuchMedicine:
            errors.append(
                FieldError(f"lines.{no}.medicine", "a medicine code of the catalogue")
            )
    return errors


def _unknown_patient(
    session: Session, desk: Desk, message: PrescriptionMessage
) -> list[FieldError]:
    person = session.get(PersonRow, message.insured.person_no)
    if person is None:
        return [FieldError("insured.person_no", "the number of an insured person")]
    if person.id_index != desk.vault.index(message.insured.id_number):
        return [FieldError("insured.id_number", "the ID number of this insured person")]
    return []


def _prescription_row(work: Work, incoming: Incoming, digest: str) -> PrescriptionRow:
    message, signed = incoming.message, incoming.signed
    repeat = message.repeat
    return PrescriptionRow(
        issuer=message.issuer,
        hosp_rx_no=message.hosp_rx_no,
        digest=digest,
        format=incoming.format,
        message_sealed=work.desk.vault.seal(_evidence(incoming)),
        source=message.source,
        person_no=message.insured.person_no,
        doctor_name=message.doctor.name,
        disease=message.disease,
        issued_at=message.issued_at,
        valid_days=message.valid_days,
        long_term=message.long_term,
        record_no=message.record_no,
        rx_type=message.rx_type,
        repeat_max=repeat.max if repeat else None,
        repeat_interval_days=repeat.interval_days if repeat else None,
        refill_of=message.refill_of,
        signature=_signature_state(work.session, signed, message),
        key_id=signed.key_id if signed else None,
        state="received",
        received_at=work.now,
    )


def _evidence(incoming: Incoming) -> str:
    """Give what was received, word for word; every format keeps it so."""
    return json.dumps(incoming.raw, ensure_ascii=False)


def _signature_state(
    session: Session, signed: Signed | None, message: PrescriptionMessage
) -> str:
    if signed is None:
        return "none"
    key = session.get(IssuerKeyRow, signed.key_id)
    return signature.verdict(
        signed, key, issuer=message.issuer, signed_at=message.issued_at
    )


def _store(
    session: Session, row: PrescriptionRow, message: PrescriptionMessage, now: datetime
) -> Received:
    session.add(row)
    session.flush()
    session.add_all(
        PrescriptionLineRow(
            prescription_id=row.id,
            no=no,
            medicine_code=line.medicine,
            quantity=line.quantity,
            supply_days=line.supply_days,
            dosage=line.dosage,
        )
        for no, line in enumerate(message.lines, start=1)
    )
    session.add(note(row.id, now, "received", by=row.issuer))
    answer = Received(row.id, row.state, row.signature, created=True)
    session.commit()
    return answer

"""Take a prescription in once, whatever its format: one question, one statement.

What is read locks the issuer's key: a revocation waits for those who have seen the key
unrevoked, and then finds their prescriptions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, DomainError, FieldError, Malformed, Words
from dispensing.intake import signature
from dispensing.intake.incoming import Incoming
from dispensing.intake.message import PrescriptionMessage
from dispensing.intake.signature import Verdict
from dispensing.service.changes import Change
from dispensing.service.forbidden import refuse_forbidden_kind
from dispensing.service.recording import RECORDED
from dispensing.service.taken_rows import Ready, made, row_of, seen
from dispensing.service.views import Received
from dispensing.service.writing import driving, on_postgres, write
from pharmacies.known import Network, network
from pharmacies.service import NoSuchMedicine, NoSuchOutlet

_TAKEN = Change("insert", "prescription")
_LINES = Change("insert", "prescription_line")
_NOTED = Change("insert", "prescription_event")
# Everything as text, so that one question can ask for all of it.
_ASKED = """
SELECT 'same', CAST(id AS text), digest, state, signature, signature_reason, '', '', ''
  FROM prescription WHERE issuer = :issuer AND hosp_rx_no = :number
UNION ALL
SELECT 'person', id_index, area, '', '', '', '', '', ''
  FROM person WHERE person_no = :person
UNION ALL
SELECT 'key', issuer, CAST(public_jwk AS text), CAST(valid_from AS text),
       CAST(valid_until AS text), CAST(revoked_at AS text),
       CAST(revocation_told_at AS text), revocation_reason, ''
  FROM (SELECT * FROM issuer_key WHERE key_id = :key {lock}) AS k
UNION ALL
SELECT 'stamp', stamp, '', '', '', '', '', '', '' FROM network_stamp
UNION ALL
SELECT 'event', CAST({event} AS text), '', '', '', '', '', '', ''
"""
_ON_SQLITE = _ASKED.format(
    lock="", event="(SELECT coalesce(max(id), 0) + 1 FROM prescription_event)"
)
_ON_POSTGRES = re.sub(
    r":(\w+)",
    r"%(\1)s",
    _ASKED.format(
        lock="FOR SHARE",
        event="nextval(pg_get_serial_sequence('prescription_event', 'id'))",
    ),
)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An institution's key as it stands in the database."""

    issuer: str
    public: str
    valid_from: date
    valid_until: date
    revoked_at: datetime | None
    revocation_told_at: datetime | None
    revocation_reason: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a message before it is taken in."""

    same: tuple[UUID, str, str, str, str | None] | None
    person: tuple[str, str] | None  # the index of the ID number, the area
    key: KnownKey | None
    network: Network
    event_id: int


def take_in(
    session: Session, desk: Desk, incoming: Incoming, *, now: datetime
) -> Received:
    """Take in a prescription once, whatever its format and however often its issuer sends it.

    A forged signature is recorded, not turned away: the check that refuses it can then
    quote the clause. A message that names unknown codes leaves nothing behind
    (Malformed); the same number with other content is a Conflict, and so is one that is
    issued later than now.
    """
    found = _ready(session, desk, incoming, now=now)
    if isinstance(found, Received):
        return found
    try:
        return _store(session, [found])[0]
    except IntegrityError:
        # Another request stored the same number between our look and our commit.
        session.rollback()
        same = _look(session, incoming).same
        if same is None:
            raise
        return _again(same, incoming, now)


def take_in_many(
    session: Session, desk: Desk, incomings: Sequence[Incoming], *, now: datetime
) -> tuple[Received | DomainError, ...]:
    """Take in many prescriptions in one unit of work; each has an answer of its own.

    What is refused keeps nobody else out, and one commit is waited for instead of many.
    """
    answers: list[Received | DomainError | Ready] = []
    numbers: set[tuple[str, str]] = set()
    for incoming in incomings:
        number = incoming.message.issuer, incoming.message.hosp_rx_no
        if number in numbers:
            answers.append(_twice())
            continue
        numbers.add(number)
        ahead = sum(isinstance(one, Ready) for one in answers)
        try:
            answers.append(_ready(session, desk, incoming, now=now, ahead=ahead))
        except DomainError as refused:
            answers.append(refused)
    ready = [one for one in answers if isinstance(one, Ready)]
    try:
        _store(session, ready)
    except IntegrityError:
        # Somebody else has sent one of them meanwhile: each by itself finds out which.
        session.rollback()
        return tuple(_alone(session, desk, one, now) for one in incomings)
    return tuple(one.received if isinstance(one, Ready) else one for one in answers)


def _alone(
    session: Session, desk: Desk, incoming: Incoming, now: datetime
) -> Received | DomainError:
    try:
        return take_in(session, desk, incoming, now=now)
    except DomainError as refused:
        session.rollback()
        return refused


def _ready(
    session: Session, desk: Desk, incoming: Incoming, *, now: datetime, ahead: int = 0
) -> Received | Ready:
    """Check a message and make its rows; `ahead` tells how many others wait to be written."""
    message = incoming.message
    _reject_ahead(message, desk, now)
    known = _look(session, incoming)
    if known.same is not None:
        return _again(known.same, incoming, now)
    _reject_unknown_codes(session, desk, message, known)
    assert known.person is not None
    refuse_forbidden_kind(desk, message, area=known.person[1], now=now)
    verdict = _verdict(incoming, known.key, desk, now)
    row = row_of(incoming, desk, verdict, now) | {"digest": incoming.digest}
    # On SQLite a number is the one after the last that is written.
    drawn = known.event_id if on_postgres(session) else known.event_id + ahead
    return made(message, row, drawn, known.person[1])


def _reject_ahead(message: PrescriptionMessage, desk: Desk, now: datetime) -> None:
    if message.issued_at > now + timedelta(seconds=desk.signing.ahead_s_max):
        raise Conflict(
            Words(
                "处方的开具时间晚于现在。",
                "The prescription is issued later than now.",
                "请核对医院系统的时钟，到开具时间后再发送。",
                "Check the clock of the hospital's system and send it once it is issued.",
            ),
            code="issued-ahead",
        )


def _look(session: Session, incoming: Incoming) -> _Known:
    message, signed = incoming.message, incoming.signed
    given = {
        "issuer": message.issuer,
        "number": message.hosp_rx_no,
        "person": message.insured.person_no,
        "key": signed.key_id if signed else None,
    }
    with driving(session) as cursor:
        if on_postgres(session):
            cursor.execute(_ON_POSTGRES, given, prepare=True)
        else:
            cursor.execute(_ON_SQLITE, given)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    same, key = found.get("same"), found.get("key")
    stamp = found["stamp"][0] if "stamp" in found else None
    return _Known(
        same=(UUID(same[0]), *same[1:5]) if same else None,
        person=found["person"][:2] if "person" in found else None,
        key=_key(key) if key else None,
        network=network(session, stamp),
        event_id=int(found["event"][0]),
    )


def _twice() -> Conflict:
    return Conflict(
        Words(
            "同一批里有两张同号处方。",
            "Two prescriptions of one batch have the same number.",
            "请分开发送。",
            "Send them apart.",
        )
    )


def _key(row: tuple[Any, ...]) -> KnownKey:
    return KnownKey(
        issuer=row[0],
        public=row[1],
        valid_from=date.fromisoformat(row[2]),
        valid_until=date.fromisoformat(row[3]),
        revoked_at=_instant(row[4]),
        revocation_told_at=_instant(row[5]),
        revocation_reason=row[6],
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite does not say it


def _again(
    same: tuple[UUID, str, str, str, str | None], incoming: Incoming, now: datetime
) -> Received:
    id_, kept, state, signed, reason = same
    if kept != incoming.digest:
        raise Conflict(
            Words(
                "同一处方号已经收到过不同内容的处方。",
                "A prescription with this number and other content was received before.",
                "请使用新的处方号，或先撤销原处方。",
                "Use a new number, or revoke the first prescription.",
            )
        )
    state = seen(incoming.message, state, now)
    return Received(id_, state, signed, created=False, signature_reason=reason)


def _reject_unknown_codes(
    session: Session, desk: Desk, message: PrescriptionMessage, known: _Known
) -> None:
    errors = [
        *_unknown_medicines(session, message, known.network),
        *_unknown_patient(desk, message, known.person),
    ]
    try:
        known.network.outlet(session, message.issuer)
    except NoSuchOutlet:
        errors.append(FieldError("issuer", "the code of a registered institution"))
    if errors:
        raise Malformed(errors)


def _unknown_medicines(
    session: Session, message: PrescriptionMessage, known: Network
) -> list[FieldError]:
    errors, on = [], day_of(message.issued_at)
    for no, line in enumerate(message.lines):
        try:
            known.medicines(session, (line.medicine,), on)
        except NoSuchMedicine:
            errors.append(
                FieldError(f"lines.{no}.medicine", "a medicine code of the catalogue")
            )
    return errors


def _unknown_patient(
    desk: Desk, message: PrescriptionMessage, person: tuple[str, str] | None
) -> list[FieldError]:
    if person is None:
        return [FieldError("insured.person_no", "the number of an insured person")]
    if not desk.vault.is_indexed(message.insured.id_number, person[0]):
        return [FieldError("insured.id_number", "the ID number of this insured person")]
    return []


def _verdict(
    incoming: Incoming, key: KnownKey | None, desk: Desk, now: datetime
) -> Verdict:
    if incoming.signed is None:
        return signature.NONE
    return signature.verdict(
        incoming.signed,
        key,
        issuer=incoming.message.issuer,
        signed_at=incoming.message.issued_at,
        received_at=now,
        policy=desk.signing,
    )


def _store(session: Session, ready: Sequence[Ready]) -> list[Received]:
    writes = (
        (_TAKEN, [one.row for one in ready]),
        (_LINES, [line for one in ready for line in one.lines]),
        (_NOTED, [one.event for one in ready]),
        (RECORDED, [record for one in ready for record in one.told]),
    )
    if ready:
        write(session, writes)
    session.commit()
    return [one.received for one in ready]

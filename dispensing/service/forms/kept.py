"""Versions of forms as they are kept: written once, found again, never changed."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.approvals import canonical, digest
from dispensing.errors import Conflict, NotFound, Words
from dispensing.service.approving import Party
from dispensing.tables import FormSendingRow, FormVersionRow

KINDS = ("schedule", "report", "summary")


@dataclass(frozen=True, slots=True)
class Of:
    """Which form: of what kind, whose (a pooling area or an institution), from which day on."""

    kind: str
    place: str
    first: date


@dataclass(frozen=True, slots=True)
class FormSending:
    """That a version was sent: who answers for it, when, and what was remarked."""

    reporter: str
    phone: str
    remark: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FormVersion:
    """One version of a form, and its sending where it was sent."""

    id: UUID
    of: Of
    number: int
    content: Mapping[str, Any]
    sha256: str
    by: str
    at: datetime
    sending: FormSending | None


def versions(session: Session, of: Of) -> tuple[FormVersion, ...]:
    """List the versions of a form, the latest first."""
    query = (
        select(FormVersionRow, FormSendingRow)
        .join(
            FormSendingRow,
            col(FormSendingRow.version_id) == FormVersionRow.id,
            isouter=True,
        )
        .where(
            col(FormVersionRow.kind) == of.kind,
            col(FormVersionRow.place) == of.place,
            col(FormVersionRow.first) == of.first,
        )
        .order_by(col(FormVersionRow.number).desc())
    )
    return tuple(version_of(*pair) for pair in session.exec(query))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many versions a form has, and when it was sent first; None where it was not."""

    versions: int = 0
    sent_at: datetime | None = None
    last_sent_at: datetime | None = None  # of the latest version that was sent
    is_ahead: bool = False  # a version was drawn up after the one that was sent last


def standings(
    session: Session, kind: str, place: str, *, first: date, last: date
) -> dict[date, Standing]:
    """Tell how the forms of a place stand from one month to another, in one query."""
    query = (
        select(
            col(FormVersionRow.first),
            col(FormVersionRow.number),
            col(FormSendingRow.at),
        )
        .join(
            FormSendingRow,
            col(FormSendingRow.version_id) == FormVersionRow.id,
            isouter=True,
        )
        .where(
            col(FormVersionRow.kind) == kind,
            col(FormVersionRow.place) == place,
            col(FormVersionRow.first).between(first, last),
        )
        .order_by(col(FormVersionRow.number))
    )
    found: dict[date, list[datetime | None]] = defaultdict(list)
    for month, _, at in session.exec(query):
        found[month].append(at)
    return {month: _standing(every) for month, every in found.items()}


def _standing(every: Sequence[datetime | None]) -> Standing:
    """Tell how a form stands by when each of its versions was sent, the first one first."""
    sent = [at for at in every if at is not None]
    if not sent:
        return Standing(len(every))
    return Standing(len(every), min(sent), sent[-1], is_ahead=every[-1] is None)


def version(session: Session, of: Of, number: int) -> FormVersion:
    """Give one version of a form; NotFound where there is none."""
    for one in versions(session, of):
        if one.number == number:
            return one
    raise NotFound("这个版本", "version")


def sent(session: Session, of: Of) -> FormVersion | None:
    """Give the latest version of a form that was sent."""
    return next((one for one in versions(session, of) if one.sending), None)


def keep(
    session: Session, of: Of, content: Mapping[str, Any], *, by: Party, now: datetime
) -> FormVersion:
    """Keep a form as its next version; where nothing differs, the last one is given."""
    text = canonical(content)
    last = versions(session, of)[:1]
    if last and last[0].sha256 == digest(text):
        return last[0]
    number = last[0].number + 1 if last else 1
    session.add(
        FormVersionRow(
            kind=of.kind,
            place=of.place,
            first=of.first,
            number=number,
            content=text,
            sha256=digest(text),
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    try:
        session.commit()
    except IntegrityError:  # somebody drew it up at this moment
        session.rollback()
        return keep(session, of, content, by=by, now=now)
    return version(session, of, number)


def send(
    session: Session,
    found: FormVersion,
    sending: FormSending,
    *,
    role: str,
    now: datetime,
) -> FormVersion:
    """Write down that a version was sent; once, and only the latest of a form."""
    if found.sending is not None:
        return found
    if versions(session, found.of)[0].number != found.number:
        raise Conflict(
            Words(
                "已经有更新的版本。",
                "There is a newer version.",
                "请核对最新版本后报送。",
                "Look at the latest version and send that one.",
            ),
            code="form-superseded",
        )
    session.add(
        FormSendingRow(
            version_id=found.id,
            place=found.of.place,
            reporter=sending.reporter,
            phone=sending.phone,
            remark=sending.remark,
            by=sending.by,
            role=role,
            at=now,
        )
    )
    try:
        session.commit()
    except IntegrityError:  # a second press of the button
        session.rollback()
    return version(session, found.of, found.number)


def version_of(row: FormVersionRow, sending: FormSendingRow | None) -> FormVersion:
    """Turn the rows of a version and of its sending into what is told of it."""
    told = sending and FormSending(
        sending.reporter, sending.phone, sending.remark, sending.by, sending.at
    )
    return FormVersion(
        row.id,
        Of(row.kind, row.place, row.first),
        row.number,
        json.loads(row.content),
        row.sha256,
        row.by,
        row.at,
        told or None,
    )

"""Send uploads at least once and, of one settlement, in order.

A sender claims the first upload of a settlement that is not done, and writes down under which
number it sends what; then it sends, while nothing is locked, and writes down what came back.
A sender that dies leaves its lease, which runs out; nobody else sends the same before.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.gateway import Unanswered
from dispensing.gateway.uploads import (
    RETURNED,
    SENT_OUT,
    SOLD,
    Delivery,
    Refusal,
    Sale,
    TakesUploads,
)
from dispensing.outbox import USUAL, Patience, is_hopeless
from dispensing.outbox.patience import wait_s
from dispensing.sealed import seal_in
from dispensing.service.notices import EVERYBODY, Whose
from dispensing.service.uploads.telling import as_text, told_of
from dispensing.tables import UploadEventRow, UploadRow
from dispensing.vault import Vault

SYSTEM = "system"
STUCK = ("refused", "laid_aside")
UNDONE = ("waiting", *STUCK)
# An attempt takes 30 s at most, and signing in before it a few more.
LEASE = timedelta(seconds=120)
_FARTHEST = timedelta(days=2)  # what lies further ahead was written by a wrong clock
_WORDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Due:
    """An upload in a sender's hands: what is told, under which number, by which lease.

    `again` tells that an earlier try may have come through.
    """

    id: UUID
    outlet_code: str
    infno: str
    told: Sale | Delivery
    msgid: str
    lease: str
    again: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: accepted, refused or unanswered, in the platform's words."""

    kind: str
    words: str = ""


def outlets_due(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Name the outlets that have something to be uploaded now."""
    query = select(UploadRow.outlet_code).where(*_due(now)).distinct()
    return tuple(session.exec(query.order_by(col(UploadRow.outlet_code))))


def claim(
    session: Session, vault: Vault, outlet_code: str, msgid: str, *, now: datetime
) -> Due | None:
    """Take an outlet's next upload into a sender's hands, to be sent under `msgid`."""
    query = select(UploadRow).where(
        col(UploadRow.outlet_code) == outlet_code, *_due(now)
    )
    row = session.exec(
        query.order_by(col(UploadRow.no))
        .limit(1)
        .with_for_update(skip_locked=True, of=UploadRow)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        session.rollback()
        return None
    told = told_of(session, row)
    # Whoever had it before may have sent it, and died.
    row.unanswered = row.unanswered or row.lease is not None
    row.lease, row.leased_until = secrets.token_hex(8), now + LEASE
    row.first_try_at = row.first_try_at or now
    sent = _note(session, row, "sent", now=now, msgid=msgid)
    session.flush()  # sealed in its place, which has a number now
    seal_in(vault, sent, "told_sealed", as_text(told))
    due = Due(
        row.id, row.outlet_code, row.infno, told, msgid, row.lease, row.unanswered
    )
    session.commit()
    return due


def send(gateway: TakesUploads, due: Due) -> Outcome:
    """Send an upload, once; what the platform has had before is done.

    That it has had it is believed only where an earlier try got no answer.
    """
    told = due.told
    try:
        if isinstance(told, Sale):
            act = {SOLD: gateway.sold, RETURNED: gateway.returned}[due.infno]
            act(due.outlet_code, told, due.msgid)
        elif due.infno == SENT_OUT:
            gateway.sent_out(due.outlet_code, told, due.msgid)
        else:
            gateway.signed_for(due.outlet_code, told, due.msgid)
    except Refusal as error:
        before = error.before and due.again
        return Outcome("accepted" if before else "refused", str(error))
    except Unanswered as error:
        return Outcome("unanswered", str(error))
    return Outcome("accepted")


def conclude(
    session: Session,
    due: Due,
    outcome: Outcome,
    *,
    now: datetime,
    patience: Patience = USUAL,
) -> str | None:
    """Write down what came back; gives the upload's state.

    None where the lease was lost meanwhile: the answer is kept, and the upload is another's.
    """
    row = session.get_one(
        UploadRow, due.id, with_for_update=True, populate_existing=True
    )
    words = outcome.words[:_WORDS_MAX]
    _note(session, row, outcome.kind, now=now, msgid=due.msgid, words=words)
    if row.lease != due.lease or row.state not in UNDONE:
        session.commit()
        return None
    row.lease = row.leased_until = None
    row.tries += 1
    row.last_words = words
    if outcome.kind == "accepted":
        row.state, row.ended_at = "done", now
    else:
        row.next_at = now + timedelta(seconds=wait_s(row.tries, row.id.hex))
        _put_off(row, outcome, now, patience)
    state = row.state
    session.commit()
    return state


def send_again(
    session: Session,
    upload_id: UUID,
    *,
    whose: Whose = EVERYBODY,
    by: str,
    now: datetime,
) -> None:
    """Let an upload that was refused be sent again, at once."""
    row = _stuck(session, upload_id, whose)
    row.state, row.tries, row.first_try_at, row.next_at = "waiting", 0, None, now
    _note(session, row, "again", now=now, by=by)
    session.commit()


def drop(
    session: Session,
    upload_id: UUID,
    *,
    reason: str,
    whose: Whose = EVERYBODY,
    by: str,
    now: datetime,
) -> None:
    """Give up an upload that was refused, with a reason; what comes after it is sent."""
    if not reason.strip():
        raise Malformed([FieldError("reason", "why it is given up")])
    row = _stuck(session, upload_id, whose)
    row.state, row.ended_at = "dropped", now
    _note(session, row, "dropped", now=now, by=by, words=reason.strip()[:_WORDS_MAX])
    session.commit()


def _put_off(
    row: UploadRow, outcome: Outcome, now: datetime, patience: Patience
) -> None:
    """Keep trying; where the platform is away it waits for ever, and its age is seen."""
    assert row.first_try_at is not None
    if outcome.kind == "unanswered":
        row.unanswered = True
        return
    hopeless = is_hopeless(patience, row.tries, row.first_try_at, now)
    row.state = "laid_aside" if hopeless else "refused"


def _due(now: datetime) -> tuple[Any, ...]:
    """Select what is due and the first of its settlement that is not done."""
    before = aliased(UploadRow)
    earlier = select(before.id).where(
        col(before.outlet_code) == col(UploadRow.outlet_code),
        col(before.settlement_id) == col(UploadRow.settlement_id),
        col(before.no) < col(UploadRow.no),
        col(before.state).in_(UNDONE),
    )
    next_at, leased_until = col(UploadRow.next_at), col(UploadRow.leased_until)
    held = and_(leased_until > now, leased_until <= now + LEASE)
    return (
        col(UploadRow.state).in_(("waiting", "refused")),
        or_(next_at <= now, next_at > now + _FARTHEST),
        or_(leased_until.is_(None), ~held),
        ~earlier.exists(),
    )


def _note(
    session: Session,
    row: UploadRow,
    kind: str,
    *,
    now: datetime,
    by: str = SYSTEM,
    msgid: str = "",
    words: str = "",
) -> UploadEventRow:
    event = UploadEventRow(
        upload_id=row.id,
        outlet_code=row.outlet_code,
        infno=row.infno,
        at=now,
        kind=kind,
        by=by,
        msgid=msgid,
        words=words,
    )
    session.add(event)
    return event


def _stuck(session: Session, upload_id: UUID, whose: Whose) -> UploadRow:
    row = session.get(
        UploadRow, upload_id, with_for_update=True, populate_existing=True
    )
    if row is None or not whose.has(row.outlet_code):
        raise NotFound("上传", "upload")
    if row.state not in STUCK:
        raise Conflict(
            Words(
                "这条上传没有被拒绝。",
                "This upload was not refused.",
                "请刷新页面，查看最新状态。",
                "Refresh to see where it stands.",
            ),
            code="upload-not-refused",
        )
    return row

"""Deliver notices at least once and, of one prescription to one subscriber, in order.

A sender claims notices that are due: of each prescription only the first that was not
delivered. It sends them while nothing is locked, and writes down what became of each. A
sender that dies leaves its lease, which runs out; nobody else sends the same notice before.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, NotFound, Words
from dispensing.outbox import (
    LEASE,
    USUAL,
    Answer,
    Patience,
    due_again,
    firms_body,
    is_deaf,
    is_hopeless,
    pause_s,
)
from dispensing.sealed import unseal
from dispensing.service.notices.subscribing import (
    Whose,
    done,
    end,
    is_firm,
    subscription_row,
)
from dispensing.tables import NoticeRow, OutboxEventRow, SubscriptionRow
from dispensing.vault import Vault

_SYSTEM = "system"
# Written out, so that the databases see that the partial indexes fit.
_WAITING: Any = bindparam("waiting", "waiting", literal_execute=True)
_UNDELIVERED: Any = bindparam(
    "undelivered", ("waiting", "dead"), expanding=True, literal_execute=True
)
# What lies further ahead than anything is ever put off was written by a clock that was ahead.
_FARTHEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Due:
    """A notice in a sender's hands: what is sent where, and the lease it is held by."""

    id: UUID
    subscription_id: UUID
    url: str
    body: str
    signature: str
    secrets: tuple[str, ...]
    lease: str
    tries: int

    @property
    def message_id(self) -> str:
        """Name the message (webhook-id): the same at every try."""
        return f"msg_{self.id.hex}"


def places_due(session: Session, *, now: datetime) -> tuple[UUID, ...]:
    """List the subscriptions that may have something to be sent now."""
    query = (
        select(SubscriptionRow.id)
        .where(
            col(SubscriptionRow.state) == "active",
            or_(
                col(SubscriptionRow.paused_until).is_(None),
                _is_due(col(SubscriptionRow.paused_until), now),
            ),
            select(NoticeRow.id)
            .where(
                col(NoticeRow.subscription_id) == col(SubscriptionRow.id),
                col(NoticeRow.state) == _WAITING,
                _is_due(col(NoticeRow.next_at), now),
            )
            .exists(),
        )
        .order_by(col(SubscriptionRow.id))
    )
    return tuple(session.exec(query))


def claim(
    session: Session,
    vault: Vault,
    subscription_id: UUID,
    *,
    limit: int,
    now: datetime,
) -> tuple[Due, ...]:
    """Take notices of one subscription into a sender's hands: one of a prescription at most."""
    place = session.get(SubscriptionRow, subscription_id)
    if place is None or place.state != "active":
        return ()
    rows = session.exec(_heads(subscription_id, limit, now)).all()
    lease = secrets.token_hex(8)
    for row in rows:
        row.lease, row.leased_until = lease, now + LEASE
        row.first_try_at = row.first_try_at or now
    bodies = _bodies(session, [row.event_no for row in rows])
    if is_firm(place.outlet_code):
        bodies = {no: firms_body(body) for no, body in bodies.items()}
    keys = _secrets(vault, place, now)
    taken = tuple(
        Due(
            row.id,
            place.id,
            place.url,
            bodies[row.event_no],
            place.signature,
            keys,
            lease,
            row.tries,
        )
        for row in rows
    )
    session.commit()
    return taken


def conclude(
    session: Session,
    due: Due,
    answer: Answer,
    *,
    now: datetime,
    patience: Patience = USUAL,
) -> str | None:
    """Write down what became of an attempt; gives the notice's state.

    None where the lease was lost meanwhile: then whoever has it tells.
    """
    place = subscription_row(session, due.subscription_id)
    row = session.get(NoticeRow, due.id, with_for_update=True, populate_existing=True)
    if row is None or row.lease != due.lease or row.state != "waiting":
        session.rollback()
        return None
    row.lease = row.leased_until = None
    row.tries += 1
    row.last_status, row.last_error = answer.status, answer.error[:200]
    if answer.is_taken:
        row.state, row.ended_at = "delivered", now
        place.failures, place.last_taken_at = 0, now
        place.failing_since = place.paused_until = None
    elif answer.is_farewell:
        end(session, place, "gone", by=_SYSTEM, now=now)
    else:
        _put_off(row, answer, now, patience)
        _blame(session, place, answer, now=now, patience=patience)
    state = row.state
    session.commit()
    return state


def send_again(
    session: Session,
    notice_id: UUID,
    *,
    whose: Whose,
    by: str,
    now: datetime,
) -> None:
    """Let a notice that was laid aside be sent again, at once."""
    row, place = _dead(session, notice_id, whose)
    row.state, row.tries, row.first_try_at, row.next_at = "waiting", 0, None, now
    done(session, place, "sent_again", by=by, now=now, detail=str(row.id))
    session.commit()


def drop(
    session: Session,
    notice_id: UUID,
    *,
    whose: Whose,
    by: str,
    now: datetime,
) -> None:
    """Give a notice up that was laid aside; what comes after it is sent, with a gap in `seq`."""
    row, place = _dead(session, notice_id, whose)
    row.state, row.ended_at = "dropped", now
    done(session, place, "dropped", by=by, now=now, detail=str(row.id))
    session.commit()


def _is_due(moment: Any, now: datetime) -> Any:
    return or_(moment <= now, moment > now + _FARTHEST)


def _heads(subscription_id: UUID, limit: int, now: datetime) -> Any:
    """Select what is due and the first of its prescription, skipping what others look at."""
    before = aliased(NoticeRow)
    earlier = select(before.id).where(
        col(before.subscription_id) == col(NoticeRow.subscription_id),
        col(before.prescription_id) == col(NoticeRow.prescription_id),
        col(before.seq) < col(NoticeRow.seq),
        col(before.state).in_(_UNDELIVERED),
    )
    leased_until = col(NoticeRow.leased_until)
    held = and_(leased_until > now, leased_until <= now + LEASE)
    return (
        select(NoticeRow)
        .where(
            col(NoticeRow.subscription_id) == subscription_id,
            col(NoticeRow.state) == _WAITING,
            _is_due(col(NoticeRow.next_at), now),
            or_(leased_until.is_(None), ~held),
            ~earlier.exists(),
        )
        .order_by(col(NoticeRow.event_no))
        .limit(limit)
        .with_for_update(skip_locked=True, of=NoticeRow)
        .execution_options(populate_existing=True)
    )


def _bodies(session: Session, numbers: list[int]) -> dict[int, str]:
    query = select(OutboxEventRow.no, OutboxEventRow.body)
    found = session.exec(query.where(col(OutboxEventRow.no).in_(numbers)))
    return dict(found.all())


def _secrets(vault: Vault, place: SubscriptionRow, now: datetime) -> tuple[str, ...]:
    kept = ["secret_sealed"]
    until = place.old_secret_until
    if place.old_secret_sealed and until is not None and now < until:
        kept.append("old_secret_sealed")
    return tuple(unseal(vault, place, each) for each in kept)


def _put_off(row: NoticeRow, answer: Answer, now: datetime, patience: Patience) -> None:
    assert row.first_try_at is not None
    row.next_at = due_again(answer, row.tries, row.id.hex, now)
    # Where the whole place is away, its notices wait for it: it is switched off instead.
    hopeless = is_hopeless(patience, row.tries, row.first_try_at, now)
    if hopeless and not answer.is_of_the_place:
        row.state = "dead"


def _blame(
    session: Session,
    place: SubscriptionRow,
    answer: Answer,
    *,
    now: datetime,
    patience: Patience,
) -> None:
    """Count a failure of the place; leave it alone for a while, or switch it off."""
    place.failures += 1
    place.failing_since = place.failing_since or now
    if answer.is_of_the_place:
        wait_s = answer.wait_s or pause_s(place.failures, place.id.hex)
        place.paused_until = now + timedelta(seconds=min(wait_s, 24 * 3600))
    deaf = is_deaf(patience, place.failures, place.failing_since, now)
    if deaf and place.state == "active":
        place.state = "disabled"
        done(session, place, "disabled", by=_SYSTEM, now=now, detail=answer.error)


def _dead(
    session: Session, notice_id: UUID, whose: Whose
) -> tuple[NoticeRow, SubscriptionRow]:
    found = session.get(NoticeRow, notice_id)
    nothing = NotFound("通知", "notice")
    if found is None:
        raise nothing
    try:
        place = subscription_row(session, found.subscription_id, whose)
    except NotFound:  # that there is one of somebody else's is not told
        raise nothing from None
    session.refresh(found, with_for_update=True)
    if found.state != "dead":
        raise Conflict(
            Words(
                "这条通知不在死信中。",
                "This notice is not laid aside.",
                "请刷新页面，查看最新状态。",
                "Refresh to see where it stands.",
            ),
            code="notice-not-dead",
        )
    return found, place

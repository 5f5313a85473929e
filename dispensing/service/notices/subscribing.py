"""Subscriptions (订阅): an institution's address for notices, its secret, its ups and downs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.errors import Conflict, NotFound, Words
from dispensing.sealed import at, seal_in, unseal
from dispensing.tables import (
    NoticeRow,
    RecordRow,
    SubscriptionEventRow,
    SubscriptionRow,
)
from dispensing.vault import Vault
from pharmacies import service as pharmacies

OVERLAP = timedelta(hours=24)  # for which the secret before the last one still signs
SUBSCRIPTIONS_MAX = 10  # of one institution
_OVER = ("gone", "ended")


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription as its owner sees it; the secret is shown once, when it is made."""

    id: UUID
    outlet_code: str
    url: str
    kinds: tuple[str, ...]
    signature: str
    state: str
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    last_taken_at: datetime | None
    old_secret_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What an institution asks for: where, which events (none: all), signed how, by what."""

    url: str
    kinds: tuple[str, ...]
    signature: str
    secret: str


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose subscriptions somebody may see and change: an institution's, an area's, or all."""

    outlet_code: str | None = None
    area: str | None = None  # a pooling area (统筹区), four digits

    def has(self, code: str) -> bool:
        """Tell whether an institution is among them."""
        own = self.outlet_code in {None, code}
        return own and self.area in {None, pooling_area(code)}


EVERYBODY = Whose()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscription wants to be told."""

    subscription_id: UUID
    kinds: frozenset[str]
    after_record: int


def subscribe(
    session: Session,
    vault: Vault,
    outlet_code: str,
    asked: NewSubscription,
    *,
    by: str,
    now: datetime,
) -> SubscriptionView:
    """Subscribe an institution to what happens from now on to prescriptions that concern it.

    A delivery firm (配送企业) is told of its own orders.
    """
    _reject_unknown(session, outlet_code)
    _reject_too_many(session, outlet_code)
    id_ = uuid4()
    row = SubscriptionRow(
        id=id_,
        outlet_code=outlet_code,
        url=asked.url,
        kinds=list(asked.kinds),
        signature=asked.signature,
        secret_sealed=vault.seal(
            asked.secret, at(SubscriptionRow, "secret_sealed", id_)
        ),
        after_record=session.scalar(select(func.max(RecordRow.id))) or 0,
        created_at=now,
    )
    session.add(row)
    session.flush()  # before what refers to it
    done(session, row, "created", by=by, now=now)
    view = view_of(row)
    session.commit()
    return view


def rotate(
    session: Session,
    vault: Vault,
    subscription_id: UUID,
    secret: str,
    *,
    whose: Whose,
    by: str,
    now: datetime,
) -> SubscriptionView:
    """Give a subscription a new secret; the old one signs as well for another 24 hours."""
    row = subscription_row(session, subscription_id, whose)
    _reject_over(row)
    old = unseal(vault, row, "secret_sealed")
    seal_in(vault, row, "old_secret_sealed", old)
    row.old_secret_until = now + OVERLAP
    seal_in(vault, row, "secret_sealed", secret)
    done(session, row, "rotated", by=by, now=now)
    view = view_of(row)
    session.commit()
    return view


def enable(
    session: Session,
    subscription_id: UUID,
    *,
    whose: Whose,
    by: str,
    now: datetime,
) -> SubscriptionView:
    """Switch a subscription on again; what has waited for it is sent, in order."""
    row = subscription_row(session, subscription_id, whose)
    _reject_over(row)
    if row.state == "disabled":
        row.state, row.failures = "active", 0
        row.failing_since = row.paused_until = None
        done(session, row, "enabled", by=by, now=now)
    view = view_of(row)
    session.commit()
    return view


def unsubscribe(
    session: Session,
    subscription_id: UUID,
    *,
    whose: Whose,
    by: str,
    now: datetime,
) -> SubscriptionView:
    """End a subscription; what has waited for it is dropped."""
    row = subscription_row(session, subscription_id, whose)
    if row.state not in _OVER:
        end(session, row, "ended", by=by, now=now)
    view = view_of(row)
    session.commit()
    return view


def subscriptions(
    session: Session, whose: Whose = EVERYBODY
) -> tuple[SubscriptionView, ...]:
    """List subscriptions; those that are over come last."""
    query = select(SubscriptionRow)
    if whose.outlet_code is not None:
        query = query.where(col(SubscriptionRow.outlet_code) == whose.outlet_code)
    ordered = query.order_by(
        col(SubscriptionRow.state).in_(_OVER),
        col(SubscriptionRow.outlet_code),
        col(SubscriptionRow.created_at),
    )
    found = session.exec(ordered)
    return tuple(view_of(row) for row in found if whose.has(row.outlet_code))


def wishes(session: Session) -> Mapping[str, Sequence[Wish]]:
    """Tell by institution what is to be told; one that is switched off is told later."""
    query = select(SubscriptionRow).where(col(SubscriptionRow.state).not_in(_OVER))
    found: dict[str, list[Wish]] = {}
    for row in session.exec(query):
        wish = Wish(row.id, frozenset(row.kinds), row.after_record)
        found.setdefault(row.outlet_code, []).append(wish)
    return found


def subscription_row(
    session: Session, subscription_id: UUID, whose: Whose = EVERYBODY
) -> SubscriptionRow:
    """Return a subscription, locked; NotFound where it is somebody else's."""
    row = session.get(
        SubscriptionRow, subscription_id, with_for_update=True, populate_existing=True
    )
    if row is None or not whose.has(row.outlet_code):
        raise NotFound("订阅", "subscription")
    return row


def end(
    session: Session, row: SubscriptionRow, state: str, *, by: str, now: datetime
) -> None:
    """End a subscription as `ended` or `gone`, and drop what has waited; the caller commits."""
    row.state = state
    waiting = select(NoticeRow).where(
        col(NoticeRow.subscription_id) == row.id,
        col(NoticeRow.state).in_(("waiting", "dead")),
    )
    dropped = session.exec(waiting.with_for_update()).all()
    for notice in dropped:
        notice.state, notice.ended_at = "dropped", now
    done(session, row, state, by=by, now=now, detail=str(len(dropped)))


def done(
    session: Session,
    row: SubscriptionRow,
    kind: str,
    *,
    by: str,
    now: datetime,
    detail: str = "",
) -> None:
    """Write down what was done with a subscription; the caller commits."""
    session.add(
        SubscriptionEventRow(
            subscription_id=row.id,
            outlet_code=row.outlet_code,
            at=now,
            kind=kind,
            by=by,
            detail=detail,
        )
    )


def view_of(row: SubscriptionRow) -> SubscriptionView:
    """Turn a row into the value that services answer with."""
    return SubscriptionView(
        id=row.id,
        outlet_code=row.outlet_code,
        url=row.url,
        kinds=tuple(row.kinds),
        signature=row.signature,
        state=row.state,
        failures=row.failures,
        failing_since=row.failing_since,
        paused_until=row.paused_until,
        last_taken_at=row.last_taken_at,
        old_secret_until=row.old_secret_until,
        created_at=row.created_at,
    )


def is_firm(code: str) -> bool:
    """Tell whether a subscriber is a delivery firm: it is told of its own orders alone."""
    return code.startswith("C")


def _reject_unknown(session: Session, code: str) -> None:
    if not is_firm(code):
        pharmacies.outlet(session, code)
    elif all(one.code != code for one in pharmacies.carriers(session)):
        raise pharmacies.NoSuchOutlet(code)


def _reject_too_many(session: Session, outlet_code: str) -> None:
    query = select(func.count()).where(
        col(SubscriptionRow.outlet_code) == outlet_code,
        col(SubscriptionRow.state).not_in(_OVER),
    )
    if (session.scalar(query) or 0) >= SUBSCRIPTIONS_MAX:
        raise Conflict(
            Words(
                f"一个机构最多 {SUBSCRIPTIONS_MAX} 个订阅。",
                f"An institution has {SUBSCRIPTIONS_MAX} subscriptions at most.",
                "请先取消不用的订阅。",
                "End one that is not used.",
            ),
            code="too-many-subscriptions",
        )


def _reject_over(row: SubscriptionRow) -> None:
    if row.state in _OVER:
        raise Conflict(
            Words(
                "这个订阅已经取消。",
                "This subscription is over.",
                "需要时请重新订阅。",
                "Subscribe anew where it is wanted.",
            ),
            code="subscription-over",
        )

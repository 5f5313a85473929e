"""How far notices lag behind: by subscriber what waits and since when, and what is laid aside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from dispensing.service.notices.subscribing import (
    EVERYBODY,
    SubscriptionView,
    Whose,
    subscriptions,
)
from dispensing.service.notices.telling import untold
from dispensing.tables import NoticeRow, SubscriptionRow

SHOWN_MAX = 200
KEPT = timedelta(days=30)
_PURGED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Lag:
    """How one subscription stands: what waits, since when, and what is laid aside."""

    subscription: SubscriptionView
    waiting: int
    dead: int
    oldest_s: int | None


@dataclass(frozen=True, slots=True)
class Lags:
    """How all notices stand; `untold` events are recorded, but no notice is written yet."""

    by_subscription: tuple[Lag, ...]
    untold: int
    untold_s: int | None

    @property
    def waiting(self) -> int:
        """Count what is not delivered yet."""
        return sum(lag.waiting for lag in self.by_subscription)

    @property
    def dead(self) -> int:
        """Count what is laid aside."""
        return sum(lag.dead for lag in self.by_subscription)

    @property
    def oldest_s(self) -> int | None:
        """Give the seconds for which the oldest has waited."""
        ages = [lag.oldest_s for lag in self.by_subscription] + [self.untold_s]
        return max((age_s for age_s in ages if age_s is not None), default=None)


@dataclass(frozen=True, slots=True)
class DeadNotice:
    """A notice that was laid aside, and why; no more of the prescription is sent before it."""

    id: UUID
    subscription_id: UUID
    outlet_code: str
    prescription_id: UUID
    seq: int
    kind: str
    made_at: datetime
    tries: int
    last_status: int | None
    last_error: str


def lags(session: Session, *, now: datetime, whose: Whose = EVERYBODY) -> Lags:
    """Tell how far notices lag behind."""
    query = (
        select(
            NoticeRow.subscription_id,
            NoticeRow.state,
            func.count(),
            func.min(NoticeRow.made_at),
        )
        .where(col(NoticeRow.state).in_(("waiting", "dead")))
        .group_by(col(NoticeRow.subscription_id), col(NoticeRow.state))
    )
    counted = {
        (id_, state): (count, oldest)
        for id_, state, count, oldest in session.exec(query)
    }
    told = tuple(
        _lag(
            view, counted.get((view.id, "waiting")), counted.get((view.id, "dead")), now
        )
        for view in subscriptions(session, whose)
    )
    count, oldest = untold(session)
    return Lags(told, count, _age_s(oldest, now))


def dead_notices(session: Session, whose: Whose = EVERYBODY) -> tuple[DeadNotice, ...]:
    """List what was laid aside, the oldest first."""
    query = (
        select(NoticeRow, SubscriptionRow.outlet_code)
        .join(
            SubscriptionRow, col(SubscriptionRow.id) == col(NoticeRow.subscription_id)
        )
        .where(col(NoticeRow.state) == "dead")
    )
    if whose.outlet_code is not None:
        query = query.where(col(SubscriptionRow.outlet_code) == whose.outlet_code)
    found = session.exec(query.order_by(col(NoticeRow.event_no)).limit(SHOWN_MAX))
    return tuple(_shown(row, code) for row, code in found if whose.has(code))


def purge(session: Session, *, now: datetime) -> int:
    """Forget notices that were delivered or dropped more than 30 days ago; tells how many."""
    old = select(NoticeRow.id).where(col(NoticeRow.ended_at) < now - KEPT)
    forgotten = 0
    while ids := session.exec(old.limit(_PURGED_AT_ONCE)).all():
        session.execute(delete(NoticeRow).where(col(NoticeRow.id).in_(ids)))
        session.commit()
        forgotten += len(ids)
    session.rollback()
    return forgotten


def _lag(
    view: SubscriptionView,
    waiting: tuple[int, datetime] | None,
    dead: tuple[int, datetime] | None,
    now: datetime,
) -> Lag:
    oldest = min((each[1] for each in (waiting, dead) if each), default=None)
    return Lag(
        view,
        waiting[0] if waiting else 0,
        dead[0] if dead else 0,
        _age_s(oldest, now),
    )


def _age_s(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))


def _shown(row: NoticeRow, outlet_code: str) -> DeadNotice:
    return DeadNotice(
        row.id,
        row.subscription_id,
        outlet_code,
        row.prescription_id,
        row.seq,
        row.kind,
        row.made_at,
        row.tries,
        row.last_status,
        row.last_error,
    )

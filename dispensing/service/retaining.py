"""Remove what has been kept for its term (保存期限), some at a time, each batch on record.

A batch is one unit of work: what is removed, the marks of it, and a row that the audit chain
tells of. Who is cut off goes on where it ended; of two at once one does each thing, because
its mark can be written once.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, not_, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, exists, select

from dispensing.desk import Desk
from dispensing.retention import Hold, Term
from dispensing.service import holding
from dispensing.service.closing_people import ON_THE_WAY
from dispensing.service.locking_away import STILL
from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import also_record
from dispensing.tables import (
    ClosedDayRow,
    DifferenceEventRow,
    DifferenceRow,
    EventRow,
    FeedbackRow,
    FeedbackTurnRow,
    OrderRow,
    PersonRow,
    PrescriptionRow,
    RetentionMarkRow,
    RetentionRunRow,
    SettlementRow,
    SuspicionEventRow,
    SuspicionRow,
)

BATCH = 200
RUNS_SHOWN = 50
RX = PrescriptionRow
Where = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Way:
    """How a kind is found and removed: its rows, their instant, what is over, what holds."""

    row: Any  # rows with an id
    since: Any  # the column of the instant that is told
    over: Callable[[datetime], tuple[Where, ...]]
    holds: Mapping[str, Where]
    person_no: Any
    remove: Callable[[Session, Desk, Sequence[UUID]], None]
    prescription_id: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: a kind, how it is found, its term, and what the operator holds."""

    kind: str
    way: Way
    term: Term
    holds: Collection[Hold] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a kind would go now, from when to when, and what is held back by which reason."""

    kind: str
    count: int
    oldest: datetime | None
    newest: datetime | None
    held: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunView:
    """One batch that was removed."""

    kind: str
    term: str
    source: str
    decided_by: str
    decided_on: date
    count: int
    digest: str
    by: str
    at: datetime


def standing(session: Session, asked: Asked, *, now: datetime) -> Standing:
    """Count what of a kind would go now, and what is held back; nothing is changed."""
    way = asked.way
    due, kept = _due(asked, asked.term.before(now)), _holds(asked)
    free = [not_(each) for each in kept.values()]
    counted = select(func.count(), func.min(way.since), func.max(way.since))
    count, oldest, newest = session.exec(counted.where(*due, *free)).one()
    held = {
        reason: session.exec(
            select(func.count()).select_from(way.row).where(*due, it)
        ).one()
        for reason, it in kept.items()
    }
    told = {reason: number for reason, number in held.items() if number}
    return Standing(asked.kind, count, oldest, newest, told)


def remove_some(
    session: Session,
    desk: Desk,
    asked: Asked,
    *,
    by: str,
    now: datetime,
    limit: int = BATCH,
) -> int | None:
    """Remove one batch of a kind; tells how many, or None where another was first."""
    way, before = asked.way, asked.term.before(now)
    free = [not_(each) for each in _holds(asked).values()]
    query = select(way.row.id).where(*_due(asked, before), *free).order_by(way.row.id)
    ids = session.exec(query.limit(limit).with_for_update()).all()
    if not ids:
        session.rollback()
        return 0
    session.add_all(RetentionMarkRow(kind=asked.kind, subject=each) for each in ids)
    session.add(_run(asked, ids, by=by, now=now))
    try:
        session.flush()
    except IntegrityError:  # another has marked them first
        session.rollback()
        return None
    way.remove(session, desk, ids)
    session.commit()
    return len(ids)


def runs(session: Session, *, limit: int = RUNS_SHOWN) -> tuple[RunView, ...]:
    """List the batches that were removed, the newest first."""
    query = select(RetentionRunRow).order_by(col(RetentionRunRow.id).desc())
    names = RunView.__dataclass_fields__
    return tuple(
        RunView(**{name: getattr(row, name) for name in names})
        for row in session.exec(query.limit(limit))
    )


def digest_of(ids: Collection[UUID]) -> str:
    """Give the SHA-256 over the numbers of what was removed.

    >>> digest_of([UUID(int=2), UUID(int=1)]) == digest_of([UUID(int=1), UUID(int=2)])
    True
    """
    lines = "\n".join(sorted(str(each) for each in ids))
    return hashlib.sha256(lines.encode()).hexdigest()


def case_over(before: datetime) -> tuple[Where, ...]:
    """Ask whether nothing has happened to a prescription since an instant."""
    since = (
        exists()
        .where(col(EventRow.prescription_id) == col(RX.id), col(EventRow.at) >= before)
        .correlate(RX)
    )
    return (col(RX.received_at) < before, not_(since))


def case_holds() -> dict[str, Where]:
    """Give what holds a prescription back, by the reasons of `dispensing.retention.HOLDS`."""
    mine = col(SettlementRow.prescription_id) == col(RX.id)
    return {
        "open": col(RX.state).in_(STILL),
        "settling": _any(mine, col(SettlementRow.state).in_(holding.OPEN)),
        "order": _any(
            col(OrderRow.prescription_id) == col(RX.id),
            col(OrderRow.state).in_(ON_THE_WAY),
        ),
        "complaint": _complaint(),
        "difference": _difference(),
        "suspicion": _suspicion(),
    }


def locked_person(person_no: Any) -> Where:
    """Ask whether the person of a row has closed the account."""
    query = select(PersonRow.person_no).where(
        col(PersonRow.person_no) == person_no, col(PersonRow.closed_at).is_not(None)
    )
    return query.exists()


def _run(
    asked: Asked, ids: Collection[UUID], *, by: str, now: datetime
) -> RetentionRunRow:
    term = asked.term
    return RetentionRunRow(
        kind=asked.kind,
        term=term.length,
        source=term.source,
        decided_by=term.decided_by,
        decided_on=term.decided_on,
        before=term.before(now),
        count=len(ids),
        digest=digest_of(ids),
        by=by,
        at=now,
    )


def _due(asked: Asked, before: datetime) -> tuple[Where, ...]:
    done = (
        select(RetentionMarkRow.subject)
        .where(
            col(RetentionMarkRow.kind) == asked.kind,
            col(RetentionMarkRow.subject) == asked.way.row.id,
        )
        .exists()
    )
    return (*asked.way.over(before), not_(done))


def _holds(asked: Asked) -> dict[str, Where]:
    way, holds = asked.way, asked.holds
    found = dict(way.holds)
    if not asked.term.locked_too:
        found["locked"] = locked_person(way.person_no)
    people = [each.person for each in holds if each.person is not None]
    cases = [each.prescription for each in holds if each.prescription is not None]
    named = way.person_no.in_(people) if people else false()
    if cases and way.prescription_id is not None:
        named = or_(named, way.prescription_id.in_(cases))
    found["declared"] = named
    return found


def _any(*asked: Where) -> Where:
    return exists().where(*asked).correlate(RX)


def _complaint() -> Where:
    """Ask for a complaint that was never answered, or not to the patient's content at last."""
    turn, last = FeedbackTurnRow.__table__.alias(), FeedbackTurnRow.__table__.alias()  # type: ignore[attr-defined]
    settled = (
        select(turn.c.id)
        .where(
            turn.c.feedback_id == col(FeedbackRow.id),
            turn.c.kind.in_(("answered", "closed")),
            not_(
                select(last.c.id)
                .where(last.c.feedback_id == turn.c.feedback_id, last.c.id > turn.c.id)
                .exists()
            ),
        )
        .exists()
    )
    return _any(
        col(FeedbackRow.prescription_id) == col(RX.id),
        col(FeedbackRow.kind) == "complaint",
        not_(settled),
    )


def _difference() -> Where:
    """Ask for a difference of a settlement's day that is neither booked nor closed with it."""
    closed = select(ClosedDayRow.id).where(
        col(ClosedDayRow.outlet_code) == col(DifferenceRow.outlet_code),
        col(ClosedDayRow.day) == col(DifferenceRow.day),
    )
    booked = select(DifferenceEventRow.id).where(
        col(DifferenceEventRow.difference_id) == col(DifferenceRow.id),
        col(DifferenceEventRow.kind) == "book",
    )
    return _any(
        col(SettlementRow.prescription_id) == col(RX.id),
        col(DifferenceRow.outlet_code) == col(SettlementRow.outlet_code),
        col(DifferenceRow.day) == col(SettlementRow.on),
        not_(closed.exists()),
        not_(booked.exists()),
    )


def _suspicion() -> Where:
    resolved = select(SuspicionEventRow.id).where(
        col(SuspicionEventRow.suspicion_id) == col(SuspicionRow.id),
        col(SuspicionEventRow.kind) == "resolved",
    )
    first = select(SettlementRow.id).where(
        col(SettlementRow.id) == col(SuspicionRow.first_settlement_id),
        col(SettlementRow.prescription_id) == col(RX.id),
    )
    return _any(
        or_(
            col(SuspicionRow.prescription_id) == col(RX.id),
            first.correlate(SuspicionRow, RX).exists(),
        ),
        not_(resolved.exists()),
    )


also_record(Fact("retention", RetentionRunRow, turn="kind"))

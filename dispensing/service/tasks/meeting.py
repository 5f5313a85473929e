"""Meetings of the working group: one a month (C3), who was there, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.calendar import UNITS
from dispensing.days import day_of
from dispensing.errors import FieldError, Malformed
from dispensing.tables import MeetingRow, TaskRow

DECISIONS_MAX = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a meeting: it becomes a task."""

    words: str
    of: str
    who: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is kept of a meeting."""

    held_on: date
    present: str
    words: str
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingView:
    """One meeting, with the keys of the tasks that it decided on."""

    id: UUID
    held_on: date
    present: str
    words: str
    tasks: tuple[str, ...]
    by: str
    role: str
    at: datetime


def hold(
    session: Session,
    place: str,
    minutes: Minutes,
    *,
    key: str,
    by: str,
    role: str,
    now: datetime,
) -> MeetingView:
    """Keep the minutes of a meeting, each decision as a task; the same once more is the same."""
    _reject_unfit(minutes, day_of(now))
    row = MeetingRow(
        id=uuid4(),
        place=place,
        key=key,
        held_on=minutes.held_on,
        present=minutes.present.strip(),
        words=minutes.words.strip(),
        by=by,
        role=role,
        at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        return next(one for one, its in _listed(session, place) if its == key)
    for no, decision in enumerate(minutes.decisions, 1):
        session.add(
            TaskRow(
                id=uuid4(),
                place=place,
                key=f"decision:{row.id}:{no}",
                measure="",
                words=decision.words.strip(),
                of=decision.of,
                who=decision.who.strip(),
                clause="",
                due=decision.due,
                meeting_id=row.id,
                by=by,
                role=role,
                at=now,
            )
        )
    session.commit()
    return next(one for one, its in _listed(session, place) if its == key)


def meetings(session: Session, place: str) -> tuple[MeetingView, ...]:
    """List the meetings of an area, the latest first."""
    return tuple(one for one, _ in _listed(session, place))


def _listed(session: Session, place: str) -> Sequence[tuple[MeetingView, str]]:
    decided: dict[UUID, list[str]] = {}
    query = select(TaskRow).where(
        col(TaskRow.place) == place, col(TaskRow.meeting_id).is_not(None)
    )
    for task in session.exec(query.order_by(col(TaskRow.key))):
        assert task.meeting_id is not None
        decided.setdefault(task.meeting_id, []).append(task.key)
    rows = session.exec(
        select(MeetingRow)
        .where(col(MeetingRow.place) == place)
        .order_by(col(MeetingRow.held_on).desc(), col(MeetingRow.at).desc())
    )
    return [
        (
            MeetingView(
                row.id,
                row.held_on,
                row.present,
                row.words,
                tuple(decided.get(row.id, ())),
                row.by,
                row.role,
                row.at,
            ),
            row.key,
        )
        for row in rows
    ]


def _reject_unfit(minutes: Minutes, today: date) -> None:
    faults = []
    if minutes.held_on > today:
        faults.append(FieldError("held_on", "a day that is not still to come"))
    if not minutes.present.strip():
        faults.append(FieldError("present", "who was there"))
    if len(minutes.decisions) > DECISIONS_MAX:
        faults.append(FieldError("decisions", f"{DECISIONS_MAX} at most"))
    for no, one in enumerate(minutes.decisions, 1):
        if not one.words.strip() or one.of not in UNITS:
            expected = f"words, and one of {', '.join(UNITS)}"
            faults.append(FieldError(f"decisions.{no}", expected))
    if faults:
        raise Malformed(faults)

"""Tasks as they are read: those of the texts and those of meetings, and how each stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.calendar import Due, Listed, State, state_of
from dispensing.errors import NotFound
from dispensing.sealed import unseal, unseal_bytes
from dispensing.service.tasks.plans import Plan
from dispensing.tables import TaskActRow, TaskRow
from dispensing.vault import Vault


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task: what, who, by when, where it is written, and how it stands."""

    key: str
    measure: str
    words: str
    of: tuple[str, ...]
    who: str
    clause: str
    quote: str
    due: date | None
    period: str
    is_dated: bool  # the text names the day
    state: State
    acts: int
    last_at: datetime | None
    meeting_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TaskActView:
    """One thing that was written down about a task."""

    no: int
    kind: str
    words: str
    file_name: str
    media: str
    sha256: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows what was done."""

    name: str
    media: str
    raw: bytes


_Acts = Mapping[str, Sequence[TaskActRow]]


def tasks(
    session: Session, plan: Plan, place: str, *, first: date, last: date, today: date
) -> tuple[TaskView, ...]:
    """List the tasks of an area: due in a span of days, listed by a text, decided by a meeting.

    What is due once is listed whenever it was, so that it does not fall out of sight.
    """
    rows = session.exec(select(TaskRow).where(col(TaskRow.place) == place)).all()
    acts = _acts(session, place, rows)
    found = [_of_due(due, acts, today) for due in plan.due(first, last)]
    found += [_of_list(one, plan, acts, today) for one in plan.listed]
    known = {one.key for one in found}
    found += [
        _of_row(row, acts, today)
        for row in rows
        if row.key not in known
        and (row.meeting_id is not None or (row.due and first <= row.due <= last))
    ]
    return tuple(sorted(found, key=lambda one: (one.due or date.max, one.key)))


def task(
    session: Session, plan: Plan, place: str, key: str, *, today: date
) -> TaskView:
    """Give one task of an area; NotFound where there is none of that key."""
    row = row_of(session, place, key)
    acts = _acts(session, place, [row] if row else [])
    due = plan.due_at(key)
    if due is not None:
        return _of_due(due, acts, today)
    for one in plan.listed:
        if one.key == key:
            return _of_list(one, plan, acts, today)
    if row is None:
        raise NotFound("这项任务", "task")
    return _of_row(row, acts, today)


def row_of(
    session: Session, place: str, key: str, *, lock: bool = False
) -> TaskRow | None:
    """Find the row of a task, which is there once something was written down about it.

    Locked, who writes next waits for the commit and sees what was written.
    """
    query = select(TaskRow).where(col(TaskRow.place) == place, col(TaskRow.key) == key)
    return session.exec(query.with_for_update() if lock else query).first()


def history(
    session: Session, vault: Vault, place: str, key: str
) -> tuple[TaskActView, ...]:
    """List what was written down about a task, in its order."""
    row = row_of(session, place, key)
    if row is None:
        return ()
    return tuple(
        TaskActView(
            no=act.no,
            kind=act.kind,
            words=unseal(vault, act, "words_sealed"),
            file_name=unseal(vault, act, "file_name_sealed"),
            media=act.media,
            sha256=act.sha256,
            by=act.by,
            role=act.role,
            at=act.at,
        )
        for act in _acts(session, place, [row])[key]
    )


def evidence(
    session: Session, vault: Vault, place: str, key: str, *, no: int
) -> Evidence:
    """Give the file of one act; NotFound where there is none."""
    row = row_of(session, place, key)
    for act in _acts(session, place, [row])[key] if row else ():
        if act.no == no and act.sha256:
            name = unseal(vault, act, "file_name_sealed")
            return Evidence(name, act.media, unseal_bytes(vault, act, "sealed"))
    raise NotFound("这份佐证", "evidence")


def _acts(session: Session, place: str, rows: Sequence[TaskRow]) -> _Acts:
    keys = {row.id: row.key for row in rows}
    found: dict[str, list[TaskActRow]] = defaultdict(list)
    if not keys:
        return found
    query = select(TaskActRow).where(col(TaskActRow.place) == place)
    if len(keys) == 1:
        query = query.where(col(TaskActRow.task_id) == next(iter(keys)))
    for act in session.exec(query.order_by(col(TaskActRow.no))):
        if act.task_id in keys:
            found[keys[act.task_id]].append(act)
    return found


def _stands(
    key: str, due: date | None, acts: _Acts, today: date
) -> tuple[State, int, datetime | None]:
    done = acts.get(key, ())
    state = state_of([act.kind for act in done], due, today)
    return state, len(done), done[-1].at if done else None


def _of_due(due: Due, acts: _Acts, today: date) -> TaskView:
    state, count, last = _stands(due.key, due.on, acts, today)
    duty = due.duty
    return TaskView(
        key=due.key,
        measure="",
        words=duty.what,
        of=duty.of,
        who=duty.who,
        clause=duty.clause,
        quote=duty.quote,
        due=due.on,
        period=due.period,
        is_dated=duty.is_dated,
        state=state,
        acts=count,
        last_at=last,
    )


def _of_list(one: Listed, plan: Plan, acts: _Acts, today: date) -> TaskView:
    state, count, last = _stands(one.key, one.until, acts, today)
    return TaskView(
        key=one.key,
        measure=one.measure,
        words=one.task,
        of=one.of,
        who=one.who,
        clause=plan.list_clause,
        quote=one.quote,
        due=one.until,
        period="",
        is_dated=one.until is not None,
        state=state,
        acts=count,
        last_at=last,
    )


def _of_row(row: TaskRow, acts: _Acts, today: date) -> TaskView:
    state, count, last = _stands(row.key, row.due, acts, today)
    return TaskView(
        key=row.key,
        measure=row.measure,
        words=row.words,
        of=tuple(row.of.split()),
        who=row.who,
        clause=row.clause,
        quote="",
        due=row.due,
        period="",
        is_dated=True,
        state=state,
        acts=count,
        last_at=last,
        meeting_id=row.meeting_id,
    )

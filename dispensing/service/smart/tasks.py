"""What a worker does for smart audit: a run is asked for, carried out once, and told of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, NotFound
from dispensing.service.approving import Party
from dispensing.service.smart import runs
from dispensing.smart.alarms import Audit
from dispensing.tables import SmartRunRow, SmartTaskRow

Open = Callable[[bool], Session]  # true for one that only reads
Now = Callable[[], datetime]
Look = Callable[[Session, runs.AskedAudit], Audit]  # runs the rules, writes nothing
LOST_AFTER = timedelta(minutes=15)
OPEN_STATES = ("waiting", "running")
_FAILED = (
    "运行时出错，没有写入，请重新运行。",
    "It failed and nothing was written; run it again.",
)


@dataclass(frozen=True, slots=True)
class SmartTask:
    """A run that was asked for: how far it is, and what it has found."""

    id: UUID
    since: date
    until: date
    state: str
    lines: int
    alarms: int
    new: int
    unrun: tuple[str, ...]
    trouble_zh: str
    trouble_en: str
    by: str
    at: datetime

    @property
    def is_open(self) -> bool:
        """Tell whether a worker has it, or is about to."""
        return self.state in OPEN_STATES


def ask_run(
    session: Session,
    *,
    id_: UUID,
    place: str,
    first: date,
    last: date,
    by: Party,
    now: datetime,
) -> SmartTask:
    """Ask for a run over some days; under the same number it is one run."""
    row = session.get(SmartTaskRow, id_)
    if row is None:
        row = SmartTaskRow(
            id=id_,
            place=place,
            since=first,
            until=last,
            state="waiting",
            by=by.user,
            role=by.role,
            at=now,
            seen_at=now,
        )
        session.add(row)
        try:
            session.commit()
        except IntegrityError:  # a second press of the button
            session.rollback()
    return task(session, id_, place)


def task(session: Session, id_: UUID, place: str) -> SmartTask:
    """Tell how far a run of an area is; raises NotFound."""
    row = session.get(SmartTaskRow, id_, populate_existing=True)
    if row is None or (place and row.place != place):
        raise NotFound("这次运行", "run")
    return _view(row, session.get(SmartRunRow, id_))


def tasks(session: Session, place: str, limit: int = 20) -> tuple[SmartTask, ...]:
    """List the runs that were asked for, the latest first; of an area, or of all."""
    query = (
        select(SmartTaskRow, SmartRunRow)
        .join(SmartRunRow, col(SmartRunRow.id) == SmartTaskRow.id, isouter=True)
        .order_by(col(SmartTaskRow.at).desc())
        .limit(limit)
    )
    if place:
        query = query.where(col(SmartTaskRow.place) == place)
    return tuple(_view(*both) for both in session.exec(query))


def waiting(session: Session, now: datetime) -> tuple[UUID, ...]:
    """List what a worker should take on, those that lost theirs included."""
    mine = SmartTaskRow
    query = select(mine.id).where(
        (col(mine.state) == "waiting")
        | ((col(mine.state) == "running") & (col(mine.seen_at) < now - LOST_AFTER))
    )
    return tuple(session.exec(query))


def carry_out(open_session: Open, look: Look, id_: UUID, *, now: Now) -> None:
    """Carry a run out as it was asked for; asked again it is done once."""
    with open_session(False) as session:
        row = session.get(SmartTaskRow, id_)
        if row is None or row.state not in OPEN_STATES:
            return
        row.state, row.seen_at = "running", now()
        session.commit()
    try:
        new = _run(open_session, look, id_, now)
    except Conflict as error:
        said = error.words
        zh, en = said.zh + said.next_zh, f"{said.en} {said.next_en}"
        _end(open_session, id_, now(), state="refused", trouble_zh=zh, trouble_en=en)
        return
    except Exception:
        zh, en = _FAILED
        _end(open_session, id_, now(), state="failed", trouble_zh=zh, trouble_en=en)
        raise
    _end(open_session, id_, now(), state="done", new=new)


def _run(open_session: Open, look: Look, id_: UUID, now: Now) -> int:
    """Run the rules and keep what they find, with how many of the alarms are new."""
    with open_session(True) as session:
        # It may have been kept by a worker that did not live to say so.
        if session.get(SmartRunRow, id_) is not None:
            return runs.new_of(session, id_)
        row = session.get_one(SmartTaskRow, id_)
        asked = runs.AskedAudit(row.place, row.since, row.until, row.by)
        found = look(session, asked)
    with open_session(False) as session:
        try:
            return runs.keep_run(session, found, asked, id_=id_, now=now()).new
        except IntegrityError:  # another worker was first
            session.rollback()
            return runs.new_of(session, id_)


def _end(open_session: Open, id_: UUID, at: datetime, **ended: Any) -> None:
    with open_session(False) as session:
        row = session.get_one(SmartTaskRow, id_)
        for name, value in ended.items():
            setattr(row, name, value)
        row.seen_at = at
        session.commit()


def _view(row: SmartTaskRow, run: SmartRunRow | None) -> SmartTask:
    return SmartTask(
        row.id,
        row.since,
        row.until,
        row.state,
        run.lines if run else 0,
        run.alarms if run else 0,
        row.new,
        tuple(run.unrun.split()) if run else (),
        row.trouble_zh,
        row.trouble_en,
        row.by,
        row.at,
    )

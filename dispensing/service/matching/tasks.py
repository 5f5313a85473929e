"""What a worker does for matching: a file is handed in, tried and taken; a run is asked for."""

import csv
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any, cast
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import Conflict, NotFound, Words
from dispensing.matching.registry import BadRow, Examined, examine
from dispensing.policy.rules import Rules
from dispensing.sealed import at, unseal_bytes
from dispensing.service.approving import Party
from dispensing.service.matching import registries, running
from dispensing.tables.matching import ManagedRegistryRow, MatchingTaskRow
from dispensing.vault import Vault
from pharmacies.catalogue.said import BadFile
from pharmacies.table_cells import cells

Open = Callable[[bool], Session]  # true for one that only reads
Now = Callable[[], datetime]
RulesOf = Callable[[date], Rules]
LOST_AFTER = timedelta(minutes=15)  # a run of a million people is over by then
OPEN_STATES = ("waiting", "running")
SHOWN_MAX = 200
FILE_NAME_MAX = 120
_FAILED = (
    "处理时出错，没有写入，请重新上传。",
    "It failed and nothing was written; try again.",
)


@dataclass(frozen=True, slots=True)
class MatchingBadRow:
    """One refused row: its number, the column as the file heads it, and why, values masked."""

    row: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class MatchingTask:
    """How far a file or a run is, and what became of it."""

    id: UUID
    area: str
    act: str
    state: str
    as_of: date
    file_name: str
    file_sha256: str
    by: str
    at: datetime
    counts: dict[str, int]
    bad: tuple[MatchingBadRow, ...]
    trouble_zh: str
    trouble_en: str

    @property
    def is_open(self) -> bool:
        """Tell whether a worker has it, or is about to."""
        return self.state in OPEN_STATES

    @property
    def may_be_taken(self) -> bool:
        """Tell whether it was tried and has no refused row."""
        return self.act == "try" and self.state == "tried"


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as it is handed in, and of which day the registry is."""

    name: str
    content: bytes
    as_of: date


def hand_in(
    session: Session,
    vault: Vault,
    file: Handed,
    *,
    id_: UUID,
    area: str,
    by: Party,
    now: datetime,
) -> MatchingTask:
    """Keep a file, sealed, that is to be tried; under the same number it is the same one."""
    row = session.get(MatchingTaskRow, id_)
    if row is None:
        place = at(MatchingTaskRow, "content_sealed", id_)
        row = _row(id_, "try", area, file.as_of, by=by, now=now)
        row.file_name = file.name[:FILE_NAME_MAX]
        row.file_sha256 = hashlib.sha256(file.content).hexdigest()
        row.content_sealed = vault.seal_bytes(zlib.compress(file.content, 3), place)
        session.add(row)
        session.commit()
    return view(row)


def ask_take(
    session: Session, id_: UUID, *, area: str, by: Party, now: datetime
) -> MatchingTask:
    """Ask for a file to be taken that was tried without a refused row; else Conflict."""
    row = _found(session, id_, area, lock=True)
    if row.act == "try":
        if not view(row).may_be_taken:
            raise Conflict(_NOT_TRIED, code="not-tried")
        row.act, row.state, row.seen_at = "take", "waiting", now
        row.by, row.role = by.user, by.role
        session.commit()
    return view(row)


def ask_run(
    session: Session, *, id_: UUID, area: str, day: date, by: Party, now: datetime
) -> MatchingTask:
    """Ask for a run on a day; under the same number it is one run."""
    row = session.get(MatchingTaskRow, id_)
    if row is None:
        if not registries.registries(session, area, 1):
            raise Conflict(running.NO_REGISTRY, code="no-registry")
        row = _row(id_, "run", area, day, by=by, now=now)
        session.add(row)
        session.commit()
    return view(row)


def task(session: Session, id_: UUID, area: str) -> MatchingTask:
    """Tell how far a task of an area is; raises NotFound."""
    return view(_found(session, id_, area))


def tasks(session: Session, area: str, limit: int = 10) -> tuple[MatchingTask, ...]:
    """List the tasks of an area, the latest first."""
    query = select(MatchingTaskRow).where(col(MatchingTaskRow.area) == area)
    query = query.order_by(col(MatchingTaskRow.at).desc()).limit(limit)
    return tuple(map(view, session.exec(query)))


def every_bad_row(session: Session, id_: UUID, area: str) -> bytes:
    """Give every refused row as CSV, values masked."""
    fates = _found(session, id_, area).fates
    return zlib.decompress(fates) if fates else b""


def waiting(session: Session, now: datetime) -> tuple[tuple[UUID, str], ...]:
    """List what a worker should take on, those that lost theirs included, with their acts."""
    mine = MatchingTaskRow
    query = select(mine.id, mine.act).where(
        (col(mine.state) == "waiting")
        | ((col(mine.state) == "running") & (col(mine.seen_at) < now - LOST_AFTER))
    )
    return tuple(session.exec(query))


def carry_out(
    open_session: Open, vault: Vault, rules_of: RulesOf, id_: UUID, *, now: Now
) -> None:
    """Try, take or run, as was asked; asked again it is done once."""
    with open_session(False) as session:
        row = session.get(MatchingTaskRow, id_)
        if row is None or row.state not in OPEN_STATES:
            return
        act = row.act
        row.state, row.seen_at = "running", now()
        session.commit()
    job = _Job(open_session, vault, rules_of, id_, now())
    try:
        ended = _ACTS[act](job)
    except BadFile as error:
        ended = _trouble("refused", error.said.zh, error.said.en)
    except Conflict as error:
        ended = _trouble("refused", error.words.zh, error.words.en)
    except Exception:
        _end(open_session, id_, _trouble("failed", *_FAILED), now())
        raise
    _end(open_session, id_, ended, now())


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker needs for one task."""

    open_session: Open
    vault: Vault
    rules_of: RulesOf
    id: UUID
    now: datetime


def _try(job: _Job) -> dict[str, Any]:
    read = _examined(job)
    return {
        "state": "tried" if read.is_fit else "refused",
        "fates": zlib.compress(bad_rows_csv(read.bad), 6),
        "report": {"counts": _counts(read), "bad": _shown(read.bad)},
    }


def _take(job: _Job) -> dict[str, Any]:
    with job.open_session(True) as session:
        taken = session.get(ManagedRegistryRow, job.id) is not None
    # It may have been taken by a worker that did not live to say so.
    read = None if taken else _examined(job)
    with job.open_session(False) as session:
        row = session.get_one(MatchingTaskRow, job.id)
        if read is not None:
            assert read.is_fit, "only what was tried is taken"
            registries.take(
                session,
                job.vault,
                read.people.values(),
                registries.Source(row.file_name, row.file_sha256, row.as_of),
                id_=job.id,
                area=row.area,
                by=Party(row.by, row.role, row.by),
                now=job.now,
            )
    return {"state": "done", "content_sealed": None}


def _run(job: _Job) -> dict[str, Any]:
    with job.open_session(False) as session:
        row = session.get_one(MatchingTaskRow, job.id)
        asked = running.AskedRun(row.area, row.as_of, Party(row.by, row.role, row.by))
        rules = job.rules_of(row.as_of)
        made = running.run(session, job.vault, rules, asked, id_=job.id, now=job.now)
    return {"state": "done", "report": {"run": str(made)}}


_ACTS = {"try": _try, "take": _take, "run": _run}


def bad_rows_csv(bad: list[BadRow]) -> bytes:
    """Write refused rows as CSV: row, column, what is wrong with it; values are masked."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("行", "列", "原因", "reason"))
    for one in bad:
        for fault in one.faults:
            table.writerow(cells(one.row, fault.column, fault.said.zh, fault.said.en))
    return text.getvalue().encode("utf-8-sig")


def _examined(job: _Job) -> Examined:
    """Read the file of a task; nobody waits for it meanwhile."""
    with job.open_session(True) as session:
        row = session.get_one(MatchingTaskRow, job.id)
        content = unseal_bytes(job.vault, row, "content_sealed")
        as_of = row.as_of
    return examine(zlib.decompress(content), as_of)


def _counts(read: Examined) -> dict[str, int]:
    people = read.people.values()
    return {
        "rows": read.rows,
        "people": len(read.people),
        "refused": len(read.bad),
        "without_id": sum(not one.id_number for one in people),
    }


def _shown(bad: list[BadRow]) -> list[list[object]]:
    return [
        [one.row, fault.column, fault.said.zh, fault.said.en]
        for one in bad[:SHOWN_MAX]
        for fault in one.faults
    ]


def _row(
    id_: UUID, act: str, area: str, as_of: date, *, by: Party, now: datetime
) -> MatchingTaskRow:
    return MatchingTaskRow(
        id=id_,
        area=area,
        act=act,
        state="waiting",
        as_of=as_of,
        by=by.user,
        role=by.role,
        at=now,
        seen_at=now,
    )


def _found(
    session: Session, id_: UUID, area: str, *, lock: bool = False
) -> MatchingTaskRow:
    row = session.get(
        MatchingTaskRow, id_, with_for_update=lock or None, populate_existing=True
    )
    if row is None or row.area != area:
        raise NotFound("名单文件", "file of a registry")
    return row


def _trouble(state: str, zh: str, en: str) -> dict[str, Any]:
    return {"state": state, "report": {"trouble": [zh, en]}}


def _end(open_session: Open, id_: UUID, ended: dict[str, Any], now: datetime) -> None:
    with open_session(False) as session:
        row = session.get_one(MatchingTaskRow, id_)
        for name, value in ended.items():
            setattr(row, name, value)
        row.seen_at = now
        session.commit()


def view(row: MatchingTaskRow) -> MatchingTask:
    """Tell how far a task is."""
    report = cast("dict[str, Any]", row.report)
    trouble = report.get("trouble", ("", ""))
    return MatchingTask(
        row.id,
        row.area,
        row.act,
        row.state,
        row.as_of,
        row.file_name,
        row.file_sha256,
        row.by,
        row.at,
        dict(report.get("counts", {})),
        tuple(MatchingBadRow(*one) for one in report.get("bad", ())),
        trouble[0],
        trouble[1],
    )


_NOT_TRIED = Words(
    "这个文件还不能导入：试运行没有结束，或有被拒绝的行。",
    "This file cannot be taken yet: its trial is not over, or rows are refused.",
    "请看每一行的原因，改正后重新上传。",
    "See why each row is refused, correct the file and hand it in again.",
)

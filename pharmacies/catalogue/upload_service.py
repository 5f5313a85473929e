"""Files that are handed in on a page: kept, tried by a worker, put in when somebody says so."""

import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from pharmacies.catalogue.columns import Diseases
from pharmacies.catalogue.examining import File
from pharmacies.catalogue.said import BadFile
from pharmacies.catalogue.service import Act, imported, put_in, try_file
from pharmacies.catalogue.telling import Report, ToldFate, unpacked
from pharmacies.catalogue_tables import CatalogueUploadRow

Open = Callable[[bool], Session]  # true for one that only reads
Now = Callable[[], datetime]
LOST_AFTER = timedelta(seconds=90)  # without a word of the worker
TOLD_EVERY = timedelta(seconds=1)
OPEN_STATES = ("waiting", "running")
FILE_NAME_MAX = 120
_FAILED = (
    "处理时出错，没有写入，请重新上传。",
    "It failed and nothing was written; hand the file in again.",
)


class NoSuchUpload(LookupError):
    """No file was handed in under this number."""


class NotTried(ValueError):
    """A file that may not be put in: its trial is not over, or has refused rows."""


@dataclass(frozen=True, slots=True)
class MedicineFileView:
    """How far a file is that was handed in, and what became of its rows."""

    id: UUID
    file_name: str
    file_sha256: str
    valid_from: date
    by: str
    at: datetime
    act: str
    state: str
    stage: str
    done: int
    total: int
    kind: str | None
    counts: dict[str, int]
    fates: tuple[ToldFate, ...]
    trouble_zh: str
    trouble_en: str

    @property
    def is_open(self) -> bool:
        """Tell whether a worker has it, or is about to."""
        return self.state in OPEN_STATES

    @property
    def may_go_in(self) -> bool:
        """Tell whether it may be put in: tried, nothing refused, and something to write."""
        counts = self.counts
        written = counts.get("new", 0) + counts.get("changed", 0)
        return self.state == "tried" and not counts.get("refused") and written > 0


def hand_in(
    session: Session, file: File, *, id_: UUID, by: str, now: datetime
) -> MedicineFileView:
    """Keep a file that is to be tried; under the same number it is the same one."""
    row = session.get(CatalogueUploadRow, id_)
    if row is None:
        row = CatalogueUploadRow(
            id=id_,
            file_name=file.name[:FILE_NAME_MAX],
            file_sha256=file.sha256,
            content=zlib.compress(file.content, 3),
            valid_from=file.valid_from,
            by=by,
            at=now,
            act="try",
            state="waiting",
            seen_at=now,
        )
        session.add(row)
        session.commit()
    return _view(row)


def ask_in(session: Session, id_: UUID, *, now: datetime) -> MedicineFileView:
    """Ask for a file to be put in that was tried and has no refused row, or raise NotTried."""
    row = session.get(CatalogueUploadRow, id_, with_for_update=True)
    if row is None:
        raise NoSuchUpload(str(id_))
    if row.act == "try":
        if not _view(row).may_go_in:
            raise NotTried(str(id_))
        row.act, row.state, row.seen_at = "put_in", "waiting", now
        row.stage, row.done, row.total = "", 0, 0
        session.commit()
    return _view(row)


def upload(session: Session, id_: UUID) -> MedicineFileView:
    """Tell how far a file is, or raise NoSuchUpload."""
    return _view(_row(session, id_))


def uploads(session: Session, limit: int = 20) -> tuple[MedicineFileView, ...]:
    """List the files that were handed in, the latest first."""
    query = select(CatalogueUploadRow).order_by(col(CatalogueUploadRow.at).desc())
    return tuple(map(_view, session.exec(query.limit(limit))))


def every_fate(session: Session, id_: UUID) -> bytes:
    """Give what becomes of every row as CSV."""
    return unpacked(_row(session, id_).fates)


def waiting(session: Session, now: datetime) -> tuple[UUID, ...]:
    """List the files that a worker should take on, those that lost theirs included."""
    mine = col(CatalogueUploadRow.state)
    query = select(CatalogueUploadRow.id).where(
        (mine == "waiting")
        | ((mine == "running") & (col(CatalogueUploadRow.seen_at) < now - LOST_AFTER))
    )
    return tuple(session.exec(query))


def carry_out(
    open_session: Open, id_: UUID, diseases: Diseases, *, now: Now, today: date
) -> None:
    """Try a file or put it in, as was asked; asked again it is done once."""
    with open_session(False) as session:
        row = _row(session, id_)
        if row.state not in OPEN_STATES:
            return
        row.state, row.seen_at = "running", now()
        session.commit()
        content = zlib.decompress(row.content)
        file = File(row.file_name, content, row.valid_from)
        work = _Work(row.act, file, diseases, Act(id_, row.by, now(), today))
    teller = _Teller(open_session, id_, now)
    try:
        ended = _done(open_session, work, teller)
    except BadFile as error:
        ended = _trouble("refused", error.said.zh, error.said.en)
    except Exception:
        _end(open_session, id_, _trouble("failed", *_FAILED), now())
        raise
    _end(open_session, id_, ended, now())


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker does: with which file, for whom."""

    kind: str
    file: File
    diseases: Diseases
    act: Act


def _done(open_session: Open, work: _Work, tell: "_Teller") -> dict[str, Any]:
    report = Report()
    with open_session(True) as reading:
        if work.kind == "try":
            trial = try_file(reading, work.file, work.diseases, tell=tell, into=report)
            return _ended("tried", trial.kind, dict(trial.counts), report)
        came = imported(reading, work.act.id)  # by a worker that did not live to say so
        if came is None:
            with open_session(False) as writing:
                came = put_in(
                    reading,
                    writing,
                    work.file,
                    work.diseases,
                    act=work.act,
                    tell=tell,
                    into=report,
                )
    counts = {
        name: getattr(came, name) for name in ("new", "changed", "same", "refused")
    }
    return _ended("done", came.kind, counts, report)


def _ended(
    state: str, kind: str, counts: dict[str, int], report: Report
) -> dict[str, Any]:
    shown = [asdict(one) for one in report.shown]
    return {
        "state": "refused" if counts.get("refused") else state,
        "fates": report.packed(),
        "report": {"kind": kind, "counts": counts, "fates": shown},
    }


def _trouble(state: str, zh: str, en: str) -> dict[str, Any]:
    return {"state": state, "report": {"trouble": [zh, en]}}


def _end(open_session: Open, id_: UUID, ended: dict[str, Any], now: datetime) -> None:
    with open_session(False) as session:
        row = _row(session, id_)
        for name, value in ended.items():
            setattr(row, name, value)
        row.seen_at = now
        session.commit()


class _Teller:
    """Writes how far it is once a second; not while SQLite has its one writer at work."""

    def __init__(self, open_session: Open, id_: UUID, now: Now) -> None:
        self._open, self._id, self._now = open_session, id_, now
        self._told_at: datetime | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self._now()
        soon = self._told_at is not None and now - self._told_at < TOLD_EVERY
        if soon and stage == self._stage:
            return
        self._told_at, self._stage = now, stage
        with self._open(False) as session:
            if stage == "writing" and _has_one_writer(session):
                return
            row = _row(session, self._id)
            row.stage, row.done, row.total, row.seen_at = stage, done, total, now
            session.commit()


def _has_one_writer(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _row(session: Session, id_: UUID) -> CatalogueUploadRow:
    row = session.get(CatalogueUploadRow, id_, populate_existing=True)
    if row is None:
        raise NoSuchUpload(str(id_))
    return row


def _view(row: CatalogueUploadRow) -> MedicineFileView:
    report: dict[str, Any] = row.report
    trouble = report.get("trouble", ("", ""))
    return MedicineFileView(
        row.id,
        row.file_name,
        row.file_sha256,
        row.valid_from,
        row.by,
        row.at,
        row.act,
        row.state,
        row.stage,
        row.done,
        row.total,
        report.get("kind"),
        dict(report.get("counts", {})),
        tuple(ToldFate(**one) for one in report.get("fates", ())),
        trouble[0],
        trouble[1],
    )

"""What is done about a task is written down, once, by who does it: words, a file, or both."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from dispensing.calendar import ACTS
from dispensing.days import day_of
from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.sealed import seal_in, spot
from dispensing.service.tasks.plans import Plan
from dispensing.service.tasks.views import Evidence, TaskView, row_of, task
from dispensing.tables import TaskActRow, TaskRow
from dispensing.vault import Vault

FILE_BYTES_MAX = 4 * 1024 * 1024
# What is kept is handed out again as it came: nothing that a browser would run.
_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA = (
    *("application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain"),
    f"{_OFFICE}spreadsheetml.sheet",
    f"{_OFFICE}wordprocessingml.document",
)
# Who does what: an institution's tasks are written down by the bureau that it reports to.
_DOES = {"bureau": {"bureau", "institution"}, "health": {"health"}}


class OfOthers(Conflict):
    """The task is of another unit."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "这项任务由别的单位办理。",
                "Another unit does this task.",
                "请由责任单位登记。",
                "Let the unit that does it write it down.",
            ),
            code="task-of-others",
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody writes down about a task."""

    kind: str
    words: str
    file: Evidence | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in ACTS:
            faults.append(FieldError("kind", f"one of {', '.join(ACTS)}"))
        if not self.words.strip() and self.file is None:
            faults.append(FieldError("words", "words, or a file"))
        if self.file is not None and not 0 < len(self.file.raw) <= FILE_BYTES_MAX:
            faults.append(FieldError("file", "a file of 4 MiB at most"))
        if self.file is not None and self.file.media not in MEDIA:
            faults.append(FieldError("file", "a PDF, picture, table, text or document"))
        if faults:
            raise Malformed(faults)


def do(
    session: Session,
    vault: Vault,
    plan: Plan,
    said: Said,
    *,
    place: str,
    key: str,
    act_key: str,
    by: str,
    role: str,
    now: datetime,
) -> TaskView:
    """Write down what was done about a task; the same act once more is the same act.

    Raises NotFound, and OfOthers where the role's unit is not one that does it.
    """
    view = task(session, plan, place, key, today=day_of(now))
    if role in _DOES and not _DOES[role] & set(view.of):
        raise OfOthers
    for _ in range(3):  # who is first gives the task its row, and the act its number
        try:
            _write(
                session,
                vault,
                view,
                said,
                place=place,
                act_key=act_key,
                by=(by, role),
                now=now,
            )
            session.commit()
            break
        except IntegrityError:
            session.rollback()
            if _is_written(session, place, act_key):
                break
    else:
        raise AssertionError(key)
    return task(session, plan, place, key, today=day_of(now))


def _write(
    session: Session,
    vault: Vault,
    view: TaskView,
    said: Said,
    *,
    place: str,
    act_key: str,
    by: tuple[str, str],
    now: datetime,
) -> None:
    row = row_of(session, place, view.key, lock=True)
    row = row or _row(session, view, place, by=by, now=now)
    count = select(func.count()).where(col(TaskActRow.task_id) == row.id)
    act = TaskActRow(
        id=uuid4(),
        task_id=row.id,
        no=session.exec(count).one() + 1,
        place=place,
        key=act_key,
        kind=said.kind,
        words_sealed="",
        file_name_sealed="",
        sealed=b"",
        by=by[0],
        role=by[1],
        at=now,
    )
    seal_in(vault, act, "words_sealed", said.words.strip())
    seal_in(vault, act, "file_name_sealed", said.file.name if said.file else "")
    raw = said.file.raw if said.file else b""
    act.sealed = vault.seal_bytes(raw, spot(act, "sealed"))
    if said.file:
        act.media, act.sha256 = said.file.media, sha256(raw).hexdigest()
    session.add(act)
    session.flush()


def _row(
    session: Session, view: TaskView, place: str, *, by: tuple[str, str], now: datetime
) -> TaskRow:
    row = TaskRow(
        id=uuid4(),
        place=place,
        key=view.key,
        measure=view.measure,
        words=view.words,
        of=" ".join(view.of),
        who=view.who,
        clause=view.clause,
        due=view.due,
        by=by[0],
        role=by[1],
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def _is_written(session: Session, place: str, act_key: str) -> UUID | None:
    query = select(TaskActRow.id).where(
        col(TaskActRow.place) == place, col(TaskActRow.key) == act_key
    )
    return session.exec(query).first()

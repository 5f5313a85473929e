"""What is done with the lists: handed over, received, answered for each person, exported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.matching.lists import LISTS, ListRule
from dispensing.service.approving import Party
from dispensing.service.matching.running import last_run
from dispensing.tables.matching import (
    MatchingActRow,
    MatchingEntryRow,
    MatchingOutcomeRow,
    MatchingRunRow,
)

_ONCE = UUID("6d0e6b8e-6f7b-4f5e-9a39-1d1f5a4d7c11")  # acts that happen once to a list
NOTE_MAX = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one person on a list."""

    entry_id: int
    code: str
    note: str = ""


def rule_for(name: str, role: str) -> ListRule:
    """Give a list that a role sees; raises NotFound."""
    rule = LISTS.get(name)
    if rule is None or role not in rule.seen_by:
        raise NotFound("名单", "list")
    return rule


def act_on_list(
    session: Session,
    run_id: UUID,
    name: str,
    *,
    kind: str,
    area: str,
    by: Party,
    now: datetime,
    people: int = 0,
    note: str = "",
) -> None:
    """Write down that a list was sent or received, once; each export for itself."""
    rule_for(name, by.role)
    run = _run(session, run_id, area)
    number = uuid5(_ONCE, f"{run_id}|{name}|{kind}")
    if kind == "exported":
        number = uuid5(_ONCE, f"{run_id}|{name}|{by.user}|{now.isoformat()}")
    if session.get(MatchingActRow, number) is not None:
        return
    counts = run.counts["lists"]
    assert isinstance(counts, dict)
    session.add(
        MatchingActRow(
            id=number,
            run_id=run_id,
            place=area,
            list=name,
            kind=kind,
            people=people or counts[name].get("people", 0),
            note=note,
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    try:
        session.commit()
    except IntegrityError:  # the same, at once
        session.rollback()


def answer(
    session: Session,
    run_id: UUID,
    name: str,
    answers: Sequence[Answer],
    *,
    area: str,
    by: Party,
    now: datetime,
) -> int:
    """Write down what became of people on a list; the same word again is not written twice.

    All or none: a person who is not on the list, or a code that it does not have, refuses all.
    """
    rule = rule_for(name, by.role)
    if by.role not in rule.answered_by:
        raise NotFound("名单", "list")
    last = last_run(session, _run(session, run_id, area).place)
    if last is None or last.id != run_id:
        raise Conflict(STALE, code="stale-matching")
    _reject_unfit(rule, answers)
    rows = _entries(session, run_id, name, answers)
    held = _last_words(session, list(rows))
    written = 0
    for one in answers:
        row = rows[one.entry_id]
        if held.get(one.entry_id) == (one.code, one.note.strip()):
            continue
        held[one.entry_id] = (one.code, one.note.strip())
        session.add(_outcome(row, one, area=area, by=by, now=now))
        written += 1
    session.commit()
    return written


def _run(session: Session, run_id: UUID, area: str) -> MatchingRunRow:
    run = session.get(MatchingRunRow, run_id)
    if run is None or run.place != area:
        raise NotFound("比对", "matching")
    return run


def _reject_unfit(rule: ListRule, answers: Sequence[Answer]) -> None:
    wrong = [one for one in answers if one.code not in rule.codes]
    long = [one for one in answers if len(one.note) > NOTE_MAX]
    if wrong or not answers:
        raise Malformed([FieldError("code", f"one of {', '.join(rule.codes)}")])
    if long:
        raise Malformed([FieldError("note", f"at most {NOTE_MAX} characters")])


def _entries(
    session: Session, run_id: UUID, name: str, answers: Sequence[Answer]
) -> dict[int, MatchingEntryRow]:
    ids = sorted({one.entry_id for one in answers})
    found: dict[int, MatchingEntryRow] = {}
    for begin in range(0, len(ids), 500):
        query = select(MatchingEntryRow).where(
            col(MatchingEntryRow.id).in_(ids[begin : begin + 500]),
            MatchingEntryRow.run_id == run_id,
            MatchingEntryRow.list == name,
        )
        found.update({row.id or 0: row for row in session.exec(query)})
    if len(found) < len(ids):
        raise NotFound("名单上的人", "person on the list")
    return found


def _last_words(session: Session, ids: list[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for begin in range(0, len(ids), 500):
        query = select(MatchingOutcomeRow).where(
            col(MatchingOutcomeRow.entry_id).in_(ids[begin : begin + 500])
        )
        for row in session.exec(query.order_by(col(MatchingOutcomeRow.id))):
            found[row.entry_id] = (row.code, row.note)
    return found


def _outcome(
    row: MatchingEntryRow, one: Answer, *, area: str, by: Party, now: datetime
) -> MatchingOutcomeRow:
    return MatchingOutcomeRow(
        entry_id=one.entry_id,
        run_id=row.run_id,
        place=area,
        list=row.list,
        subject=row.subject,
        code=one.code,
        note=one.note.strip(),
        by=by.user,
        role=by.role,
        at=now,
    )


STALE = Words(
    "这份名单已经有更新的一次比对。",
    "There is a later matching than this list's.",
    "请在最近一次比对的名单上办理。",
    "Act on the list of the latest matching.",
)

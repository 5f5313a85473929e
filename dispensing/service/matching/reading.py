"""What a matching shows: its runs, its lists, the people on them; who reads is recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, func
from sqlmodel import Session, col, select

from dispensing.desk import Reader
from dispensing.errors import NotFound
from dispensing.matching.lists import LISTS
from dispensing.sealed import unseal
from dispensing.service.people import record_reads
from dispensing.tables import PersonRow
from dispensing.tables.matching import (
    MatchingActRow,
    MatchingEntryRow,
    MatchingOutcomeRow,
    MatchingRunRow,
)
from dispensing.vault import Vault, mask_id, mask_name

PAGE = 50
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MatchingDue:
    """By when a list is due, and the sentence that says so."""

    day: date
    what: str
    who: str
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class MatchingListView:
    """One list of a run: how many people, what changed since the run before, what came back."""

    name: str
    people: int
    new: int
    changed: int
    gone: int
    answered: int
    sent_at: datetime | None
    received_at: datetime | None
    received_by: str
    due: MatchingDue | None

    def late(self, today: date) -> bool:
        """Tell whether its day is past while people are left without an answer."""
        return self.due is not None and today > self.due.day and self.left > 0

    @property
    def left(self) -> int:
        """Count the people that nobody has answered for."""
        return self.people - self.answered


@dataclass(frozen=True, slots=True)
class MatchingRunView:
    """One run: of which day and registry, with which result."""

    id: UUID
    area: str
    number: int
    day: date
    registry_id: UUID
    score_min: int | None
    managed: int
    insured: int
    by_id: int
    by_hand: int
    by_score: int
    digest: str
    by: str
    at: datetime
    lists: tuple[MatchingListView, ...]

    def list(self, name: str) -> MatchingListView:
        """Give one list of it; raises NotFound."""
        for each in self.lists:
            if each.name == name:
                return each
        raise NotFound("名单", "list")


@dataclass(frozen=True, slots=True)
class MatchingOutcome:
    """What somebody said of a person on a list."""

    code: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchedSide:
    """A person as one of the two registries has it."""

    name: str
    id_number: str
    born_on: date
    address: str
    institution: str = ""


@dataclass(frozen=True, slots=True)
class MatchedPerson:
    """One person on a list: for what, what changed, what was said; masked unless opened."""

    id: int
    list: str
    person_no: str | None
    insured: MatchedSide | None
    managed: MatchedSide | None
    diseases: tuple[str, ...]
    detail: str
    change: str
    score: int | None
    outcome: MatchingOutcome | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people of a list: all, or those that changed, or that have no answer."""

    name: str
    change: str = ""
    open_only: bool = False
    whole: bool = (
        False  # names and numbers as they are: for exports, and pairs to look at
    )
    page: int = 1
    size: int | None = PAGE


@dataclass(frozen=True, slots=True)
class MatchedPeople:
    """Some people of a list, and how many there are of this kind."""

    entries: tuple[MatchedPerson, ...]
    count: int
    page: int = 1
    pages: int = field(default=1)


def runs(
    session: Session, area: str, role: str, limit: int = 12
) -> tuple[MatchingRunView, ...]:
    """List the runs of an area, the latest first, with the lists that a role sees."""
    query = select(MatchingRunRow).where(col(MatchingRunRow.place) == area)
    query = query.order_by(col(MatchingRunRow.number).desc()).limit(limit)
    return tuple(_run_view(session, row, role) for row in session.exec(query).all())


def one_run(session: Session, run_id: UUID, area: str, role: str) -> MatchingRunView:
    """Tell of one run of an area; raises NotFound."""
    row = session.get(MatchingRunRow, run_id)
    if row is None or row.place != area:
        raise NotFound("比对", "matching")
    return _run_view(session, row, role)


def people_on(
    session: Session,
    vault: Vault,
    run_id: UUID,
    wanted: Wanted,
    *,
    reader: Reader,
    now: datetime,
) -> MatchedPeople:
    """Open people of a list, on record; the caller has asked whether the list is theirs."""
    query = _query(run_id, wanted)
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if wanted.size is not None:
        query = query.offset((wanted.page - 1) * wanted.size).limit(wanted.size)
    rows = session.execute(query).scalars().all()
    views = opened(session, vault, rows, whole=wanted.whole)
    read = sorted({row.person_no for row in rows if row.person_no})
    record_reads(session, read, reader, now)
    session.commit()
    pages = 1 if wanted.size is None else max(1, -(-count // wanted.size))
    return MatchedPeople(views, count, wanted.page, pages)


def opened(
    session: Session,
    vault: Vault,
    rows: Sequence[MatchingEntryRow],
    *,
    whole: bool = False,
) -> tuple[MatchedPerson, ...]:
    """Open entries with the last word on each; the caller puts the reads on record."""
    said, people = outcomes_of(session, rows), _people(session, rows)
    return tuple(_entry(vault, row, people, said, whole=whole) for row in rows)


def outcomes_of(
    session: Session, rows: Sequence[MatchingEntryRow]
) -> Mapping[int, MatchingOutcomeRow]:
    """Find the last word on each of some entries."""
    found: dict[int, MatchingOutcomeRow] = {}
    ids = [row.id for row in rows if row.id is not None]
    for begin in range(0, len(ids), AT_ONCE):
        query = select(MatchingOutcomeRow).where(
            col(MatchingOutcomeRow.entry_id).in_(ids[begin : begin + AT_ONCE])
        )
        for row in session.exec(query.order_by(col(MatchingOutcomeRow.id))):
            found[row.entry_id] = row
    return found


def _query(run_id: UUID, wanted: Wanted) -> Select[tuple[MatchingEntryRow]]:
    mine = MatchingEntryRow
    query: Any = select(mine).where(mine.run_id == run_id, mine.list == wanted.name)
    if wanted.change:
        query = query.where(mine.change == wanted.change)
    if wanted.open_only:
        said = select(MatchingOutcomeRow.entry_id)
        query = query.where(
            col(mine.id).not_in(said.where(MatchingOutcomeRow.run_id == run_id))
        )
    order = (
        (col(mine.score).desc(), col(mine.id))
        if wanted.name == "review"
        else (col(mine.id),)
    )
    return cast("Select[tuple[MatchingEntryRow]]", query.order_by(*order))


def _people(session: Session, rows: Sequence[MatchingEntryRow]) -> dict[str, PersonRow]:
    numbers = sorted({row.person_no for row in rows if row.person_no})
    found = {}
    for begin in range(0, len(numbers), AT_ONCE):
        some = numbers[begin : begin + AT_ONCE]
        query = select(PersonRow).where(col(PersonRow.person_no).in_(some))
        found.update({row.person_no: row for row in session.exec(query)})
    return found


def _entry(
    vault: Vault,
    row: MatchingEntryRow,
    people: Mapping[str, PersonRow],
    said: Mapping[int, MatchingOutcomeRow],
    *,
    whole: bool,
) -> MatchedPerson:
    told = json.loads(unseal(vault, row, "told_sealed"))
    person = people.get(row.person_no or "")
    outcome = said.get(row.id or 0)
    return MatchedPerson(
        row.id or 0,
        row.list,
        row.person_no,
        None if person is None else _insured(vault, person, whole=whole),
        None if "managed" not in told else _managed(told["managed"], whole=whole),
        tuple(told["diseases"]),
        told["detail"],
        row.change,
        row.score,
        None
        if outcome is None
        else MatchingOutcome(outcome.code, outcome.note, outcome.by, outcome.at),
    )


def _insured(vault: Vault, row: PersonRow, *, whole: bool) -> MatchedSide:
    name, number = unseal(vault, row, "name"), unseal(vault, row, "id_sealed")
    address = unseal(vault, row, "address_sealed")
    return _side(name, number, row.born_on, address, whole=whole)


def _managed(said: Mapping[str, Any], *, whole: bool) -> MatchedSide:
    return _side(
        said["name"],
        said["id_number"],
        date.fromisoformat(said["born_on"]),
        said["address"],
        institution=said["institution"],
        whole=whole,
    )


def _side(
    name: str,
    id_number: str,
    born_on: date,
    address: str,
    *,
    institution: str = "",
    whole: bool,
) -> MatchedSide:
    if whole:
        return MatchedSide(name, id_number, born_on, address, institution)
    number = mask_id(id_number) if id_number else ""
    where = f"{address[:6]}…" if address else ""
    return MatchedSide(mask_name(name), number, born_on, where, institution)


def _run_view(session: Session, row: MatchingRunRow, role: str) -> MatchingRunView:
    counts = cast("dict[str, Any]", row.counts)
    answered, acts = _answered(session, row.id), _acts(session, row.id)
    due = cast("dict[str, Any]", row.rules)["due"]
    return MatchingRunView(
        row.id,
        row.place,
        row.number,
        row.day,
        row.registry_id,
        row.score_min,
        counts.get("managed", 0),
        counts.get("insured", 0),
        counts.get("id", 0),
        counts.get("decided", 0),
        counts.get("score", 0),
        row.digest,
        row.by,
        row.at,
        tuple(
            _list_view(name, counts["lists"][name], answered, acts, due=due.get(name))
            for name, rule in LISTS.items()
            if role in rule.seen_by
        ),
    )


def _list_view(
    name: str,
    counts: Mapping[str, int],
    answered: Mapping[str, int],
    acts: Mapping[tuple[str, str], MatchingActRow],
    *,
    due: Sequence[str] | None,
) -> MatchingListView:
    sent, received = acts.get((name, "sent")), acts.get((name, "received"))
    return MatchingListView(
        name,
        counts.get("people", 0),
        counts.get("new", 0),
        counts.get("changed", 0),
        counts.get("gone", 0),
        answered.get(name, 0),
        sent.at if sent else None,
        received.at if received else None,
        received.by if received else "",
        MatchingDue(date.fromisoformat(due[0]), *due[1:]) if due else None,
    )


def _answered(session: Session, run_id: UUID) -> dict[str, int]:
    mine = MatchingOutcomeRow
    query = (
        select(mine.list, func.count(func.distinct(mine.entry_id)))
        .where(mine.run_id == run_id)
        .group_by(mine.list)
    )
    return dict(session.exec(query).all())


def _acts(session: Session, run_id: UUID) -> dict[tuple[str, str], MatchingActRow]:
    query = select(MatchingActRow).where(col(MatchingActRow.run_id) == run_id)
    query = query.order_by(col(MatchingActRow.at))
    return {(row.list, row.kind): row for row in session.exec(query)}

"""Centres confirm whom they manage before the benefit begins (审核认定, 渝某区 三（四）3, C12).

A registry names who manages a person: an outlet's code, its name, or words whose meaning an
officer has said. A centre sees its own people on the list to enrol, and no others.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.desk import Reader
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.approving import Party
from dispensing.service.matching.acting import NOTE_MAX, Answer
from dispensing.service.matching.reading import PAGE, MatchedPerson, opened
from dispensing.service.matching.running import last_run
from dispensing.service.people import record_reads
from dispensing.tables.centres import CentreWordRow, ManagedCentreRow
from dispensing.tables.matching import EnrolmentRow, MatchingEntryRow, MatchingRunRow
from dispensing.vault import Vault
from pharmacies import service as pharmacies

LIST = "enrol"
STATES = ("open", "confirmed", "refused")
REASON_MIN = 2
ENROLLED = Words(
    "有人已经纳入待遇，不能再改。",
    "Some of them are let in already: what was said of them stands.",
    "请只选还没有纳入的人；已纳入的请联系医保局。",
    "Choose those who are not yet let in; for the others ask the bureau.",
)


@dataclass(frozen=True, slots=True)
class Centre:
    """Who manages people on the list to enrol, and what that centre has said of them."""

    institution: str  # in the registry's words; '' where it says nothing
    outlet_code: str  # '' where nobody knows which outlet that is
    name: str
    people: int
    confirmed: int
    refused: int

    @property
    def left(self) -> int:
        """Count those of whom nothing was said."""
        return self.people - self.confirmed - self.refused


@dataclass(frozen=True, slots=True)
class CentrePerson:
    """One person that a centre manages, masked, and what it last said of them."""

    person: MatchedPerson
    code: str  # confirmed, refused, '' where nothing was said
    note: str
    by: str
    at: datetime | None
    is_enrolled: bool


@dataclass(frozen=True, slots=True)
class CentrePeople:
    """Some people of a centre, how many there are of this kind, and how many of each."""

    people: tuple[CentrePerson, ...]
    count: int
    page: int
    pages: int
    open: int
    confirmed: int
    refused: int


def centres(session: Session, run_id: UUID, area: str) -> tuple[Centre, ...]:
    """Tell of each institution on a run's list to enrol who it is and what it has said."""
    mine = MatchingEntryRow
    query = select(mine.institution, func.count()).where(
        mine.run_id == run_id, mine.list == LIST
    )
    people = dict(session.exec(query.group_by(mine.institution)).all())
    known = _outlets(session, area, people)
    names = pharmacies.outlet_names(session, set(known.values()))
    said = {
        one: _said(session, run_id, area, (one,), outlet_code=known.get(one, ""))
        for one in people
    }
    return tuple(
        Centre(
            one,
            known.get(one, ""),
            names.get(known.get(one, ""), ""),
            count,
            said[one]["confirmed"],
            said[one]["refused"],
        )
        for one, count in sorted(people.items())
    )


def assign(
    session: Session,
    area: str,
    institution: str,
    outlet_code: str,
    *,
    id_: UUID,
    by: Party,
    now: datetime,
) -> None:
    """Say which outlet a registry means; the same again is not written twice.

    Raises NotFound for words that no person of the latest run stands under.
    """
    run = last_run(session, area)
    if run is None or institution not in {
        one.institution for one in centres(session, run.id, area)
    }:
        raise NotFound("名单上的管理机构", "institution of the list")
    if not pharmacies.institutions_called(session, area, [outlet_code]):
        wanted = "the code of a medical institution of this area"
        raise Malformed([FieldError("outlet_code", wanted)])
    if _outlets(session, area, [institution]).get(institution) == outlet_code:
        return
    session.add(
        ManagedCentreRow(
            id=id_,
            place=area,
            institution=institution,
            outlet_code=outlet_code,
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    session.commit()


def own_people(
    session: Session,
    vault: Vault,
    outlet_code: str,
    state: str,
    *,
    page: int,
    reader: Reader,
    now: datetime,
) -> CentrePeople:
    """Open the people that an outlet manages on the latest list to enrol, on record."""
    area = pooling_area(outlet_code)
    run = last_run(session, area)
    if run is None:
        return CentrePeople((), 0, 1, 1, 0, 0, 0)
    mine = _own(session, run, outlet_code)
    query = _entries(run.id, area, mine, outlet_code)
    word = CentreWordRow
    if state:
        code = col(word.code)
        query = query.where(code.is_(None) if state == "open" else code == state)
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.execute(query.offset((page - 1) * PAGE).limit(PAGE)).all()
    people = _people(session, vault, [(row, said) for row, said in found])
    read = sorted({row.person_no for row, _ in found if row.person_no})
    record_reads(session, read, reader, now)
    session.commit()
    each = _said(session, run.id, area, mine, outlet_code=outlet_code)
    pages = max(1, -(-count // PAGE))
    return CentrePeople(people, count, page, pages, **each)


def say(
    session: Session,
    outlet_code: str,
    words: Sequence[Answer],
    *,
    by: Party,
    now: datetime,
) -> int:
    """Confirm or refuse people that an outlet manages, all or none; tells how many are new words.

    Raises NotFound for others, Conflict once somebody is let in, Malformed for a refusal
    without a reason.
    """
    _reject_unfit(words)
    area = pooling_area(outlet_code)
    run = last_run(session, area)
    mine = () if run is None else _own(session, run, outlet_code)
    if run is None or not mine:
        raise NotFound("名单上的人", "person on the list")
    ids = {one.entry_id for one in words}
    query = _entries(run.id, area, mine, outlet_code)
    found = session.execute(query.where(col(MatchingEntryRow.id).in_(ids))).all()
    if len(found) < len(ids):
        raise NotFound("名单上的人", "person on the list")
    session.get(
        MatchingRunRow, run.id, with_for_update=True
    )  # not while they are let in
    if _enrolled(session, ids):
        raise Conflict(ENROLLED, code="enrolled-already")
    held = {row.id: (row, said) for row, said in found}
    made = [
        _word(held[one.entry_id][0], one, outlet_code, by=by, now=now)
        for one in {each.entry_id: each for each in words}.values()
        if not _is_said(held[one.entry_id][1], one)
    ]
    session.add_all(made)
    session.commit()
    return len(made)


def confirmed_of(
    session: Session, area: str, rows: Sequence[MatchingEntryRow]
) -> list[MatchingEntryRow]:
    """Keep those of a list whom the centre that manages them confirmed."""
    said = _words_on(session, area, rows)
    return [row for row in rows if said[row.id or 0] == "confirmed"]


def words_on(session: Session, area: str, ids: Collection[int]) -> Mapping[int, str]:
    """Tell what the centre of each of some entries has said: a code, '' for nothing."""
    mine = MatchingEntryRow
    query = select(mine).where(col(mine.id).in_(ids), mine.list == LIST)
    return _words_on(session, area, session.exec(query).all())


def _words_on(
    session: Session, area: str, rows: Sequence[MatchingEntryRow]
) -> dict[int, str]:
    known = _outlets(session, area, {row.institution for row in rows})
    last = _last_words(area, set(known.values()))
    query = select(CentreWordRow).where(col(CentreWordRow.id).in_(last))
    said = {
        (one.outlet_code, one.subject, one.content): one.code
        for one in session.exec(query)
    }
    return {
        row.id or 0: said.get(
            (known.get(row.institution, ""), row.subject, row.content), ""
        )
        for row in rows
    }


def _outlets(session: Session, area: str, words: Collection[str]) -> dict[str, str]:
    """Tell which outlet each institution is, those that are known."""
    mine = ManagedCentreRow
    query = select(mine.institution, mine.outlet_code).where(mine.place == area)
    told = dict(session.exec(query.order_by(col(mine.at), col(mine.id))).all())
    found = pharmacies.institutions_called(session, area, [one for one in words if one])
    return {
        one: code for one in words if (code := told.get(one) or found.get(one)) and one
    }


def _own(session: Session, run: MatchingRunRow, outlet_code: str) -> tuple[str, ...]:
    """Name the words under which a run's list has the people of an outlet."""
    mine = MatchingEntryRow
    query = select(mine.institution).where(mine.run_id == run.id, mine.list == LIST)
    words = session.exec(query.distinct()).all()
    known = _outlets(session, run.place, words)
    return tuple(one for one in words if known.get(one) == outlet_code)


def _last_words(area: str, outlets: Collection[str]) -> Any:
    """Select the numbers of the last word of each person, for each outlet."""
    word = CentreWordRow
    return (
        select(func.max(word.id))
        .where(word.place == area, col(word.outlet_code).in_(outlets))
        .group_by(word.outlet_code, word.subject, word.content)
    )


def _entries(run_id: UUID, area: str, words: Collection[str], outlet_code: str) -> Any:
    """Select people on a run's list under some words, each with the outlet's last word."""
    mine, word = MatchingEntryRow, CentreWordRow
    same = and_(
        col(word.subject) == mine.subject,
        col(word.content) == mine.content,
        col(word.id).in_(_last_words(area, [outlet_code])),
    )
    return (
        select(mine, word)
        .outerjoin(word, same)
        .where(
            mine.run_id == run_id, mine.list == LIST, col(mine.institution).in_(words)
        )
        .order_by(col(mine.id))
    )


def _said(
    session: Session,
    run_id: UUID,
    area: str,
    words: Collection[str],
    *,
    outlet_code: str,
) -> dict[str, int]:
    """Count people under some words by what the outlet said of them."""
    found = _entries(run_id, area, words, outlet_code).order_by(None).subquery()
    query = select(found.c.code, func.count()).group_by(found.c.code)
    counts = Counter({code or "open": n for code, n in session.execute(query).all()})
    return {state: counts[state] for state in STATES}


def _people(
    session: Session,
    vault: Vault,
    found: Sequence[tuple[MatchingEntryRow, CentreWordRow | None]],
) -> tuple[CentrePerson, ...]:
    enrolled = _enrolled(session, {row.id or 0 for row, _ in found})
    views = opened(session, vault, [row for row, _ in found])
    return tuple(
        CentrePerson(
            view,
            said.code if said else "",
            said.note if said else "",
            said.by if said else "",
            said.at if said else None,
            view.id in enrolled,
        )
        for view, (_, said) in zip(views, found, strict=True)
    )


def _enrolled(session: Session, ids: Collection[int]) -> frozenset[int]:
    mine = EnrolmentRow
    query = select(mine.entry_id).where(col(mine.entry_id).in_(ids))
    return frozenset(session.exec(query))


def _reject_unfit(words: Sequence[Answer]) -> None:
    for one in words:
        if one.code not in STATES[1:]:
            raise Malformed([FieldError("code", f"one of {', '.join(STATES[1:])}")])
        least = REASON_MIN if one.code == "refused" else 0
        if not least <= len(one.note.strip()) <= NOTE_MAX:
            wanted = f"a reason of {REASON_MIN} to {NOTE_MAX} characters"
            raise Malformed([FieldError("note", wanted)])
    if not words:
        raise Malformed([FieldError("people", "at least one")])


def _is_said(held: CentreWordRow | None, one: Answer) -> bool:
    return held is not None and (held.code, held.note) == (one.code, one.note.strip())


def _word(
    row: MatchingEntryRow, one: Answer, outlet_code: str, *, by: Party, now: datetime
) -> CentreWordRow:
    return CentreWordRow(
        entry_id=one.entry_id,
        place=pooling_area(outlet_code),
        outlet_code=outlet_code,
        subject=row.subject,
        content=row.content,
        code=one.code,
        note=one.note.strip(),
        by=by.user,
        role=by.role,
        at=now,
    )

"""One matching: both sides opened and held against each other, its lists kept, with what changed.

A run is one unit of work and never changed. The same registry on the same day with the same
result is the run that there is.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, Words
from dispensing.identity import folded
from dispensing.matching.lists import LISTS, Entitling, due_of
from dispensing.matching.registry import Managed
from dispensing.policy.rules import Rules
from dispensing.sealed import unseal
from dispensing.service.approving import Party
from dispensing.service.matching import registries, sides
from dispensing.service.matching.entries import Entry, digest_of, entries_of
from dispensing.tables.matching import (
    MatchingEntryRow,
    MatchingOutcomeRow,
    MatchingRunRow,
)
from dispensing.vault import Vault

if TYPE_CHECKING:
    from dispensing.matching_bulk.engine import Decided, Matcher

SCORE_MIN = "matching.score_min"
AT_ONCE = 2_000
NO_REGISTRY = Words(
    "还没有导入规范化管理人员名单。",
    "No registry of managed patients has been taken yet.",
    "请先上传卫生健康部门提供的名单，试运行后导入。",
    "First hand in the registry that the health commission gives, try it and take it.",
)
NO_BULK = Words(
    "这台服务器没有安装批量比对需要的组件。",
    "This server lacks the packages that a matching needs.",
    "请运维人员安装：pip install 'yaoda[bulk]'。",
    "Have them installed: pip install 'yaoda[bulk]'.",
)


@dataclass(frozen=True, slots=True)
class AskedRun:
    """What is to be run: for which pooling area, on which day, by whom."""

    area: str
    day: date
    by: Party


def run(
    session: Session,
    vault: Vault,
    rules: Rules,
    asked: AskedRun,
    *,
    id_: UUID,
    now: datetime,
) -> UUID:
    """Match the latest registry of an area with its insured; tells the number of the run.

    Under the same number it is the same run. Who is the second of two at once gets the first.
    """
    if session.get(MatchingRunRow, id_) is not None:
        return id_
    try:
        return _run(session, vault, rules, asked, id_=id_, now=now)
    except IntegrityError:  # another one took the number of this run
        session.rollback()
        return _run(session, vault, rules, asked, id_=id_, now=now)


def last_run(session: Session, area: str) -> MatchingRunRow | None:
    """Find the latest run of an area."""
    query = select(MatchingRunRow).where(col(MatchingRunRow.place) == area)
    return session.exec(
        query.order_by(col(MatchingRunRow.number).desc()).limit(1)
    ).first()


def score_min(rules: Rules) -> int | None:
    """Give the operator's least score in permyriad; None where no source has set one."""
    figure = rules.figures.get(SCORE_MIN)
    return (
        figure.value if figure is not None and isinstance(figure.value, int) else None
    )


def _run(
    session: Session,
    vault: Vault,
    rules: Rules,
    asked: AskedRun,
    *,
    id_: UUID,
    now: datetime,
) -> UUID:
    taken = registries.registries(session, asked.area, 1)
    if not taken:
        raise Conflict(NO_REGISTRY, code="no-registry")
    before = last_run(session, asked.area)
    previous = (
        (before.id, before.registry_id, before.day, before.digest) if before else None
    )
    number = before.number + 1 if before else 1
    counts, entries = _matched(session, vault, rules, asked, registry_id=taken[0].id)
    told = entries_of(
        session, vault, entries, id_, previous=previous[0] if previous else None
    )
    digest = digest_of(told.rows)
    if previous and previous[1:] == (taken[0].id, asked.day, digest):
        return previous[0]
    session.add(
        MatchingRunRow(
            id=id_,
            place=asked.area,
            number=number,
            registry_id=taken[0].id,
            previous_id=previous[0] if previous else None,
            day=asked.day,
            score_min=score_min(rules),
            counts={**counts, "lists": told.counts},
            rules=_rested_on(rules, asked.day),
            digest=digest,
            by=asked.by.user,
            role=asked.by.role,
            at=now,
        )
    )
    session.flush()
    for begin in range(0, len(told.rows), AT_ONCE):
        some = told.rows[begin : begin + AT_ONCE]
        session.connection().execute(insert(MatchingEntryRow), some)
    session.commit()
    return id_


def _matched(
    session: Session, vault: Vault, rules: Rules, asked: AskedRun, *, registry_id: UUID
) -> tuple[dict[str, Any], list[Entry]]:
    """Open both sides, hold them against each other, and give back who is on which list."""
    try:
        from dispensing.matching_bulk.engine import Asked, Matcher
    except ModuleNotFoundError:
        raise Conflict(NO_BULK, code="no-bulk") from None
    entitling = Entitling.of(rules)
    managed = list(registries.people_of(session, vault, registry_id))
    with Matcher() as matcher:
        numbers, index, residents = _put_insured(
            session, vault, matcher, asked, entitling=entitling
        )
        _put_managed(vault, matcher, managed, index)
        no_of = {one.key: no for no, one in enumerate(managed)}
        insured_of = {person_no: no for no, person_no in enumerate(numbers)}
        matcher.add_decided(
            _decided(session, vault, asked.area, no_of=no_of, insured_of=insured_of)
        )
        wanted = Asked(
            sorted(entitling.diseases), entitling.exclusive, score_min(rules)
        )
        counts: dict[str, Any] = matcher.run(wanted)
        counts["by_disease"] = _by_disease(managed, matcher.linked(), residents)
        entries = [
            Entry(
                found,
                None if found.insured is None else numbers[found.insured],
                None if found.managed is None else managed[found.managed],
            )
            for found in matcher.found()
        ]
    return counts, entries


def _put_insured(
    session: Session,
    vault: Vault,
    matcher: "Matcher",
    asked: AskedRun,
    *,
    entitling: Entitling,
) -> tuple[list[str], set[str], set[int]]:
    """Put the insured in; tells their numbers in order, the digests, and who is a resident."""
    from dispensing.matching_bulk.engine import InsuredEntry

    known = sides.benefits(session, vault, asked.area, asked.day)
    nothing = sides.Benefits()
    numbers, index, batch = list[str](), set[str](), list[InsuredEntry]()
    residents = set[int]()
    for person in sides.insured(session, vault, asked.area):
        mine = known.get(person.person_no, nothing)
        batch.append(
            InsuredEntry(
                len(numbers),
                person.id_index,
                folded(person.name),
                person.born_on,
                folded(person.address),
                person.active and person.scheme in entitling.schemes,
                sorted(mine.two_disease),
                sorted(mine.chronic_outpatient),
                sorted(mine.diagnosed),
            )
        )
        if person.active and person.scheme == "resident":
            residents.add(len(numbers))
        numbers.append(person.person_no)
        index.add(person.id_index)
        if len(batch) == sides.AT_ONCE:
            matcher.add_insured(batch)
            batch = []
    matcher.add_insured(batch)
    return numbers, index, residents


def _by_disease(
    managed: Sequence[Managed],
    linked: Iterable[tuple[int, int]],
    residents: Collection[int],
) -> dict[str, dict[str, int]]:
    """Count the managed by disease, and of them those who are insured as residents."""
    counts = {"managed": Counter[str](), "residents": Counter[str]()}
    for one in managed:
        counts["managed"].update(one.diseases)
    here = {no for no, insured in linked if insured in residents}
    for no in here:
        counts["residents"].update(managed[no].diseases)
    return {name: dict(each) for name, each in counts.items()}


def _put_managed(
    vault: Vault, matcher: "Matcher", managed: Sequence[Managed], index: set[str]
) -> None:
    from dispensing.matching_bulk.engine import ManagedEntry

    for begin in range(0, len(managed), sides.AT_ONCE):
        some = managed[begin : begin + sides.AT_ONCE]
        matcher.add_managed(
            ManagedEntry(
                no,
                _digest_of(vault, one.id_number, index),
                folded(one.name),
                one.born_on,
                folded(one.address),
                sorted(one.diseases),
                one.chronic_outpatient,
            )
            for no, one in enumerate(some, begin)
        )


def _digest_of(vault: Vault, id_number: str, index: set[str]) -> str | None:
    """Give the keyed digest under which the insured are known; two while the key changes."""
    if not id_number:
        return None
    made = vault.indexes(id_number)
    return next((each for each in made if each in index), made[-1])


def _decided(
    session: Session,
    vault: Vault,
    area: str,
    *,
    no_of: Mapping[str, int],
    insured_of: Mapping[str, int],
) -> Iterator["Decided"]:
    """Give what people have said of pairs in earlier runs, the last word of each."""
    from dispensing.matching_bulk.engine import Decided

    query = (
        select(MatchingOutcomeRow.subject, MatchingOutcomeRow.code, MatchingEntryRow)
        .join(MatchingEntryRow, col(MatchingEntryRow.id) == MatchingOutcomeRow.entry_id)
        .where(
            col(MatchingOutcomeRow.place) == area, MatchingOutcomeRow.list == "review"
        )
        .order_by(col(MatchingOutcomeRow.id))
    )
    last = {subject: (code, row) for subject, code, row in session.exec(query)}
    for code, row in last.values():
        told = json.loads(unseal(vault, row, "told_sealed"))
        managed, insured = no_of.get(told["key"]), insured_of.get(row.person_no or "")
        if managed is not None and insured is not None:
            yield Decided(managed, insured, code == "same_person")


def _rested_on(rules: Rules, day: date) -> dict[str, Any]:
    """Say what a run rests on: the texts in force, and by when each list is due, with clause."""
    dues = {name: due_of(rules, name, day) for name in LISTS}
    return {
        "policies": list(rules.policies),
        "due": {
            name: [
                due.day.isoformat(),
                due.what,
                due.who,
                due.cited.clause,
                due.cited.quote,
            ]
            for name, due in dues.items()
            if due is not None
        },
    }

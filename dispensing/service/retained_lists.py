"""What the bureau's lists remove at the end of a term: people of registries, runs and lists.

How many there were, when, by whom and the digests stay; the latest of each is never emptied,
nor are pairs that somebody compared: later runs rest on what was said of them.
"""

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_
from sqlmodel import Session, col, exists, select

from dispensing.desk import Desk
from dispensing.sealed import at, seal_in
from dispensing.service.retaining import Way
from dispensing.tables import (
    BureauListRow,
    ManagedPartRow,
    ManagedRegistryRow,
    MatchingEntryRow,
    MatchingRunRow,
)

NOBODY = zlib.compress(b"[]")
NOTHING = json.dumps({"diseases": [], "detail": ""})
AT_ONCE = 1_000


def ways() -> dict[str, Way]:
    """Give how each kind of list is found and emptied."""
    return {
        "registry": _of(ManagedRegistryRow, _later_registry(), _registries),
        "matching": _of(MatchingRunRow, _later_run(), _runs),
        "bureau_list": _of(BureauListRow, _later_list(), _lists),
    }


def _of(row: Any, later: ColumnElement[bool], remove: Any) -> Way:
    def over(before: datetime) -> tuple[ColumnElement[bool], ...]:
        return (col(row.at) < before,)

    return Way(
        row=row,
        since=col(row.at),
        over=over,
        holds={"latest": ~later},
        person_no=literal(""),  # of many people, or of none
        remove=remove,
    )


def _later_registry() -> ColumnElement[bool]:
    mine: Any = ManagedRegistryRow.__table__  # type: ignore[attr-defined]
    return _has_later(mine, mine.alias(), mine.c.as_of)


def _later_run() -> ColumnElement[bool]:
    mine: Any = MatchingRunRow.__table__  # type: ignore[attr-defined]
    other = mine.alias()
    after = and_(other.c.place == mine.c.place, other.c.number > mine.c.number)
    return exists().where(after).correlate(mine)


def _later_list() -> ColumnElement[bool]:
    mine: Any = BureauListRow.__table__  # type: ignore[attr-defined]
    other = mine.alias()
    return _has_later(mine, other, mine.c.as_of, other.c.kind == mine.c.kind)


def _has_later(
    mine: Any, other: Any, as_of: Any, *same: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Ask whether another of the place counts: of a later day, or handed in later."""
    later = or_(
        other.c.as_of > as_of,
        and_(other.c.as_of == as_of, other.c.at > mine.c.at),
    )
    found = exists().where(other.c.place == mine.c.place, later, *same)
    return found.correlate(mine)


def _registries(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    query = select(ManagedPartRow).where(col(ManagedPartRow.registry_id).in_(ids))
    for row in session.exec(query):
        place = at(ManagedPartRow, "people_sealed", row.registry_id, row.no)
        row.people_sealed = desk.vault.seal_bytes(NOBODY, place)


def _lists(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    for row in session.exec(
        select(BureauListRow).where(col(BureauListRow.id).in_(ids))
    ):
        place = at(BureauListRow, "content_sealed", row.id)
        row.content_sealed = desk.vault.seal_bytes(NOBODY, place)


def _runs(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    mine, after = MatchingEntryRow, 0
    query = select(mine).where(col(mine.run_id).in_(ids), mine.list != "review")
    query = query.order_by(col(mine.id))
    while rows := session.exec(query.where(col(mine.id) > after).limit(AT_ONCE)).all():
        for row in rows:
            seal_in(desk.vault, row, "told_sealed", NOTHING)
        after = rows[-1].id or 0
        session.flush()

"""Seal the records of the audit chain: link them, area by area, in batches.

What is sealed is whatever has no link yet, never what comes after the last: on PostgreSQL a
record may appear after others with higher numbers were sealed. One sealer at a time works on
an area; a batch is one unit of work, so whoever is cut off leaves whole batches only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, text
from sqlmodel import Session, col, select

from dispensing.audit import GENESIS, Anchor, Link, Record, chain
from dispensing.days import start_of
from dispensing.tables import LinkRow, RecordRow

BATCH = 500
# How far back of the last sealed record the every-few-seconds look goes; what a very long
# unit of work has left behind that is sealed by the full look, before each anchor.
RECENT = 50_000
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtext('yaoda audit chain'), hashtext(:area))"
)
RECORD_COLUMNS = tuple(
    col(getattr(RecordRow, name)) for name in Record.__dataclass_fields__
)
LINK_COLUMNS = tuple(col(getattr(LinkRow, name)) for name in Link.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of an area's chain."""

    area: str
    seq: int
    hash: str
    sealed_at: datetime | None


def seal(session: Session, *, now: datetime, everything: bool = False) -> int:
    """Seal what is not sealed yet, and tell how many records; commits batch by batch.

    Only the most recent records are looked through unless `everything` is asked for.
    """
    since = 0 if everything else _recent(session)
    areas = session.exec(
        _waiting(select(RecordRow.area).distinct(), since).order_by(col(RecordRow.area))
    ).all()
    session.rollback()
    return sum(_seal_area(session, area, since, now) for area in areas)


def waiting(session: Session) -> dict[str, tuple[int, datetime]]:
    """Tell by area how many records are not sealed yet, and when the oldest was written."""
    counted = select(RecordRow.area, func.count(), func.min(RecordRow.at))
    query = _waiting(counted, 0).group_by(col(RecordRow.area))
    return {area: (int(count), oldest) for area, count, oldest in session.exec(query)}


def heads(session: Session) -> tuple[ChainHead, ...]:
    """List the ends of all chains, by area."""
    areas = session.exec(
        select(LinkRow.area).distinct().order_by(col(LinkRow.area))
    ).all()
    return tuple(head(session, area) for area in areas)


def head(session: Session, area: str, before: datetime | None = None) -> ChainHead:
    """Return the end of an area's chain, now or as it was sealed before an instant."""
    query = select(LinkRow.seq, LinkRow.hash, LinkRow.sealed_at)
    query = query.where(col(LinkRow.area) == area)
    if before is not None:
        query = query.where(col(LinkRow.sealed_at) < before)
    found = session.exec(query.order_by(col(LinkRow.seq).desc()).limit(1)).first()
    return ChainHead(area, *found) if found else ChainHead(area, 0, GENESIS, None)


def anchors(session: Session, day: date, *, now: datetime) -> tuple[Anchor, ...]:
    """Make the anchors of a day: the end of each area's chain as the day left it."""
    opens = start_of(day)
    closes = start_of(day + timedelta(days=1))
    made = []
    for area in (each.area for each in heads(session)):
        last, before = head(session, area, closes), head(session, area, opens)
        if last.seq:
            count = last.seq - before.seq
            made.append(Anchor(area, day, last.seq, last.hash, count, now))
    return tuple(made)


def _seal_area(session: Session, area: str, since: int, now: datetime) -> int:
    sealed = 0
    while True:
        links = _seal_batch(session, area, since, now)
        session.commit()
        sealed += len(links)
        if len(links) < BATCH:
            return sealed


def _seal_batch(
    session: Session, area: str, since: int, now: datetime
) -> Sequence[Link]:
    if session.connection().dialect.name == "postgresql":
        session.execute(_LOCK, {"area": area})  # SQLite has one writer anyway
    query = _waiting(select(*RECORD_COLUMNS), since)
    query = query.where(col(RecordRow.area) == area)
    found = session.execute(query.order_by(col(RecordRow.id)).limit(BATCH))
    records = [Record(*values) for values in found]
    if not records:
        return ()
    end = head(session, area)
    links = chain(records, area=area, seq=end.seq, previous=end.hash, now=now)
    fields = Link.__dataclass_fields__
    session.connection().execute(
        insert(LinkRow),
        [{name: getattr(link, name) for name in fields} for link in links],
    )
    return links


def _waiting(query: Any, since: int) -> Any:
    """Keep the records that have no link."""
    sealed = select(LinkRow.record_id).where(
        col(LinkRow.record_id) == col(RecordRow.id)
    )
    return query.where(col(RecordRow.id) > since, ~sealed.exists())


def _recent(session: Session) -> int:
    return (session.scalar(select(func.max(LinkRow.record_id))) or 0) - RECENT

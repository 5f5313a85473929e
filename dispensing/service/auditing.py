"""Walk the audit chain and find the first record that is not as it was written.

Every link is hashed again, every fact is digested again from its rows, and the anchors that
were kept outside are held against the chain. What is found is named by area and number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.audit import GENESIS, Anchor, Link, Record, digest_of, link_hash
from dispensing.service.adopting import told_keys, unrecorded
from dispensing.service.breaks import Break, broken_link
from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import FACTS, is_fact
from dispensing.service.sealing import LINK_COLUMNS, RECORD_COLUMNS
from dispensing.tables import LinkRow, RecordRow

CHUNK = 2000
_KEYS_AT_ONCE = 500
BREAKS_MAX = 100
SEALED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk over the chains has found; the first of `breaks` is where to look."""

    areas: int
    links: int
    waiting: int
    rows: int
    anchors: int
    breaks: tuple[Break, ...]

    @property
    def whole(self) -> bool:
        """Tell whether nothing was found."""
        return not self.breaks


@dataclass(slots=True)
class _Walk:
    """What has been counted and found on the way."""

    session: Session
    now: datetime
    last_of: set[int]
    links: int = 0
    waiting: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)


def verify(
    session: Session,
    *,
    now: datetime,
    area: str | None = None,
    anchors: Iterable[Anchor] = (),
) -> Verified:
    """Check the chains of all areas, or of one, against facts and anchors.

    Everything is read as of one moment: what is written meanwhile does not disturb.
    """
    _freeze(session)
    walk = _Walk(session, now, _last_of(session))
    query = select(RecordRow.area).union(select(LinkRow.area))
    areas = sorted(found for (found,) in session.execute(query))
    chosen = [each for each in areas if area in {None, each}]
    pinned = sorted((a for a in anchors if area in {None, a.area}), key=_place)
    for each in chosen:
        _walk_chain(walk, each)
        _walk_waiting(walk, each)
    for name, group in groupby(pinned, key=lambda anchor: anchor.area):
        _hold_against(walk, name, list(group))
    if area is None:
        _find_unrecorded(walk)
    session.rollback()
    counted = sum(walk.rows.values())
    found = tuple(sorted(walk.breaks, key=_order)[:BREAKS_MAX])
    return Verified(len(chosen), walk.links, walk.waiting, counted, len(pinned), found)


def _freeze(session: Session) -> None:
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _place(anchor: Anchor) -> tuple[str, int]:
    return anchor.area, anchor.seq


def _order(found: Break) -> tuple[bool, str, bool, int]:
    return not found.area, found.area, found.seq is None, found.seq or 0


def _last_of(session: Session) -> set[int]:
    """Find the last record of each row that is written over: it alone tells of today's row."""
    found: set[int] = set()
    for fact in FACTS.values():
        if fact.changes:
            query = select(func.max(RecordRow.id)).where(is_fact(fact))
            last = session.exec(query.group_by(col(RecordRow.subject)))
            found.update(number for number in last if number is not None)
    return found


def _walk_chain(walk: _Walk, area: str) -> None:
    previous, seq, whole = GENESIS, 0, True
    for rows in _links(walk.session, area):
        for no, (link, record) in enumerate(rows):
            fits = (
                record is not None
                and link.seq == seq + 1
                and link.previous == previous
                and link_hash(link, record) == link.hash
            )
            if whole and not fits:
                whole = False
                following = rows[no + 1] if no + 1 < len(rows) else None
                walk.breaks.append(
                    broken_link(
                        walk.session, link, record, last=seq, following=following
                    )
                )
            previous, seq = link.hash, link.seq
        walk.links += len(rows)
        _check_facts(walk, [(link.seq, rec) for link, rec in rows if rec is not None])


def _links(session: Session, area: str) -> Iterator[list[tuple[Link, Record | None]]]:
    """Read an area's links in their order with their records, by the chunk."""
    after, count = -1, len(LINK_COLUMNS)
    query = select(*LINK_COLUMNS, *RECORD_COLUMNS)
    query = query.select_from(LinkRow).outerjoin(
        RecordRow, col(RecordRow.id) == col(LinkRow.record_id)
    )
    query = query.where(col(LinkRow.area) == area).order_by(col(LinkRow.seq))
    while True:
        found = session.execute(query.where(col(LinkRow.seq) > after).limit(CHUNK))
        rows = [
            (
                Link(*values[:count]),
                None if values[count] is None else Record(*values[count:]),
            )
            for values in found
        ]
        if not rows:
            return
        after = rows[-1][0].seq
        yield rows


def _walk_waiting(walk: _Walk, area: str) -> None:
    """Look at what is not sealed yet; it must be young, and its facts as they were."""
    after = 0
    query = select(*RECORD_COLUMNS).outerjoin(
        LinkRow, col(RecordRow.id) == col(LinkRow.record_id)
    )
    query = query.where(col(RecordRow.area) == area, col(LinkRow.record_id).is_(None))
    query = query.order_by(col(RecordRow.id))
    while True:
        found = walk.session.execute(
            query.where(col(RecordRow.id) > after).limit(CHUNK)
        )
        records = [Record(*values) for values in found]
        if not records:
            return
        after = records[-1].id
        walk.waiting += len(records)
        walk.breaks.extend(
            Break(area, None, one.kind, one.subject, "unsealed", f"since {one.at}")
            for one in records
            if walk.now - one.at > SEALED_WITHIN
        )
        _check_facts(walk, [(None, record) for record in records])


def _check_facts(walk: _Walk, records: Sequence[tuple[int | None, Record]]) -> None:
    by_fact: dict[str, list[tuple[int | None, Record]]] = {}
    for seq, record in records:
        by_fact.setdefault(record.kind.partition(".")[0], []).append((seq, record))
    for name, told in by_fact.items():
        fact = FACTS.get(name)
        if fact is None:
            walk.breaks.extend(
                _unlike(seq, r, "edited", "no such fact") for seq, r in told
            )
            continue
        if fact.changes:
            told = [(seq, record) for seq, record in told if record.id in walk.last_of]
        rows = _rows(walk.session, fact, [record.subject for _, record in told])
        for seq, record in told:
            _check_fact(walk, fact, (seq, record), rows)


def _check_fact(
    walk: _Walk,
    fact: Fact,
    told: tuple[int | None, Record],
    rows: Mapping[str, Mapping[str, Any]],
) -> None:
    seq, record = told
    keys = record.subject.split(",")
    kept = [fact.content(rows[key]) for key in keys if key in rows]
    walk.rows[fact.name] = walk.rows.get(fact.name, 0) + len(kept)
    if len(kept) < len(keys):
        missing = next(key for key in keys if key not in rows)
        words = f"{fact.row.__tablename__} {missing} is gone"
        walk.breaks.append(_unlike(seq, record, "fact deleted", words))
    elif digest_of(kept, record.salt) != record.digest:
        words = f"{fact.row.__tablename__} is not what was recorded"
        walk.breaks.append(_unlike(seq, record, "fact changed", words))


def _unlike(seq: int | None, record: Record, what: str, words: str) -> Break:
    return Break(record.area, seq, record.kind, record.subject, what, words)


def _rows(
    session: Session, fact: Fact, subjects: Iterable[str]
) -> dict[str, Mapping[str, Any]]:
    """Read the rows that records tell of, by their keys as text."""
    table = _table(fact)
    key = table.c[fact.key]
    texts = [text for subject in subjects for text in subject.split(",")]
    wanted = [value for text in texts for value in _key(key, text)]
    found: dict[str, Mapping[str, Any]] = {}
    for begin in range(0, len(wanted), _KEYS_AT_ONCE):
        some = table.select().where(key.in_(wanted[begin : begin + _KEYS_AT_ONCE]))
        for row in session.execute(some).mappings():
            found[str(row[fact.key])] = dict(row)
    return found


def _key(column: Any, text: str) -> list[Any]:
    kind = column.type.python_type
    if kind not in (int, UUID):
        return [text]  # SQLModel's text column does not say that it is text
    try:
        return [kind(text)]
    except ValueError:
        return []  # a subject that was tampered with names no row


def _table(fact: Fact) -> Any:
    return fact.row.__table__  # type: ignore[attr-defined]


def _hold_against(walk: _Walk, area: str, anchors: Sequence[Anchor]) -> None:
    """Find the first anchor of an area that the chain does not pass through any more."""
    last = walk.session.scalar(
        select(func.max(LinkRow.seq)).where(col(LinkRow.area) == area)
    )
    for anchor in anchors:
        link = walk.session.get(LinkRow, (area, anchor.seq))
        if link is None:
            first = min(anchor.seq, (last or 0) + 1)
            words = f"the anchor of {anchor.day} has seq {anchor.seq}"
            walk.breaks.append(Break(area, first, "", "", "tail cut", words))
            return
        if link.hash != anchor.hash:
            words = f"the anchor of {anchor.day} has another hash"
            walk.breaks.append(Break(area, anchor.seq, "", "", "rewritten", words))
            return


def _find_unrecorded(walk: _Walk) -> None:
    """Find rows that no record tells of: they were written around the services."""
    for fact in FACTS.values():
        table = _table(fact)
        query = select(func.count()).select_from(table)
        if fact.where:
            query = query.where(table.c[fact.where].is_not(None))
        for name, value in fact.only.items():
            query = query.where(table.c[name] == value)
        counted = walk.session.scalar(query)
        if counted != walk.rows.get(fact.name, 0):
            walk.breaks.extend(_unrecorded(walk.session, fact))


def _unrecorded(session: Session, fact: Fact) -> Iterator[Break]:
    name = fact.row.__tablename__
    for values in unrecorded(session, fact):
        key = str(values[fact.key])
        words = f"{name} {key} has no record"
        yield Break("", None, fact.kind(values), key, "unrecorded", words)
    if not fact.changes:
        for key, count in told_keys(session, fact).items():
            if count > 1:
                words = f"{name} {key} is recorded more than once"
                yield Break("", None, fact.name, key, "inserted", words)

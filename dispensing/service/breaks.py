"""Tell what was done to a chain at the link where it breaks.

The hash of a link holds its place, so a link that was moved still fits the place that it
came from. That tells an edit from a deletion, an insertion and another order.
"""

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from dispensing.audit import Link, Record, link_hash
from dispensing.service.sealing import LINK_COLUMNS, RECORD_COLUMNS
from dispensing.tables import LinkRow, RecordRow

_NEAR = 64  # how many places up or down a link is looked for


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is not as it was written: where, what it was about, what is wrong."""

    area: str
    seq: int | None
    kind: str
    subject: str
    what: str
    detail: str


_Place = tuple[Link, Record | None]


def broken_link(
    session: Session,
    link: Link,
    record: Record | None,
    *,
    last: int,
    following: _Place | None,
) -> Break:
    """Name what is wrong at the first link that does not follow from the one before it.

    `last` is the number of the link before, `following` the link after.
    """
    area = link.area
    if link.seq != last + 1:
        return _gap(session, area, last + 1, link.seq - 1)
    if record is None:
        words = f"its record {link.record_id} is gone"
        return Break(area, link.seq, "", "", "deleted", words)
    if link_hash(link, record) == link.hash:
        return _wrong_neighbour(session, link, record)
    if moved := _moved_by(link, record):
        return _renumbered(session, link, record, moved)
    return _does_not_fit(session, link, record, following)


def _does_not_fit(
    session: Session, link: Link, record: Record, following: _Place | None
) -> Break:
    if _swapped_with(session, link, record) is not None:
        return _of(link, record, "reordered", "its record belongs to another link")
    if following and following[1] and _moved_by(following[0], following[1]) == -1:
        return _of(link, record, "inserted", "what follows was one place further up")
    return _of(link, record, "edited", "the hash does not fit")


def _gap(session: Session, area: str, first: int, last: int) -> Break:
    """Name links that are missing, by a record that has lost its link where there is one."""
    some = f"link {first}" if first == last else f"links {first} to {last}"
    query = select(RecordRow.kind, RecordRow.subject).outerjoin(
        LinkRow, col(LinkRow.record_id) == col(RecordRow.id)
    )
    query = query.where(col(RecordRow.area) == area, col(LinkRow.record_id).is_(None))
    left = session.exec(query.order_by(col(RecordRow.id))).first()
    kind, subject = left or ("", "")
    return Break(area, first, kind, subject, "deleted", f"{some} missing")


def _wrong_neighbour(session: Session, link: Link, record: Record) -> Break:
    """The link is as it was made, but the one before it is not: that one was hashed anew."""
    before = _at(session, link.area, link.seq - 1)
    if before is None or before[1] is None:
        return _of(link, record, "deleted", "what came before it is gone")
    return _of(*before, "edited", "hashed anew; the next link holds the old hash")


def _moved_by(link: Link, record: Record) -> int:
    """Tell by how many places a link was moved from where it was made; 0 where unknown."""
    for n in (sign * n for n in range(1, _NEAR + 1) for sign in (-1, 1)):
        for batch in (link.batch, link.batch + n):
            there = replace(link, seq=link.seq + n, batch=batch)
            if link_hash(there, record) == link.hash:
                return n
    return 0


def _renumbered(session: Session, link: Link, record: Record, moved: int) -> Break:
    other = _at(session, link.area, link.seq + moved)
    if other and other[1] and _moved_by(other[0], other[1]) == -moved:
        return _of(link, record, "reordered", f"it was link {link.seq + moved}")
    if moved > 0:
        words = f"{moved} before it missing, what follows was numbered anew"
        return _of(link, record, "deleted", words)
    put_in = other if other and other[1] else (link, record)
    words = "what follows was numbered anew"
    assert put_in[1] is not None
    return _of(put_in[0], put_in[1], "inserted", words)


def _swapped_with(session: Session, link: Link, record: Record) -> int | None:
    """Find the link near by that this record was sealed by."""
    query = select(*LINK_COLUMNS).where(
        col(LinkRow.area) == link.area,
        col(LinkRow.seq).between(link.seq - _NEAR, link.seq + _NEAR),
    )
    for values in session.execute(query):
        near = Link(*values)
        for told in _tellings(near, record):
            if near.seq != link.seq and link_hash(near, told) == near.hash:
                return near.seq
    return None


def _tellings(link: Link, record: Record) -> tuple[Record, ...]:
    """Give a record as it is, and under the number that the link knows its record by."""
    return record, replace(record, id=link.record_id)


def _at(session: Session, area: str, seq: int) -> tuple[Link, Record | None] | None:
    query = (
        select(*LINK_COLUMNS, *RECORD_COLUMNS)
        .select_from(LinkRow)
        .outerjoin(RecordRow, col(RecordRow.id) == col(LinkRow.record_id))
        .where(col(LinkRow.area) == area, col(LinkRow.seq) == seq)
    )
    values = session.execute(query).first()
    if values is None:
        return None
    count = len(LINK_COLUMNS)
    told = None if values[count] is None else Record(*values[count:])
    return Link(*values[:count]), told


def _of(link: Link, record: Record | None, what: str, words: str) -> Break:
    kind, subject = (record.kind, record.subject) if record else ("", "")
    return Break(link.area, link.seq, kind, subject, what, words)

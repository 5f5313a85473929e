"""Tell events: bring what was recorded into an order, and write a notice for each subscriber.

No unit of work that changes a prescription writes a notice; it writes its event and the
event's record, and notices are derived from these. Events commit in another order than their
numbers: on PostgreSQL the number of a settlement's event is drawn when the settlement is
opened, and spent after the platform has answered. What is told next is therefore whatever was
not told yet, never what comes after the last. Records draw their numbers at the end of their
unit of work, under the lock of the prescription, so that of one prescription they are in order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, text
from sqlmodel import Session, col, select

from dispensing.outbox import LineState, Subject, notice_body
from dispensing.service.notices.subscribing import Wish, is_firm, wishes
from dispensing.service.writing import on_postgres
from dispensing.tables import (
    EventRow,
    NoticeRow,
    OrderRow,
    OutboxEventRow,
    OutboxMarkRow,
    PrescriptionLineRow,
    PrescriptionRow,
    RecordRow,
)

BATCH = 500
_THE_MARK = 1
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('yaoda outbox'))")
_OWN = text("SELECT pg_current_xact_id()::text::bigint")
_OLDEST = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


@dataclass(frozen=True, slots=True)
class _News:
    """An event that was not told yet, and the number of its record."""

    record_id: int
    event: EventRow


def tell(
    session: Session, *, now: datetime, batch: int = BATCH, everything: bool = False
) -> int:
    """Tell events that were not told yet, and tell how many; commits batch by batch.

    Only what is above the mark is looked through unless `everything` is asked for, as it
    is once a day.
    """
    told, above = 0, 0 if everything else None
    while True:
        found = _tell_batch(session, now, batch, above)
        session.commit()
        told += len(found)
        if len(found) < batch:
            return told
        above = found[-1]  # what commits below it meanwhile is found by the next call


def untold(session: Session) -> tuple[int, datetime | None]:
    """Tell how many events wait to be told, and when the oldest happened."""
    mark = session.get(OutboxMarkRow, _THE_MARK)
    query = _not_told(
        select(func.count(), func.min(RecordRow.at)), mark.low_id if mark else 0
    )
    count, oldest = session.exec(query).one()
    return int(count), oldest


def _tell_batch(
    session: Session, now: datetime, batch: int, above: int | None
) -> list[int]:
    """Tell what was recorded above a number, or above the mark; gives the records' numbers.

    The mark moves only where all was looked through from the mark itself.
    """
    if on_postgres(session):
        session.execute(_LOCK)  # SQLite has one writer anyway
    mark = session.get(
        OutboxMarkRow, _THE_MARK, populate_existing=True
    ) or OutboxMarkRow(id=_THE_MARK, low_id=0, mark_id=0, mark_xid=0)
    session.add(mark)
    ripe = _ripen(session, mark)
    found = _news(session, mark.low_id if above is None else above, batch)
    if above is None and len(found) < batch:
        mark.low_id = max(mark.low_id, ripe)
    if found:
        _write(session, found, now)
    return [news.record_id for news in found]


def _ripen(session: Session, mark: OutboxMarkRow) -> int:
    """Give a number up to which every record is committed or will never be.

    On PostgreSQL: all records up to `mark_id` were drawn by transactions that are older
    than `mark_xid`, because a record is never the first thing that a transaction writes.
    When all those have ended, nothing can appear below it any more. The largest number is
    read before our own transaction draws its own; the other way round one could slip in.
    """
    with session.no_autoflush:
        last = session.scalar(select(func.max(RecordRow.id))) or 0
        if not on_postgres(session):
            return last
        own = session.execute(_OWN).scalar_one()
        oldest = session.execute(_OLDEST).scalar_one()
    ripe = 0
    restored = mark.mark_xid > own  # from a database whose transactions were further on
    if mark.mark_xid <= oldest and not restored:
        ripe = mark.mark_id
    if ripe or restored or not mark.mark_xid:
        mark.mark_id, mark.mark_xid = last, own
    return ripe


def _news(session: Session, low_id: int, batch: int) -> list[_News]:
    query = _not_told(select(RecordRow.id, RecordRow.subject), low_id)
    found = session.exec(query.order_by(col(RecordRow.id)).limit(batch)).all()
    numbers = [int(subject) for _, subject in found]
    rows = session.exec(select(EventRow).where(col(EventRow.id).in_(numbers)))
    events = {row.id: row for row in rows}
    return [
        _News(id_, events[number])
        for (id_, _), number in zip(found, numbers, strict=True)
    ]


def _not_told(query: Any, low_id: int) -> Any:
    told = select(OutboxEventRow.no).where(
        col(OutboxEventRow.record_id) == col(RecordRow.id)
    )
    return query.where(
        col(RecordRow.id) > low_id,
        col(RecordRow.kind).startswith("event."),
        ~told.exists(),
    )


def _write(session: Session, found: Sequence[_News], now: datetime) -> None:
    """Number the events and write them down with their notices."""
    ids = {news.event.prescription_id for news in found}
    subjects, seqs = _subjects(session, ids), _last_seqs(session, ids)
    number = session.scalar(select(func.max(OutboxEventRow.no))) or 0
    events, notices = [], []
    wanted, orders = wishes(session), _orders(session, ids)
    for no, news in enumerate(found, number + 1):
        rx_id = news.event.prescription_id
        seq = seqs[rx_id] = seqs.get(rx_id, 0) + 1
        told = {"seq": seq, "prescription_id": rx_id}
        order = _order_of(news.event, orders.get(rx_id, ()))
        body = notice_body(
            subjects[rx_id],
            kind=news.event.kind,
            at=news.event.at,
            seq=seq,
            order_id=order.id if order else None,
        )
        events.append({**told, **_event(no, news), "body": body, "told_at": now})
        notices += [
            {**told, **_notice(wish, no, news, now)}
            for wish in _concerned(wanted, news, subjects[rx_id], order)
        ]
    session.connection().execute(insert(OutboxEventRow), events)
    if notices:
        session.connection().execute(insert(NoticeRow), notices)


def _subjects(session: Session, ids: Iterable[UUID]) -> dict[UUID, Subject]:
    wanted = list(ids)
    lines = session.exec(
        select(PrescriptionLineRow)
        .where(col(PrescriptionLineRow.prescription_id).in_(wanted))
        .order_by(col(PrescriptionLineRow.no))
        .execution_options(populate_existing=True)
    ).all()
    rows = session.exec(
        select(PrescriptionRow)
        .where(col(PrescriptionRow.id).in_(wanted))
        .execution_options(populate_existing=True)
    )
    return {
        row.id: Subject(
            row.id,
            row.issuer,
            row.hosp_rx_no,
            row.state,
            row.outlet_code,
            tuple(
                LineState(line.no, line.quantity, line.taken)
                for line in lines
                if line.prescription_id == row.id
            ),
        )
        for row in rows
    }


def _last_seqs(session: Session, ids: Iterable[UUID]) -> dict[UUID, int]:
    query = (
        select(OutboxEventRow.prescription_id, func.max(OutboxEventRow.seq))
        .where(col(OutboxEventRow.prescription_id).in_(list(ids)))
        .group_by(col(OutboxEventRow.prescription_id))
    )
    return dict(session.exec(query).all())


def _event(no: int, news: _News) -> dict[str, Any]:
    return {"no": no, "record_id": news.record_id, "event_id": news.event.id}


def _notice(wish: Wish, no: int, news: _News, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "subscription_id": wish.subscription_id,
        "event_no": no,
        "kind": news.event.kind,
        "state": "waiting",
        "made_at": now,
        "next_at": now,
        "tries": 0,
        "last_error": "",
    }


def _orders(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[OrderRow]]:
    query = select(OrderRow).where(col(OrderRow.prescription_id).in_(list(ids)))
    found: dict[UUID, list[OrderRow]] = {}
    for row in session.exec(query):
        found.setdefault(row.prescription_id, []).append(row)
    return found


def _order_of(event: EventRow, orders: Sequence[OrderRow]) -> OrderRow | None:
    """Find the order that an event of a delivery is of: the last one that was placed by then.

    Of orders of one instant none is taken, lest one firm be told of another's.
    """
    before = [row for row in orders if row.placed_at <= event.at]
    if not event.kind.startswith("order_") or not before:
        return None
    last = max(row.placed_at for row in before)
    placed = [row for row in before if row.placed_at == last]
    return placed[0] if len(placed) == 1 else None


def _concerned(
    wanted: Mapping[str, Sequence[Wish]],
    news: _News,
    subject: Subject,
    order: OrderRow | None,
) -> list[Wish]:
    """Find who wants to be told: who issued it, who dispenses it, who did this with it.

    Of a delivery its firm is told; of all else no firm is, whatever an event's words say.
    """
    event = news.event
    told = (subject.issuer, subject.outlet_code or "", event.by, event.detail)
    codes = {code for code in told if not is_firm(code)}
    if order is not None:
        codes.add(order.carrier_code)
    return [
        wish
        for code in sorted(codes & wanted.keys())
        for wish in wanted[code]
        if wish.after_record < news.record_id
        and (not wish.kinds or event.kind in wish.kinds)
    ]

"""Plan uploads: from what was told of prescriptions, write down what the platform is owed.

Nothing is added to a settlement. Events are numbered one after another when notices are told
(`notices.tell`), so that a mark over these numbers passes none. What a prescription owes is
read from its settlements and events, whatever of it was written before: planning it again
writes only what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, text
from sqlmodel import Session, col, select

from dispensing.gateway.uploads import RETURNED, SENT_OUT, SIGNED_FOR, SOLD
from dispensing.service.parts import lines_settled
from dispensing.service.writing import on_postgres
from dispensing.tables import (
    EventRow,
    OutboxEventRow,
    SettlementRow,
    UploadMarkRow,
    UploadRow,
)

BATCH = 500
POSTED = ("posted", "reversing", "reversed")
THE_MARK = 1
_DELIVERIES = {"order_out": SENT_OUT, "order_handed_over": SIGNED_FOR}
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('yaoda uploads'))")


@dataclass(frozen=True, slots=True)
class Owed:
    """One message that the platform is owed for a settlement."""

    infno: str
    key: str
    at: datetime


def plan(
    session: Session, *, now: datetime, since: date | None = None, batch: int = BATCH
) -> int:
    """Write down what the platform is owed for what was told since the last time.

    Settlements of days before `since` are left out. Tells how many messages; commits batch
    by batch.
    """
    planned = 0
    while True:
        mark = _held_mark(session, now)
        query = select(OutboxEventRow.no, OutboxEventRow.prescription_id).where(
            col(OutboxEventRow.no) > mark.no
        )
        found = session.exec(query.order_by(col(OutboxEventRow.no)).limit(batch)).all()
        planned += _write(session, sorted({id_ for _, id_ in found}), since, now)
        if found:
            mark.no = found[-1][0]
        session.commit()
        if len(found) < batch:
            return planned


def plan_missing(session: Session, *, now: datetime, since: date | None = None) -> int:
    """Look for sales and returns that no upload was ever written for, and write them.

    What is found here was passed by: an event was lost, or a database was put back.
    """
    _held_mark(session, now)
    ids = sorted(_passed_by(session))
    planned = sum(
        _write(session, ids[begin : begin + BATCH], since, now)
        for begin in range(0, len(ids), BATCH)
    )
    session.commit()
    return planned


def plan_settlement(session: Session, prescription_id: UUID, now: datetime) -> None:
    """Write what one prescription's settlements owe; the caller commits."""
    _held_mark(session, now)
    _write(session, [prescription_id], None, now)


def _held_mark(session: Session, now: datetime) -> UploadMarkRow:
    """Give the mark; whoever has it plans alone, on SQLite as its one writer."""
    if on_postgres(session):
        session.execute(_LOCK)
    mark = session.get(UploadMarkRow, THE_MARK, populate_existing=True)
    if mark is None:
        mark = UploadMarkRow(id=THE_MARK, no=0, begun_at=now)
        session.add(mark)
    return mark


def _passed_by(session: Session) -> set[UUID]:
    def without(infno: str, *states: str) -> Any:
        written = select(UploadRow.id).where(
            col(UploadRow.settlement_id) == col(SettlementRow.id),
            col(UploadRow.infno) == infno,
        )
        return session.exec(
            select(SettlementRow.prescription_id).where(
                col(SettlementRow.state).in_(states), ~written.exists()
            )
        )

    return {*without(SOLD, *POSTED), *without(RETURNED, "reversed")}


def _write(
    session: Session, ids: Sequence[UUID], since: date | None, now: datetime
) -> int:
    settlements = _settlements(session, ids, since)
    owed = _owed(session, settlements)
    written = _written(session, [row.id for row in settlements])
    new = [
        (row, one)
        for row in settlements
        for one in owed[row.id]
        if (row.id, one.infno, one.key) not in written
    ]
    last = session.scalar(select(func.max(UploadRow.no))) or 0
    rows = [_row(row, one, no, now) for no, (row, one) in enumerate(new, last + 1)]
    if rows:
        session.connection().execute(insert(UploadRow), rows)
    return len(rows)


def _settlements(
    session: Session, ids: Sequence[UUID], since: date | None
) -> Sequence[SettlementRow]:
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id).in_(ids),
        col(SettlementRow.state).in_(POSTED),
    )
    if since is not None:
        query = query.where(col(SettlementRow.on) >= since)
    ordered = query.order_by(col(SettlementRow.opened_at), col(SettlementRow.msgid))
    return session.exec(ordered.execution_options(populate_existing=True)).all()


def _owed(
    session: Session, settlements: Sequence[SettlementRow]
) -> dict[UUID, list[Owed]]:
    """Tell what each settlement owes, in the order in which it is told."""
    lines = lines_settled(session, settlements)
    on_the_way = _deliveries(session, settlements)
    found = {}
    for row in settlements:
        numbers = [str(line.no) for line in lines[row.id]]
        sold = [Owed(SOLD, no, row.opened_at) for no in numbers]
        back = [Owed(RETURNED, no, row.changed_at) for no in numbers]
        if row.state != "reversed":
            back = []
        found[row.id] = [*sold, *on_the_way.get(row.id, []), *back]
    return found


def _deliveries(
    session: Session, settlements: Sequence[SettlementRow]
) -> dict[UUID, list[Owed]]:
    """Tell which deliveries left and were signed for, by the settlement that they are of.

    A prescription has one settlement at a time: an event is of the last one before it.
    """
    query = select(EventRow).where(
        col(EventRow.prescription_id).in_({row.prescription_id for row in settlements}),
        col(EventRow.kind).in_(_DELIVERIES),
    )
    found: dict[UUID, list[Owed]] = {}
    for event in session.exec(query.order_by(col(EventRow.id))):
        mine = [
            row
            for row in settlements
            if row.prescription_id == event.prescription_id
            and row.opened_at <= event.at
        ]
        if mine:
            one = Owed(_DELIVERIES[event.kind], str(event.id), event.at)
            found.setdefault(mine[-1].id, []).append(one)
    return found


def _written(session: Session, ids: Sequence[UUID]) -> set[tuple[UUID, str, str]]:
    query = select(UploadRow.settlement_id, UploadRow.infno, UploadRow.key)
    return set(session.exec(query.where(col(UploadRow.settlement_id).in_(ids))))


def _row(row: SettlementRow, one: Owed, no: int, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "settlement_id": row.id,
        "no": no,
        "infno": one.infno,
        "key": one.key,
        "outlet_code": row.outlet_code,
        "happened_at": one.at,
        "made_at": now,
        "state": "waiting",
        "next_at": now,
        "tries": 0,
        "unanswered": False,
        "last_words": "",
    }


def unplanned(session: Session) -> int:
    """Count the events that were told and not looked at for uploads yet."""
    mark = session.get(UploadMarkRow, THE_MARK)
    last = session.scalar(select(func.max(OutboxEventRow.no))) or 0
    return max(0, last - (mark.no if mark else 0))

"""Who broke the promise of an ended order (送达承诺), and why, as it is kept on the order.

It is kept in the unit of work that ends or explains the order, by the rule that every page
tells (`routing.promise`), so that a month is counted without judging its orders one by one.
All of them can be judged anew at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, literal_column
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.ordering import order_row
from dispensing.service.receiving import note
from dispensing.tables import OrderRow
from dispensing.tables.orders import UNJUDGED
from routing.promise import ENTERED, Promise, late_s
from routing.service.promising import PromiseView, promises, until_of

ENDED = ("handed_over", "returned")
WORDS_MAX = 200
BATCH = 500  # orders that are judged in one unit of work


@dataclass(frozen=True, slots=True)
class Difference:
    """An ended order on which something else is kept than the rule tells."""

    order_id: UUID
    kept: str
    told: str


@dataclass(frozen=True, slots=True)
class Judged:
    """How many ended orders were judged anew, and where something else was kept."""

    orders: int
    differences: tuple[Difference, ...]


def keep_who_broke(session: Session, row: OrderRow) -> None:
    """Keep on an order that ends who broke its promise and why; nothing where it was kept."""
    assert row.state in ENDED and row.ended_at is not None, row.state
    if row.state == "handed_over" and not late_s(until_of(row), row.ended_at):
        row.broken_by = row.broken_why = None
        return
    session.flush()  # what ends it is among the records that it is judged from
    (told,) = promises(session, [row], now=row.ended_at)
    _keep(row, told.promise)


def explain_delay(
    session: Session,
    *,
    order_id: UUID,
    carrier_code: str,
    kind: str,
    words: str,
    by: str,
    now: datetime,
) -> PromiseView:
    """Enter why an order of the firm is late, such as the weather; the same again changes nothing.

    Raises Conflict where nothing is late. What was entered stays, and the last entry counts.
    """
    if kind not in ENTERED:
        raise Malformed([FieldError("kind", f"one of {', '.join(ENTERED)}")])
    row = order_row(session, order_id, lock=True)
    if row.carrier_code != carrier_code:
        raise NotFound("订单", "order")
    (found,) = promises(session, [row], now=now)
    if found.promise.state not in ("late", "broken"):
        session.rollback()
        raise _in_time()
    said = f"{kind}: {words.strip()[:WORDS_MAX]}"
    if (found.promise.why, found.promise.words) != (kind, words.strip()[:WORDS_MAX]):
        event = note(row.prescription_id, now, "delay_explained", by=by, detail=said)
        session.add(event)
        session.flush()
        (found,) = promises(session, [row], now=now)
    if row.state in ENDED:
        _keep(row, found.promise)
    session.commit()
    return found


def judge_unjudged(session: Session, *, now: datetime) -> int:
    """Judge the orders that an upgrade has marked as broken; tells how many."""
    done = 0
    while rows := _locked(session, literal_column(UNJUDGED, Boolean)):
        _judge(session, rows, now=now, mend=True)
        session.commit()
        done += len(rows)
    return done


def judge_anew(session: Session, *, now: datetime, mend: bool) -> Judged:
    """Judge all ended orders anew, tell what else was kept, and mend it where that is asked."""
    orders, found, after = 0, list[Difference](), None
    is_ended = col(OrderRow.state).in_(ENDED)
    while rows := _locked(
        session, is_ended if after is None else is_ended & (col(OrderRow.id) > after)
    ):
        after = rows[-1].id
        orders += len(rows)
        found += _judge(session, rows, now=now, mend=mend)
        session.commit()
        session.expunge_all()
    return Judged(orders, tuple(found))


def _locked(session: Session, where: ColumnElement[bool]) -> Sequence[OrderRow]:
    query = select(OrderRow).where(where)
    query = query.order_by(col(OrderRow.id)).limit(BATCH).with_for_update()
    return session.exec(query).all()


def _judge(
    session: Session, rows: Sequence[OrderRow], *, now: datetime, mend: bool
) -> list[Difference]:
    found = []
    for row, told in zip(rows, promises(session, rows, now=now), strict=True):
        by, why = told.promise.by, told.promise.why or None
        if (row.broken_by, row.broken_why) != (by, why):
            kept = _said(row.broken_by, row.broken_why)
            found.append(Difference(row.id, kept, _said(by, why)))
            if mend:
                _keep(row, told.promise)
    return found


def _keep(row: OrderRow, told: Promise) -> None:
    row.broken_by, row.broken_why = told.by, told.why or None


def _said(by: str | None, why: str | None) -> str:
    return f"{by} {why}".strip() if by else "kept"


def _in_time() -> Conflict:
    return Conflict(
        Words(
            "这单没有迟延。",
            "This order is not late.",
            "请刷新页面，查看最新的状态。",
            "Refresh the page and see how it stands.",
        ),
        code="not-late",
    )

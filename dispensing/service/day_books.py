"""What our books and shelves say of one outlet's day, read for its reconciliation."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlmodel import Session, col, func, select

from dispensing.days import day_of
from dispensing.ledger import TILLS
from dispensing.reconcile import (
    Booking,
    Dispensed,
    HandedOver,
    Moved,
    Open,
    SettledLine,
    Taken,
    TillLine,
    shares_fen,
)
from dispensing.service.day_handovers import handed_over
from dispensing.service.holding import OPEN
from dispensing.service.parts import lines_settled
from dispensing.tables import (
    DifferenceEventRow,
    DifferenceRow,
    LedgerRow,
    OrderRow,
    PersonRow,
    PrescriptionRow,
    SettlementRow,
    TillFileRow,
    TillLineRow,
)
from pharmacies import service as pharmacies
from pharmacies.tables import OutletRow

if TYPE_CHECKING:
    from uuid import UUID

_POSTED = ("posted", "reversing", "reversed")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DayBooks:
    """One outlet's day as we have it; the first four are frozen when the day is closed."""

    bookings: tuple[Booking, ...]
    taken: tuple[Taken, ...]
    moved: tuple[Moved, ...]
    settled: tuple[SettledLine, ...]
    handed_over: tuple[HandedOver, ...]
    dispensed: tuple[Dispensed, ...]
    still_open: tuple[Open, ...]

    @property
    def digest(self) -> str:
        """Give the sha256 of what a closing freezes."""
        frozen = (self.bookings, self.taken, self.moved, self.settled)
        rows = [sorted(map(_plain, each)) for each in frozen]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def day_books(session: Session, outlet_code: str, day: date, now: datetime) -> DayBooks:
    """Read what an outlet charged, took, moved and handed over on a day."""
    charged = _charged(session, outlet_code, day)
    refunded = _refunded(session, outlet_code, day)
    pairs = [(row, False) for row, _ in charged] + [(row, True) for row, _ in refunded]
    return DayBooks(
        bookings=(
            *(_booking(row, scheme, day, refund=False) for row, scheme in charged),
            *(_booking(row, scheme, day, refund=True) for row, scheme in refunded),
        ),
        taken=_taken(session, outlet_code, day),
        moved=_moved(session, outlet_code, day),
        settled=_settled(session, pairs),
        handed_over=handed_over(session, outlet_code, day),
        dispensed=_dispensed(session, [row for row, _ in charged], day, now),
        still_open=open_settlements(session, outlet_code, day),
    )


def bookings_of(session: Session, msgids: Iterable[str]) -> tuple[Booking, ...]:
    """Give what we booked for message numbers, wherever and whenever that was."""
    found: list[Booking] = []
    wanted = sorted(msgids)
    for begin in range(0, len(wanted), _AT_ONCE):
        some = wanted[begin : begin + _AT_ONCE]
        query = (
            select(SettlementRow, PersonRow.scheme)
            .join(PersonRow, col(PersonRow.person_no) == col(SettlementRow.person_no))
            .where(
                col(SettlementRow.msgid).in_(some),
                col(SettlementRow.state).in_(_POSTED),
            )
        )
        for row, scheme in session.exec(query).all():
            found.append(_booking(row, scheme, row.on, refund=False))
            back = _reversed_on(session, row)
            if back is not None:
                found.append(_booking(row, scheme, back, refund=True))
    return tuple(found)


def booked_there(session: Session, msgids: Iterable[str]) -> frozenset[str]:
    """Tell which charges that only the platform has were booked as a difference."""
    query = (
        select(DifferenceRow.msgid, DifferenceRow.detail)
        .join(
            DifferenceEventRow,
            (col(DifferenceEventRow.difference_id) == col(DifferenceRow.id))
            & (col(DifferenceEventRow.kind) == "book"),
        )
        .where(
            col(DifferenceRow.kind).in_(("missing_here", "doubled")),
            col(DifferenceRow.msgid).in_(sorted(msgids)),
        )
    )
    found = session.exec(query)
    return frozenset(msgid for msgid, detail in found if msgid and shares_fen(detail))


def settlement_ids(session: Session, msgids: Iterable[str]) -> dict[str, str]:
    """Name the settlements of message numbers, whatever became of them."""
    query = select(SettlementRow.msgid, SettlementRow.id).where(
        col(SettlementRow.msgid).in_(sorted(msgids))
    )
    return {msgid: str(id_) for msgid, id_ in session.exec(query)}


def open_settlements(
    session: Session, outlet_code: str, day: date, *, since: date | None = None
) -> tuple[Open, ...]:
    """List what was charged or is being reversed on a day, or since one, without an answer."""
    query = select(SettlementRow).where(
        col(SettlementRow.outlet_code) == outlet_code,
        col(SettlementRow.state).in_(OPEN),
        col(SettlementRow.on) <= day,
    )
    first = since or day
    found = [(row, _open_on(row)) for row in session.exec(query)]
    return tuple(
        Open(str(row.id), row.msgid, outlet_code, on, row.state, row.total_fen)
        for row, on in found
        if first <= on <= day
    )


def active_outlets(session: Session, first: date, last: date) -> tuple[str, ...]:
    """Name the outlets that settled or reversed anything in some days."""
    settled = select(SettlementRow.outlet_code).where(
        col(SettlementRow.on).between(first, last)
    )
    # Outlet by outlet, as the ledger is indexed: they are fewer than a day's transfers.
    own = select(LedgerRow.id).where(
        col(LedgerRow.outlet_code) == col(OutletRow.code),
        col(LedgerRow.on).between(first, last),
    )
    booked = select(OutletRow.code).where(own.exists())
    return tuple(sorted({*session.exec(settled.distinct()), *session.exec(booked)}))


def till_lines(
    session: Session, outlet_code: str, day: date
) -> tuple[int | None, tuple[TillLine, ...]]:
    """Read the last till file of a day, if an outlet has given one."""
    last = select(func.max(TillFileRow.id)).where(
        col(TillFileRow.outlet_code) == outlet_code, col(TillFileRow.day) == day
    )
    file_id = session.exec(last).one()
    if file_id is None:
        return None, ()
    query = select(TillLineRow).where(col(TillLineRow.file_id) == file_id)
    return file_id, tuple(
        TillLine(row.line_no, row.msgid, row.method, row.amount_fen)
        for row in session.exec(query.order_by(col(TillLineRow.line_no)))
    )


def _charged(
    session: Session, outlet_code: str, day: date
) -> list[tuple[SettlementRow, str]]:
    query = (
        select(SettlementRow, PersonRow.scheme)
        .join(PersonRow, col(PersonRow.person_no) == col(SettlementRow.person_no))
        .where(
            col(SettlementRow.outlet_code) == outlet_code,
            col(SettlementRow.on) == day,
            col(SettlementRow.state).in_(_POSTED),
        )
        .order_by(col(SettlementRow.msgid))
    )
    return [(row, scheme) for row, scheme in session.exec(query)]


def _refunded(
    session: Session, outlet_code: str, day: date
) -> list[tuple[SettlementRow, str]]:
    reversed_ = select(LedgerRow.settlement_id).where(
        col(LedgerRow.outlet_code) == outlet_code,
        col(LedgerRow.on) == day,
        col(LedgerRow.entry) == "reverse",
    )
    query = (
        select(SettlementRow, PersonRow.scheme)
        .join(PersonRow, col(PersonRow.person_no) == col(SettlementRow.person_no))
        .where(col(SettlementRow.id).in_(reversed_))
        .order_by(col(SettlementRow.msgid))
    )
    return [(row, scheme) for row, scheme in session.exec(query)]


def _booking(row: SettlementRow, scheme: str, day: date, *, refund: bool) -> Booking:
    sign = -1 if refund else 1
    return Booking(
        msgid=row.msgid,
        outlet_code=row.outlet_code,
        day=day,
        scheme=scheme,
        person_no=row.person_no,
        refund=refund,
        total_fen=sign * row.total_fen,
        fund_fen=sign * row.fund_fen,
        account_fen=sign * (row.account_fen + row.mutual_aid_fen),
        settlement_id=str(row.id),
    )


def _reversed_on(session: Session, row: SettlementRow) -> date | None:
    query = select(col(LedgerRow.on)).where(
        col(LedgerRow.settlement_id) == row.id, col(LedgerRow.entry) == "reverse"
    )
    return session.exec(query.limit(1)).first()


def _taken(session: Session, outlet_code: str, day: date) -> tuple[Taken, ...]:
    """Read what came into the till and went out of it; a courier's purse is not in it."""
    query = (
        select(LedgerRow, SettlementRow.msgid)
        .join(SettlementRow, col(SettlementRow.id) == col(LedgerRow.settlement_id))
        .where(
            col(LedgerRow.outlet_code) == outlet_code,
            col(LedgerRow.on) == day,
            col(LedgerRow.entry).in_(("tender", "refund")),
            col(LedgerRow.debit).in_(TILLS),
            col(LedgerRow.holder).is_(None),
        )
        .order_by(col(LedgerRow.id))
    )
    return tuple(
        Taken(str(row.settlement_id), msgid, row.debit, row.amount_fen)
        for row, msgid in session.exec(query)
    )


def _moved(session: Session, outlet_code: str, day: date) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            str(one.id),
            str(one.settlement_id or ""),
            one.line_no or 0,
            one.medicine_code,
            one.quantity,
            one.kind,
        )
        for one in pharmacies.movements(session, outlet_code, day)
    )


def _settled(
    session: Session, pairs: Sequence[tuple[SettlementRow, bool]]
) -> tuple[SettledLine, ...]:
    lines = lines_settled(session, {row.id: row for row, _ in pairs}.values())
    return tuple(
        SettledLine(
            str(row.id),
            row.msgid,
            line.no,
            line.medicine_code,
            -line.quantity if refund else line.quantity,
        )
        for row, refund in pairs
        for line in lines[row.id]
    )


def _dispensed(
    session: Session, charged: Sequence[SettlementRow], day: date, now: datetime
) -> tuple[Dispensed, ...]:
    live = [row for row in charged if row.state == "posted"]
    standing: dict[UUID, tuple[str, int]] = {}
    orders: dict[UUID, OrderRow] = {}
    ids = sorted(row.prescription_id for row in live)
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        asked = select(
            PrescriptionRow.id, PrescriptionRow.state, PrescriptionRow.filling
        ).where(col(PrescriptionRow.id).in_(some))
        for id_, state, filling in session.exec(asked):
            standing[id_] = state, filling
        query = select(OrderRow).where(col(OrderRow.prescription_id).in_(some))
        for order in session.exec(query.order_by(col(OrderRow.placed_at))):
            orders[order.prescription_id] = order
    over = day_of(now) > day
    return tuple(
        Dispensed(
            str(row.id),
            row.msgid,
            _outcome(
                _state_of_filling(row, *standing[row.prescription_id]),
                orders.get(row.prescription_id),
                now,
                over,
            ),
        )
        for row in live
    )


def _state_of_filling(row: SettlementRow, state: str, filling: int) -> str:
    return "dispensed" if row.filling < filling else state


def _outcome(state: str, order: OrderRow | None, now: datetime, over: bool) -> str:
    """Say where the medicine is: until its day is over, or its window, it is on its way."""
    if state == "dispensed":
        return "handed_over"
    if order is not None and order.state == "returned":
        return "returned"
    running = order is not None and order.state != "cancelled"
    if running and order is not None:
        over = order.window_closes < now
    return "at_outlet" if over else "on_the_way"


def _open_on(row: SettlementRow) -> date:
    # A charge belongs to its day; a reversal to the day on which it was begun.
    return day_of(row.changed_at) if row.state == "reversing" else row.on


def _plain(one: Booking | Taken | Moved | SettledLine) -> list[str]:
    return [str(value) for value in asdict(one).values()]

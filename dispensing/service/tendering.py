"""The patient's own share: tendered at the counter or at the door, changed, given back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, func, select

from dispensing.days import day_of
from dispensing.desk import Work
from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.ledger import TILLS, Transfer, tender_transfer
from dispensing.money import yuan
from dispensing.service.balancing import Balances, outlet_balances
from dispensing.service.booking import ledger_row, tendered
from dispensing.service.business_days import books_day
from dispensing.service.holding import (
    LIVE,
    live_settlement,
    locked_settlement,
    named_settlement,
)
from dispensing.service.views import PurseView, TenderView
from dispensing.tables import (
    HandInRow,
    LedgerRow,
    MessageNumberRow,
    OrderRow,
    SettlementRow,
)

PAID = "already_paid"  # a courier who takes nothing: the share was paid before


def tender(
    session: Session,
    *,
    settlement_id: UUID,
    outlet_code: str,
    parts: Mapping[str, int],
    by: str,
    now: datetime,
    on: date | None = None,
) -> TenderView:
    """Record how the patient pays the own share: fen by method, together the whole share.

    Asking the same again changes nothing. Another division first gives back what was
    paid by the old one (改收款方式), then takes the new parts. It is booked today, or `on` a
    day that is still open.
    """
    found = named_settlement(session, settlement_id, outlet_code)
    row, _ = locked_settlement(session, found.msgid)
    wanted = _wanted(row, parts)
    paid = {move.debit: move.amount_fen for move in tendered(session, row)}
    if paid != wanted:
        _reject_unposted(row)
        _reject_door(session, row)
        back = [tender_transfer(one, fen).undone for one, fen in paid.items()]
        taken = [tender_transfer(one, fen) for one, fen in wanted.items()]
        on = books_day(session, outlet_code, now, on=on)
        session.add_all(
            ledger_row(row, entry, move, by=by, on=on, now=now)
            for entry, moves in (("refund", back), ("tender", taken))
            for move in moves
        )
    view = _tender_view(row, wanted)
    session.commit()
    return view


def tenders(session: Session, settlement_id: UUID, outlet_code: str) -> TenderView:
    """Tell how the patient has paid the own share of a settlement so far."""
    row = named_settlement(session, settlement_id, outlet_code)
    paid = {move.debit: move.amount_fen for move in tendered(session, row)}
    return _tender_view(row, paid)


def take_at_door(
    work: Work,
    prescription_id: UUID,
    courier_code: str,
    method: str,
    *,
    taken_fen: int | None = None,
) -> int:
    """Book what the patient pays when the parcel is handed over; nothing where it is paid.

    Cash stays with the courier until it is handed in. Where the courier says what was taken,
    no more than what is still owed is booked: tells what was taken too much, below zero what
    is still owed. The caller's unit of work commits it.
    """
    row = live_settlement(work.session, prescription_id)
    assert row is not None
    left_fen = unpaid_fen(work.session, row)
    if method == PAID:
        taken_fen = 0
    elif taken_fen is None:
        taken_fen = left_fen
    booked_fen = min(taken_fen, left_fen)
    if not booked_fen:
        return taken_fen - left_fen
    _reject_unknown([method])
    move = Transfer("courier" if method == "cash" else method, "due", booked_fen)
    on = books_day(work.session, row.outlet_code, work.now)
    booked = ledger_row(row, "tender", move, by=courier_code, on=on, now=work.now)
    booked.holder = courier_code
    work.session.add(booked)
    return taken_fen - left_fen


def reject_unpaid(session: Session, row: SettlementRow) -> None:
    """Raise Conflict where the patient's own share is not paid yet."""
    left_fen = unpaid_fen(session, row)
    if left_fen:
        amount = yuan(left_fen)
        raise Conflict(
            Words(
                f"患者还有 {amount} 元没有付。",
                f"The patient still owes {amount} yuan.",
                "请先收款并登记付款方式，再交付药品。",
                "Take the payment and record how it was paid, then hand over.",
            ),
            code="not-paid",
        )


def unpaid_fen(session: Session, row: SettlementRow) -> int:
    """Tell what the patient still owes of the own share of a settlement, in fen."""
    return row.cash_fen - sum(move.amount_fen for move in tendered(session, row))


def dues_at_door(session: Session, orders: Collection[UUID]) -> dict[UUID, int]:
    """Tell what is still to be paid at the doors of some orders, in fen; others owe nothing."""
    paid = (
        select(
            LedgerRow.settlement_id, func.sum(LedgerRow.amount_fen).label("paid_fen")
        )
        .where(col(LedgerRow.entry).in_(("tender", "refund")))
        .group_by(col(LedgerRow.settlement_id))
        .subquery()
    )
    left_fen = col(SettlementRow.cash_fen) - func.coalesce(paid.c.paid_fen, 0)
    query = (
        select(OrderRow.id, left_fen)
        .join(
            SettlementRow,
            (col(SettlementRow.prescription_id) == col(OrderRow.prescription_id))
            & (col(SettlementRow.filling) == col(OrderRow.filling)),
        )
        .join(paid, paid.c.settlement_id == col(SettlementRow.id), isouter=True)
        .where(
            col(OrderRow.id).in_(orders),
            col(OrderRow.state).in_(("packed", "planned", "out")),
            col(SettlementRow.state).in_(LIVE),
        )
    )
    return {order_id: int(fen) for order_id, fen in session.exec(query) if fen}


def purses(session: Session, outlet_code: str) -> tuple[PurseView, ...]:
    """List what each courier has collected for an outlet and not handed in yet."""
    return purses_in(outlet_balances(session, outlet_code, ["courier"]))


def purses_in(held: Balances) -> tuple[PurseView, ...]:
    """List what each courier holds, of the balances of an outlet."""
    return tuple(
        PurseView(str(holder), fen)
        for (account, holder), fen in sorted(held.items(), key=str)
        if account == "courier" and fen
    )


def hand_in(
    session: Session,
    *,
    outlet_code: str,
    courier_code: str,
    amount_fen: int,
    by: str,
    now: datetime,
    act_id: UUID | None = None,
) -> PurseView:
    """Take in cash that a courier collected at the door; tells what the purse still holds.

    `act_id` is the caller's number of this act: asked again under it, also after a crash,
    nothing is booked and the first answer is given.
    """
    hold_till(session, outlet_code)
    before = session.get(HandInRow, act_id) if act_id else None
    if before is not None:
        return PurseView(before.courier_code, before.left_fen)
    held = {
        purse.courier_code: purse.held_fen for purse in purses(session, outlet_code)
    }
    left_fen = held.get(courier_code, 0) - amount_fen
    if amount_fen <= 0 or left_fen < 0:
        most = yuan(held.get(courier_code, 0))
        raise Malformed([FieldError("amount_fen", f"more than 0, at most {most} yuan")])
    session.add(
        HandInRow(
            id=act_id or uuid4(),
            outlet_code=outlet_code,
            courier_code=courier_code,
            amount_fen=amount_fen,
            left_fen=left_fen,
            at=now,
            by=by,
        )
    )
    session.add(
        LedgerRow(
            entry="hand_in",
            debit="cash",
            credit="courier",
            amount_fen=amount_fen,
            outlet_code=outlet_code,
            holder=courier_code,
            year=day_of(now).year,
            on=books_day(session, outlet_code, now),
            at=now,
            by=by,
        )
    )
    session.commit()
    return PurseView(courier_code, left_fen)


def hold_till(session: Session, outlet_code: str) -> None:
    """Let one act at a time count an outlet's till, until this unit of work ends."""
    row = session.get(MessageNumberRow, outlet_code, with_for_update=True)
    if row is None:
        session.add(MessageNumberRow(outlet_code=outlet_code))
        session.flush()


def _tender_view(row: SettlementRow, parts: Mapping[str, int]) -> TenderView:
    return TenderView(row.id, row.cash_fen, row.cash_fen - sum(parts.values()), parts)


def _wanted(row: SettlementRow, parts: Mapping[str, int]) -> dict[str, int]:
    _reject_unknown(parts)
    if min(parts.values(), default=0) < 0 or sum(parts.values()) != row.cash_fen:
        expected = f"amounts that add up to {yuan(row.cash_fen)} yuan"
        raise Malformed([FieldError("parts", expected)])
    return {method: fen for method, fen in sorted(parts.items()) if fen}


def _reject_unknown(methods: Iterable[str]) -> None:
    for method in methods:
        if method not in TILLS:
            raise Malformed([FieldError("method", f"one of {', '.join(TILLS)}")])


def _reject_door(session: Session, row: SettlementRow) -> None:
    """Raise Conflict where a courier has taken it: cash that is in a purse is not in the till."""
    query = select(LedgerRow.id).where(
        col(LedgerRow.settlement_id) == row.id,
        col(LedgerRow.entry) == "tender",
        col(LedgerRow.holder).is_not(None),
    )
    if session.exec(query.limit(1)).first() is not None:
        raise Conflict(
            Words(
                "这笔款由配送员上门收取，不能在柜台改收款方式。",
                "The courier took this payment at the door; it is not changed at the counter.",
                "请在“收款与交班”页收下配送员交来的现金。",
                "Take in the courier's cash on the page of the till.",
            ),
            code="paid-at-door",
        )


def _reject_unposted(row: SettlementRow) -> None:
    if row.state != "posted":
        raise Conflict(
            Words(
                "这笔结算没有入账，或已冲正，不能收款。",
                "This settlement is not posted, or was reversed; nothing can be paid for it.",
                "请先完成结算。",
                "Settle first.",
            ),
            code="not-posted",
        )

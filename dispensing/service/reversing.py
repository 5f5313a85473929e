"""Reverse a settlement once: platform, ledger, allowance, packs and prescription together."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.gateway import Unanswered
from dispensing.life import refusal
from dispensing.orders import move
from dispensing.prescription import step
from dispensing.service import booking
from dispensing.service.holding import locked_settlement, named_settlement
from dispensing.service.receiving import note, prescription_row
from dispensing.service.settling import settled_view
from dispensing.service.smart.recovery import recovered_fen, taken_back
from dispensing.service.standing import permit_now
from dispensing.service.views import SettledView
from dispensing.tables import OrderRow, SettlementRow

DELIVERY_FAILED = "delivery_failed"
REASONS = ("patient_changed_mind", "wrong_entry", "out_of_stock", DELIVERY_FAILED)


def reverse(
    session: Session,
    desk: Desk,
    *,
    settlement_id: UUID,
    outlet_code: str,
    reason: str,
    by: str,
    now: datetime,
) -> SettledView:
    """Reverse one posted settlement (冲正) before the medicine is handed over.

    Asking again gives the first answer, also where the prescription was settled anew.
    Where the platform does not answer, the settlement stays `reversing`, which people
    see; asking again finishes it.
    """
    work = Work(session, desk, now)
    view = begin_reversal(work, settlement_id, outlet_code, reason)
    session.commit()
    if view.state == "reversed":
        return view
    return finish_reversal(work, view.msgid, by)


def begin_reversal(
    work: Work, settlement_id: UUID, outlet_code: str, reason: str
) -> SettledView:
    """Write down the intent to reverse, and take the delivery order off the shelf.

    The caller's unit of work commits it; from then on nothing else may be done with
    the prescription until `finish_reversal` is through.
    """
    row = named_settlement(work.session, settlement_id, outlet_code)
    prescription = prescription_row(work.session, row.prescription_id, lock=True)
    work.session.refresh(
        row
    )  # as it is now that nobody else changes it, also no recovery
    if row.state == "posted":
        if recovered_fen(work.session, row.id):
            raise taken_back()
        if row.filling != prescription.filling:
            raise refusal("handed-over")
        permit_now(work, "reverse", prescription)
        _cancel_order(work, row)
        row.state, row.reversal_reason, row.changed_at = "reversing", reason, work.now
    elif row.state not in {"reversing", "reversed"}:
        raise refusal("not-posted")
    return settled_view(row)


def finish_reversal(
    work: Work, msgid: str, by: str, on: date | None = None
) -> SettledView:
    """Reverse a settlement at the platform, then in the books; done once, it stays done.

    It is booked today, or `on` a day that is still open, where the platform has it there.
    """
    answered = True
    try:
        work.desk.gateway.reverse(msgid, work.now)
    except Unanswered:
        answered = False
    row, prescription = locked_settlement(work.session, msgid)
    if answered and row.state == "reversing":
        year = booking.locked_year(work.session, row)
        booking.reverse(year, row, by, work.now, on=on)
        prescription.state = step(step(prescription.state, "reversed"), "received")
        detail = row.reversal_reason or ""
        event = note(row.prescription_id, work.now, "reversed", by=by, detail=detail)
        work.session.add(event)
    view = settled_view(row)
    work.session.commit()
    return view


def _cancel_order(work: Work, row: SettlementRow) -> None:
    query = select(OrderRow).where(
        col(OrderRow.prescription_id) == row.prescription_id,
        col(OrderRow.filling) == row.filling,
        col(OrderRow.state).in_(("placed", "packed")),
    )
    fresh = query.with_for_update().execution_options(populate_existing=True)
    order = work.session.exec(fresh).first()
    if order is None:
        return
    order.state, order.ended_at = move(order.state, "cancelled"), work.now
    event = note(row.prescription_id, work.now, "order_cancelled", by=order.outlet_code)
    work.session.add(event)

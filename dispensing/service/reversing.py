"""Reverse a settlement once: platform, ledger, allowance, packs and prescription together."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, NotFound, Words
from dispensing.gateway import Unanswered
from dispensing.orders import move
from dispensing.prescription import step
from dispensing.service import booking
from dispensing.service.people import allowance_row, person_row
from dispensing.service.receiving import note, prescription_row
from dispensing.service.settling import settled_view, settlement
from dispensing.service.views import SettledView
from dispensing.tables import OrderRow, SettlementRow

REASONS = ("patient_changed_mind", "wrong_entry", "out_of_stock", "delivery_failed")
_ON_THE_ROAD = ("planned", "out")


def reverse(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    reason: str,
    by: str,
    now: datetime,
) -> SettledView:
    """Reverse a posted settlement (冲正) before the medicine is handed over.

    Asking again gives the first answer. Where the platform does not answer, the
    settlement stays `reversing`, which people see; asking again finishes it.
    """
    work = Work(session, desk, now)
    row = _begin(work, prescription_id, outlet_code, reason)
    if row.state == "reversed":
        view = settled_view(row)
        session.commit()
        return view
    msgid = row.msgid
    session.commit()
    try:
        desk.gateway.reverse(msgid)
    except Unanswered:
        return settlement(session, prescription_id)
    return _conclude(work, msgid, by)


def _begin(
    work: Work, prescription_id: UUID, outlet_code: str, reason: str
) -> SettlementRow:
    """Write down the intent to reverse, and take the delivery order off the shelf."""
    prescription = prescription_row(work.session, prescription_id, lock=True)
    row = _last(work.session, prescription_id)
    if row is None or row.outlet_code != outlet_code:
        raise NotFound("结算记录", "settlement")
    if row.state == "posted":
        if prescription.state == "dispensed":
            raise _handed_over()
        _cancel_order(work, prescription_id)
        row.state, row.reversal_reason, row.changed_at = "reversing", reason, work.now
    elif row.state not in {"reversing", "reversed"}:
        raise _not_posted()
    return row


def _conclude(work: Work, msgid: str, by: str) -> SettledView:
    query = select(SettlementRow).where(col(SettlementRow.msgid) == msgid)
    query = query.with_for_update().execution_options(populate_existing=True)
    row = work.session.exec(query).one()
    if row.state == "reversing":
        prescription = prescription_row(work.session, row.prescription_id, lock=True)
        person = person_row(work.session, row.person_no, lock=True)
        used = allowance_row(work.session, row.person_no, row.year)
        booking.reverse(booking.Year(work.session, used, person), row, work.now)
        prescription.state = step(step(prescription.state, "reversed"), "received")
        detail = row.reversal_reason or ""
        event = note(row.prescription_id, work.now, "reversed", by=by, detail=detail)
        work.session.add(event)
    view = settled_view(row)
    work.session.commit()
    return view


def _last(session: Session, prescription_id: UUID) -> SettlementRow | None:
    query = (
        select(SettlementRow)
        .where(col(SettlementRow.prescription_id) == prescription_id)
        .order_by(col(SettlementRow.opened_at).desc(), col(SettlementRow.msgid).desc())
        .limit(1)
        .with_for_update()
    )
    return session.exec(query.execution_options(populate_existing=True)).first()


def _cancel_order(work: Work, prescription_id: UUID) -> None:
    query = select(OrderRow).where(
        col(OrderRow.prescription_id) == prescription_id,
        col(OrderRow.state).in_(("placed", "packed", *_ON_THE_ROAD)),
    )
    order = work.session.exec(query.with_for_update()).first()
    if order is None:
        return
    if order.state in _ON_THE_ROAD:
        raise _on_the_road()
    order.state, order.ended_at = move(order.state, "cancelled"), work.now
    event = note(prescription_id, work.now, "order_cancelled", by=order.outlet_code)
    work.session.add(event)


def _handed_over() -> Conflict:
    return Conflict(
        Words(
            "药品已经交给患者，不能冲正。",
            "The medicine was handed over; the settlement cannot be reversed.",
            "请按退药流程办理。",
            "Use the return procedure for dispensed medicine.",
        ),
        code="handed-over",
    )


def _on_the_road() -> Conflict:
    return Conflict(
        Words(
            "药品已经排入配送路线，不能冲正。",
            "The parcel is on a delivery route; the settlement cannot be reversed now.",
            "请联系配送公司：由配送员登记“送达失败，退回”后自动冲正。",
            "Ask the delivery firm: the courier's failed delivery with return reverses it.",
        ),
        code="on-the-road",
    )


def _not_posted() -> Conflict:
    return Conflict(
        Words(
            "这笔结算没有入账，不需要冲正。",
            "This settlement is not posted; there is nothing to reverse.",
            "如结果未知，请先查询结算结果。",
            "If its outcome is unknown, ask for the result first.",
        ),
        code="not-posted",
    )

"""Delivery orders and hand-over at the counter, of prescriptions that are settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.orders import IllegalMove, move
from dispensing.policy import Rules
from dispensing.sealed import at, point_of, seal_in, unseal
from dispensing.service.consents import Given, require, write_given
from dispensing.service.filling import handed_out
from dispensing.service.holding import live_settlement
from dispensing.service.parts import lines_settled
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import ENDED_ORDERS, permit_now, reject_stranger
from dispensing.service.tendering import reject_unpaid
from dispensing.service.views import OrderView
from dispensing.tables import (
    HandoverRow,
    OrderRow,
    PrescriptionRow,
    SettlementRow,
)
from dispensing.vault import Vault, mask_phone
from pharmacies import service as pharmacies
from pharmacies.designation_service import stops_orders
from pharmacies.places import Point

_LEAVING = ("packed", "out")  # from the shelf, and from the shop


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and when the patient wants the parcel; the window's ends are aware instants."""

    window_opens: datetime
    window_closes: datetime
    area: str
    address: str
    point: Point
    phone: str
    own_window: bool = True  # else it is promised within so many hours (送达承诺)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes the medicine: the patient, or a proxy (代领人) with both identities."""

    kind: str = "patient"
    proxy_name: str | None = None
    proxy_id_number: str | None = None


def order_delivery(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    delivery: Delivery,
    now: datetime,
    consent: Given | None = None,
) -> OrderView:
    """Order the delivery of a settled prescription; asking the same again gives the first order.

    The firm gets name, phone and address only by the patient's consent, given now or before.
    """
    prescription = prescription_row(session, prescription_id, lock=True)
    work = Work(session, desk, now)
    row = _live_order(session, prescription)
    if row is not None:
        return order_view(desk.vault, row)
    _reject_bad_window(delivery, now)
    permit_now(work, "order", prescription)
    if consent is not None:
        write_given(session, prescription.person_no, "delivery", consent, now=now)
    require(session, prescription.person_no, "delivery")
    row = _order_row(work, prescription, delivery)
    session.add(row)
    session.add(note(prescription_id, now, "order_placed", by=row.carrier_code))
    view = order_view(desk.vault, row)
    session.commit()
    return view


def pack(
    session: Session, desk: Desk, *, order_id: UUID, outlet_code: str, now: datetime
) -> OrderView:
    """Note that a parcel is packed and sealed: from now a courier may fetch it."""
    row = order_row(session, order_id, lock=True)
    if row.outlet_code != outlet_code:
        raise NotFound("订单", "order")
    if row.state == "placed":
        shift(session, row, "packed", now, by=outlet_code)
        row.packed_at = now
    view = order_view(desk.vault, row)
    session.commit()
    return view


def collect(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    receiver: Receiver,
    now: datetime,
) -> None:
    """Hand a settled prescription over at the counter, to the patient or a proxy."""
    prescription = prescription_row(session, prescription_id, lock=True)
    reject_stranger(prescription, outlet_code)
    work = Work(session, desk, now)
    if permit_now(work, "collect", prescription) == "dispensed":
        return
    held = live_settlement(session, prescription_id)
    assert held is not None
    reject_stopped(session, outlet_code, now)
    reject_unpaid(session, held)
    hand_out(work, prescription, receiver, by=outlet_code)
    session.commit()


def cancel_order(
    session: Session, desk: Desk, *, order_id: UUID, outlet_code: str, now: datetime
) -> OrderView:
    """Cancel an order that no route holds yet; the medicine can then be collected."""
    row = order_row(session, order_id, lock=True)
    if row.outlet_code != outlet_code:
        raise NotFound("订单", "order")
    if row.state != "cancelled":
        shift(session, row, "cancelled", now, by=outlet_code)
        row.ended_at = now
    view = order_view(desk.vault, row)
    session.commit()
    return view


def order(session: Session, desk: Desk, order_id: UUID) -> OrderView:
    """Return one order, or raise NotFound."""
    return order_view(desk.vault, order_row(session, order_id))


def orders_of(
    session: Session, desk: Desk, prescription_id: UUID
) -> tuple[OrderView, ...]:
    """List a prescription's orders, the latest first."""
    query = select(OrderRow).where(col(OrderRow.prescription_id) == prescription_id)
    found = session.exec(query.order_by(col(OrderRow.placed_at).desc()))
    return tuple(order_view(desk.vault, row) for row in found)


def order_row(session: Session, order_id: UUID, *, lock: bool = False) -> OrderRow:
    """Return an order's row, locked after its prescription where asked; raises NotFound."""
    row = session.get(OrderRow, order_id)
    if row is None:
        raise NotFound("订单", "order")
    if lock:
        prescription_row(session, row.prescription_id, lock=True)
        session.refresh(row, with_for_update=True)
    return row


def shift(session: Session, row: OrderRow, to: str, now: datetime, *, by: str) -> None:
    """Move an order to its next state and note it on the prescription; raises Conflict."""
    if to in _LEAVING:
        reject_stopped(session, row.outlet_code, now)
    try:
        row.state = move(row.state, to)
    except IllegalMove as error:
        raise Conflict(
            Words(
                "订单的状态不允许这一步。",
                f"The order is {row.state} and cannot become {to}.",
                "请刷新页面，查看订单的最新状态。",
                "Refresh to see the order's latest state.",
            ),
            code="order-state",
        ) from error
    session.add(note(row.prescription_id, now, f"order_{to}", by=by))


def reject_stopped(session: Session, outlet_code: str, now: datetime) -> None:
    """Refuse to let goods out of an outlet whose suspension says that they are in doubt.

    Any other suspension lets what is settled be handed out: the agreement stood then.
    """
    if stops_orders(session, outlet_code, day_of(now)):
        raise Conflict(
            Words(
                "这家药店的协议已中止，已结算的药品也暂停交付。",
                "This pharmacy is suspended, and what it has settled is not to leave it.",
                "请冲正结算，让患者到另一家药店配药；恢复后可以继续。",
                "Reverse the settlement and let the patient go to another pharmacy, or"
                " go on once it is resumed.",
            ),
            code="outlet-stopped",
        )


def hand_out(
    work: Work,
    prescription: PrescriptionRow,
    receiver: Receiver,
    *,
    by: str,
    temperature_dc: int | None = None,
) -> None:
    """Write down who took the medicine; a proxy's identity is kept sealed (条例 17)."""
    held = live_settlement(work.session, prescription.id)
    assert held is not None, "only what is settled is handed out"
    row = HandoverRow(
        id=prescription.id if prescription.filling == 1 else held.id,
        prescription_id=prescription.id,
        receiver=receiver.kind,
        temperature_dc=temperature_dc,
        by=by,
        at=work.now,
    )
    if receiver.proxy_name:
        seal_in(work.desk.vault, row, "proxy_name", receiver.proxy_name)
    if receiver.proxy_id_number:
        seal_in(work.desk.vault, row, "proxy_id_sealed", receiver.proxy_id_number)
    work.session.add(row)
    handed_out(work, prescription, held, by=by, to=receiver.kind)


def order_view(vault: Vault, row: OrderRow) -> OrderView:
    """Turn a row into the value that services answer with, the phone masked."""
    return OrderView(
        id=row.id,
        prescription_id=row.prescription_id,
        outlet_code=row.outlet_code,
        carrier_code=row.carrier_code,
        area=row.area,
        address=unseal(vault, row, "address_sealed"),
        phone_masked=mask_phone(unseal(vault, row, "phone_sealed")),
        point=point_of(vault, row),
        storage=row.storage,
        state=row.state,
        window_opens=row.window_opens,
        window_closes=row.window_closes,
        placed_at=row.placed_at,
        packed_at=row.packed_at,
        ended_at=row.ended_at,
        attempts=row.attempts,
        filling=row.filling,
    )


def _live_order(session: Session, prescription: PrescriptionRow) -> OrderRow | None:
    query = select(OrderRow).where(
        col(OrderRow.prescription_id) == prescription.id,
        col(OrderRow.filling) == prescription.filling,
        col(OrderRow.state).not_in(ENDED_ORDERS),
    )
    return session.exec(query).first()


def _order_row(
    work: Work, prescription: PrescriptionRow, delivery: Delivery
) -> OrderRow:
    session, vault = work.session, work.desk.vault
    held = live_settlement(session, prescription.id)
    assert held is not None
    storage = _storage(session, held)
    day = day_of(delivery.window_opens)
    carrier = pharmacies.carrier_for(session, delivery.area, day, storage == "cold")
    assert prescription.outlet_code is not None
    id_ = uuid4()

    def seal(column: str, text: str) -> str:
        return vault.seal(text, at(OrderRow, column, id_))

    return OrderRow(
        id=id_,
        prescription_id=prescription.id,
        outlet_code=prescription.outlet_code,
        carrier_code=carrier.code,
        area=delivery.area,
        address_sealed=seal("address_sealed", delivery.address),
        phone_sealed=seal("phone_sealed", delivery.phone),
        point_sealed=seal("point_sealed", str(delivery.point)),
        storage=storage,
        window_opens=delivery.window_opens,
        window_closes=delivery.window_closes,
        state="placed",
        placed_at=work.now,
        filling=prescription.filling,
        promised_until=_promised_until(work, delivery),
    )


def _promised_until(work: Work, delivery: Delivery) -> datetime:
    """Tell until when it is promised: the patient's own window, or so many hours from now.

    No text names a span (W23 三（三） only supervises timeliness): it is an operating figure.
    """
    if delivery.own_window:
        return delivery.window_closes
    rules = work.desk.rules(delivery.area, delivery.area, day_of(work.now))
    return work.now + timedelta(hours=promise_hours(rules))


def promise_hours(rules: Rules) -> int:
    """Tell within how many hours an order without a window of its own is promised."""
    value = rules.figures["delivery.promise_hours"].value
    assert isinstance(value, int)
    return value


def _storage(session: Session, held: SettlementRow) -> str:
    """Tell how the parcel travels: one cold medicine makes it a cold parcel."""
    lines = lines_settled(session, [held])[held.id]
    codes = [line.medicine_code for line in lines]
    cold = any(item.storage == "cold" for item in pharmacies.medicines(session, codes))
    return "cold" if cold else "ambient"


def _reject_bad_window(delivery: Delivery, now: datetime) -> None:
    if delivery.window_closes <= delivery.window_opens:
        raise Malformed([FieldError("window", "an end after its beginning")])
    if delivery.window_closes <= now:
        raise Malformed([FieldError("window", "a window that is not over yet")])
    if day_of(delivery.window_opens) != day_of(delivery.window_closes):
        raise Malformed([FieldError("window", "a window within one day")])

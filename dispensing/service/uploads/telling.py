"""Say what an upload tells: the packs of a line with their codes, or a parcel on its way."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from dispensing.gateway.uploads import RETURNED, SOLD, Delivery, Sale
from dispensing.service.parts import lines_settled
from dispensing.tables import (
    OrderRow,
    PrescriptionRow,
    SettlementRow,
    TraceEventRow,
    UncodedSaleRow,
    UploadRow,
)
from pharmacies import service as pharmacies


def told_of(session: Session, upload: UploadRow) -> Sale | Delivery:
    """Read what an upload tells from the settlement and what was written with it."""
    settlement = session.get_one(SettlementRow, upload.settlement_id)
    if upload.infno in {SOLD, RETURNED}:
        return _sale(session, upload, settlement)
    return _delivery(session, upload, settlement)


def as_text(told: Sale | Delivery) -> str:
    """Write what was told down, as it is kept with its try."""
    return json.dumps(asdict(told), ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _sale(session: Session, upload: UploadRow, settlement: SettlementRow) -> Sale:
    no = int(upload.key)
    lines = lines_settled(session, [settlement])[settlement.id]
    line = next(one for one in lines if one.no == no)
    (medicine,) = pharmacies.medicines(session, [line.medicine_code])
    packs = _packs(session, settlement, no)
    return Sale(
        number=f"{settlement.msgid}{no:02d}",
        medicine_code=line.medicine_code,
        name=medicine.name,
        batch=",".join(_batches(session, settlement, no)),
        quantity=line.quantity,
        trace_codes=tuple(pack.code for pack in packs),
        at=upload.happened_at,
        setl_id=settlement.receipt or "",
        by=settlement.by,
        split=any(pack.of_parts > 1 for pack in packs),
    )


def _packs(session: Session, settlement: SettlementRow, no: int) -> list[TraceEventRow]:
    query = select(TraceEventRow).where(
        col(TraceEventRow.settlement_id) == settlement.id,
        col(TraceEventRow.line_no) == no,
        col(TraceEventRow.kind) == "sold",
    )
    return list(session.exec(query.order_by(col(TraceEventRow.code))))


def _batches(session: Session, settlement: SettlementRow, no: int) -> list[str]:
    """Name the batches of old packs without a code; of others the batch is not kept."""
    query = select(UncodedSaleRow.batch).where(
        col(UncodedSaleRow.settlement_id) == settlement.id,
        col(UncodedSaleRow.line_no) == no,
    )
    return sorted(set(session.exec(query)))


def _delivery(
    session: Session, upload: UploadRow, settlement: SettlementRow
) -> Delivery:
    rx = session.get_one(PrescriptionRow, settlement.prescription_id)
    query = select(OrderRow).where(
        col(OrderRow.prescription_id) == rx.id,
        col(OrderRow.filling) == settlement.filling,
        col(OrderRow.placed_at) <= upload.happened_at,
    )
    order = session.exec(query.order_by(col(OrderRow.placed_at).desc())).first()
    assert order is not None, "a delivery that left was ordered"
    at = upload.happened_at
    return Delivery(str(order.id), rx.hosp_rx_no, order.carrier_code, at)

"""Temperatures of parcels written down by hand: at packing, at pickup, on the way, at the door."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.service.ordering import order_row
from dispensing.tables import OrderRow
from routing.cold_chain import Reading, Span
from routing.service.breaching import note_breach
from routing.service.moved import had
from routing.service.rides import aboard
from routing.tables import ReadingRow, RouteRow

BY_HAND = ("packing", "pickup", "box", "door")
AHEAD_MAX = timedelta(minutes=5)  # of a clock that is not ours


def record_reading(
    session: Session,
    *,
    courier_code: str,
    at: datetime,
    temperature_dc: int,
    source: str,
    now: datetime,
    order_id: UUID | None = None,
    route_id: UUID | None = None,
    desk: Desk | None = None,
) -> int:
    """Write down what a courier read: of one parcel, or of the box for all that is in it.

    The same reading again changes nothing. Tells how many parcels it speaks of.
    """
    reading = reading_of(at, temperature_dc, source, now)
    spoken = reading_taken(
        session,
        desk,
        reading,
        courier_code=courier_code,
        order_id=order_id,
        route_id=route_id,
        now=now,
    )
    session.commit()
    return spoken


def reading_taken(
    session: Session,
    desk: Desk | None,
    reading: Reading,
    *,
    courier_code: str,
    order_id: UUID | None,
    route_id: UUID | None,
    now: datetime,
) -> int:
    """Write a courier's reading down, uncommitted; tells how many parcels it speaks of."""
    if order_id is not None:
        orders = [_on_route(session, order_id, courier_code)]
    else:
        _own_route(session, route_id, courier_code)
        inside = aboard(session, courier_code, Span(reading.at, reading.at), now)
        orders = [
            order_row(session, each)
            for each, spans in sorted(inside.items())
            if any(span.begins <= reading.at <= span.ends for span in spans)
        ]
    for row in orders:
        add_reading(
            session, row, reading, by=courier_code, now=now, courier=courier_code
        )
        note_breach(session, desk, row, by=courier_code, now=now)
    return len(orders)


def record_at_counter(
    session: Session,
    desk: Desk,
    *,
    order_id: UUID,
    outlet_code: str,
    temperature_dc: int,
    by: str,
    now: datetime,
) -> None:
    """Write down what the counter read when it packed a cold parcel."""
    row = order_row(session, order_id, lock=True)
    if row.outlet_code != outlet_code:
        raise NotFound("订单", "order")
    _expect_cold(row)
    reading = reading_of(now, temperature_dc, "packing", now)
    add_reading(session, row, reading, by=by, now=now)
    note_breach(session, desk, row, by=by, now=now)
    session.commit()


def add_reading(
    session: Session,
    row: OrderRow,
    reading: Reading,
    *,
    by: str,
    now: datetime,
    courier: str = "",
) -> bool:
    """Write one reading of a parcel down as a part of a larger unit of work; once."""
    same = select(ReadingRow.id).where(
        col(ReadingRow.order_id) == row.id,
        col(ReadingRow.source) == reading.source,
        col(ReadingRow.logger) == "",
        col(ReadingRow.at) == reading.at,
    )
    if session.exec(same).first() is not None:
        return False
    session.add(
        ReadingRow(
            order_id=row.id,
            prescription_id=row.prescription_id,
            at=reading.at,
            temperature_dc=reading.temperature_dc,
            source=reading.source,
            courier_code=courier,
            by=by,
            noted_at=now,
        )
    )
    session.flush()
    return True


def reading_of(
    at: datetime, temperature_dc: int, source: str, now: datetime
) -> Reading:
    """Make what was read by hand, or raise Malformed: not to come, and on a thermometer."""
    if source not in BY_HAND:
        raise Malformed([FieldError("source", f"one of {', '.join(BY_HAND)}")])
    if at > now + AHEAD_MAX:
        raise Malformed([FieldError("at", "an instant that is not to come")])
    try:
        return Reading(at, temperature_dc, source)
    except ValueError as error:
        raise Malformed([FieldError("temperature_dc", str(error))]) from error


def _expect_cold(row: OrderRow) -> None:
    if row.storage != "cold":
        raise Malformed([FieldError("order_id", "a parcel that is kept at 2-8 °C")])


def _on_route(session: Session, order_id: UUID, courier_code: str) -> OrderRow:
    """Return a cold order that is or was on a committed route of the courier."""
    if not had(session, order_id, courier_code):
        raise NotFound("订单", "order")
    row = order_row(session, order_id, lock=True)
    _expect_cold(row)
    return row


def _own_route(session: Session, route_id: UUID | None, courier_code: str) -> None:
    row = session.get(RouteRow, route_id) if route_id else None
    if row is None or row.courier_code != courier_code:
        raise NotFound("路线", "route")

"""What deliveries remove at the end of a term: places and phones, pictures, sent acts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from dispensing.desk import Desk
from dispensing.sealed import point_of, seal_in
from dispensing.service.retained import empty, of_case
from dispensing.service.retaining import Way
from dispensing.tables import OrderRow, PrescriptionRow
from pharmacies.places import roughly
from routing.live_tables import CaseRow
from routing.service.forgetting import forget_pictures, forget_stops
from routing.tables import CourierActRow


def ways() -> dict[str, Way]:
    """Give how each kind of deliveries is found and removed."""
    held = {"case": _case_open()}
    return {
        "order": of_case(_places, **held),
        "proof": of_case(_pictures, **held),
        "courier_act": of_case(_acts, **held),
    }


def _case_open() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            col(OrderRow.prescription_id) == col(PrescriptionRow.id),
            col(CaseRow.order_id) == col(OrderRow.id),
            col(CaseRow.state) != "ended",
        )
        .correlate(PrescriptionRow)
    )


def _orders(session: Session, ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    query = select(OrderRow).where(col(OrderRow.prescription_id).in_(ids))
    rows = session.exec(query.order_by(col(OrderRow.id)).with_for_update())
    return {row.id: row for row in rows}


def _places(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    orders = _orders(session, ids)
    for row in orders.values():
        empty(desk, row, "address_sealed", "phone_sealed")
        seal_in(
            desk.vault, row, "point_sealed", str(roughly(point_of(desk.vault, row)))
        )
    forget_stops(session, desk, orders)


def _pictures(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    forget_pictures(session, desk, _orders(session, ids))


def _acts(session: Session, _desk: Desk, ids: Sequence[UUID]) -> None:
    orders = select(OrderRow.id).where(col(OrderRow.prescription_id).in_(ids))
    query = select(CourierActRow).where(
        col(CourierActRow.order_id).in_(orders),
        col(CourierActRow.body_sealed).is_not(None),
    )
    for row in session.exec(query):
        row.body_sealed = None

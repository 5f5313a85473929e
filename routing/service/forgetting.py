"""What deliveries keep of a person who closes the account is taken away (个人信息保护法 47)."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.sealed import at, point_of, seal_in
from dispensing.tables import OrderRow, PrescriptionRow
from routing.tables import DeliveryProofRow, StopRow

NOTHING = b""


def forget_doors(session: Session, desk: Desk, person_no: str) -> int:
    """Take the pictures and signatures of a person's deliveries away; the caller commits.

    Their row stays with the digest of what it held. The points of stops at the door become
    those of the orders, which are rough by now. Tells how many pictures there were.
    """
    query = select(OrderRow).join(
        PrescriptionRow, col(PrescriptionRow.id) == col(OrderRow.prescription_id)
    )
    mine = query.where(col(PrescriptionRow.person_no) == person_no)
    orders = {order.id: order for order in session.exec(mine)}
    forget_stops(session, desk, orders)
    return forget_pictures(session, desk, orders)


def forget_stops(session: Session, desk: Desk, orders: Mapping[UUID, OrderRow]) -> None:
    """Let the points of stops at the door be those of their orders; the caller commits."""
    doors = select(StopRow).where(
        col(StopRow.order_id).in_(orders), col(StopRow.kind) == "dropoff"
    )
    for stop in session.exec(doors):
        assert stop.order_id is not None
        point = point_of(desk.vault, orders[stop.order_id])
        seal_in(desk.vault, stop, "point_sealed", str(point))


def forget_pictures(
    session: Session, desk: Desk, orders: Mapping[UUID, OrderRow]
) -> int:
    """Take pictures and signatures of orders away, and tell how many; the caller commits."""
    proofs = session.exec(
        select(DeliveryProofRow).where(col(DeliveryProofRow.order_id).in_(orders))
    ).all()
    for proof in proofs:
        place = at(DeliveryProofRow, "sealed", proof.id)
        proof.sealed = desk.vault.seal_bytes(NOTHING, place)
    return len(proofs)

"""Settled, ordered and packed: parcels that wait for their route."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.service.views import OrderView
from fixtures import cast
from pharmacies.places import Point
from tests import world
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY


def settled(session: Session, desk: Desk, number: int = 1) -> UUID:
    id_ = service.receive(session, desk, world.message(number), now=NOON).id
    service.settle(
        session,
        desk,
        prescription_id=id_,
        outlet_code=SHOP,
        voucher="card",
        scanned_code=cast.alice.id_number,
        trace_codes=world.trace_codes(batch=number),
        override="药师复核",
        tender="on_delivery",
        by="叶素珍",
        now=NOON,
    )
    return id_


def ordered(session: Session, desk: Desk, id_: UUID, *, hours: int = 2) -> OrderView:
    delivery = service.Delivery(
        window_opens=NOON + timedelta(hours=1),
        window_closes=NOON + timedelta(hours=1 + hours),
        area="330302",
        address=cast.alice.address,
        point=Point(120.67, 28.02),
        phone=cast.alice.phone,
    )
    return service.order_delivery(
        session, desk, prescription_id=id_, delivery=delivery, now=NOON
    )


def pack_all(session: Session, desk: Desk, orders: list[OrderView]) -> None:
    for order in orders:
        service.pack(session, desk, order_id=order.id, outlet_code=SHOP, now=NOON)

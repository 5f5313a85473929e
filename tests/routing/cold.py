"""A cold parcel on the road, without asking the solver."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.service.ordering import order_row
from dispensing.service.views import OrderView
from fixtures import cast
from routing import service as routing
from routing.handover import handover_code
from tests import road
from tests.routing.parcels import ordered, settled
from tests.world import NOON

SECRET = b"a secret of sixteen bytes"
SHOP = cast.LUCHENG_PHARMACY
COURIER = road.COURIER


def placed(session: Session, desk: Desk, number: int = 1) -> UUID:
    """Settle a prescription, order its delivery and let it be a cold one."""
    made = ordered(session, desk, settled(session, desk, number))
    order_row(session, made.id).storage = "cold"
    session.commit()
    return made.id


def on_the_road(
    session: Session, desk: Desk, *numbers: int, at: datetime
) -> tuple[UUID, ...]:
    """Let cold parcels leave their counter at an instant, in one courier's box."""
    orders = tuple(placed(session, desk, number) for number in numbers or (1,))
    for order_id in orders:
        service.pack(session, desk, order_id=order_id, outlet_code=SHOP, now=NOON)
    road.depart(session, desk, orders, now=at)
    return orders


def hand_over(
    session: Session, desk: Desk, order_id: UUID, dc: int | None, *, at: datetime
) -> OrderView:
    """Hand a parcel over against its code, with what the box was read at."""
    return routing.hand_over(
        session,
        desk,
        secret=SECRET,
        order_id=order_id,
        courier_code=COURIER,
        door=routing.Door(handover_code(SECRET, str(order_id)), temperature_dc=dc),
        now=at,
    )

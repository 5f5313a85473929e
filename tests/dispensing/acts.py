"""What people do with a prescription, each as one call with the same arguments."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from fixtures import cast
from pharmacies.places import Point
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.world import NOON


def settle(session: Session, *, desk: Desk, id_: UUID, batch: int) -> object:
    return attacks.settle(session, desk, id_, batch)


def reverse(session: Session, *, desk: Desk, id_: UUID, batch: int = 0) -> object:
    return attacks.reverse(session, desk, id_)


def resolve(session: Session, *, desk: Desk, id_: UUID, now: datetime) -> object:
    held = service.settlement(session, id_)
    return service.resolve(
        session, desk, settlement_id=held.id, outlet_code=SHOP, now=now
    )


def check(
    session: Session, *, desk: Desk, id_: UUID, batch: int = 0, now: datetime = NOON
) -> object:
    """Look at it at another outlet than the one that settles it."""
    return service.check(
        session,
        desk,
        prescription_id=id_,
        outlet_code=world.SECOND_PHARMACY,
        voucher="card",
        trace_codes=None,
        now=now,
    )


def revoke(
    session: Session, *, desk: Desk, id_: UUID, batch: int = 0, now: datetime = NOON
) -> object:
    return service.revoke(
        session, prescription_id=id_, issuer=cast.HOSPITAL, reason="换药", now=now
    )


def collect(
    session: Session, *, desk: Desk, id_: UUID, batch: int = 0, now: datetime = NOON
) -> object:
    return service.collect(
        session,
        desk,
        prescription_id=id_,
        outlet_code=SHOP,
        receiver=service.Receiver(),
        now=now,
    )


def order(
    session: Session,
    *,
    desk: Desk,
    id_: UUID,
    batch: int = 0,
    now: datetime = NOON,
) -> object:
    delivery = service.Delivery(
        window_opens=now + timedelta(hours=1),
        window_closes=now + timedelta(hours=3),
        area="330302",
        address=cast.alice.address,
        point=Point(120.67, 28.02),
        phone=cast.alice.phone,
    )
    return service.order_delivery(
        session, desk, prescription_id=id_, delivery=delivery, now=now
    )


def pack(session: Session, *, desk: Desk, id_: UUID) -> object:
    (placed,) = service.orders_of(session, desk, id_)
    return service.pack(session, desk, order_id=placed.id, outlet_code=SHOP, now=NOON)


ACTS = {
    "settle": settle,
    "reverse": reverse,
    "check": check,
    "revoke": revoke,
    "collect": collect,
    "order": order,
}

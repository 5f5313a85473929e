"""A street with orders on the road, and couriers' phones that send acts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.signing import ED25519, signing_key
from dispensing.tables import OrderRow
from routing import service as routing
from routing.handover import handover_code
from routing.service import Act, Answer
from tests import road, world
from tests.dispensing import acts as people
from tests.dispensing import attacks
from tests.road import COURIER
from tests.world import NOON

SECRET = b"a secret of sixteen bytes"
LATER = NOON + timedelta(hours=2)
KEY = signing_key(ED25519, b"k" * 32)
KEYS = {KEY.public.key_id: KEY.public}


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(sqlite_engine, desk):
    with Session(sqlite_engine) as session:
        world.populate(session, desk)
        yield session


def packed(session: Session, desk: Desk, number: int = 1) -> UUID:
    """Bring an order as far as its bag."""
    rx = service.receive(session, desk, world.message(number), now=NOON).id
    attacks.settle(session, desk, rx, number, tender="on_delivery")
    people.order(session, desk=desk, id_=rx)
    people.pack(session, desk=desk, id_=rx)
    return service.orders_of(session, desk, rx)[0].id


def on_the_road(session: Session, desk: Desk, orders: int = 1) -> list[UUID]:
    ids = [packed(session, desk, no) for no in range(1, orders + 1)]
    road.depart(session, desk, ids, now=NOON)
    return ids


def act(kind: str, order: UUID | None, /, *, ago_min: int = 0, **body: Any) -> Act:
    at = LATER - timedelta(minutes=ago_min)
    return Act(uuid4(), kind, at, order, body)


def given(order: UUID, code: str = "", **more: Any) -> Act:
    code = code or handover_code(SECRET, str(order))
    return act("hand_over", order, **({"code": code} | more))


def failing(order: UUID, outcome: str = "retry") -> Act:
    return act("fail", order, reason="not_home", outcome=outcome)


def send(
    session: Session,
    desk: Desk,
    *acts: Act,
    courier: str = COURIER,
    now: datetime = LATER,
) -> list[Answer]:
    work = routing.road_of(session, desk, now, secret=SECRET, signed_by=KEYS)
    return list(routing.apply(work, courier, acts))


def statuses(answers: list[Answer]) -> list[str]:
    return [each.status for each in answers]


def state_of(session: Session, order: UUID) -> str:
    session.expire_all()
    return session.get_one(OrderRow, order).state

"""Promises of orders from their records, and why a late one is late."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.ordering import order_row
from fixtures import cast
from routing import service as routing
from routing.handover import handover_code
from routing.service.blaming import explain_delay
from routing.service.promising import promise
from tests import road, world
from tests.routing.cold import COURIER, SECRET, SHOP, hand_over, on_the_road, placed
from tests.world import NOON

UNTIL = NOON + timedelta(hours=3)


def after(hours: float):
    return NOON + timedelta(hours=hours)


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(sqlite_engine: Engine, desk: Desk) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        world.populate(session, desk)
        yield session


def explain(session: Session, order, **changes: object):
    usual = {"kind": "weather", "words": "台风", "carrier_code": cast.CARRIER}
    given = {**usual, "by": "dispatcher", "now": after(5), **changes}
    return explain_delay(session, order_id=order, **given)


def test_an_order_in_time_keeps_its_promise(street, desk):
    (order,) = on_the_road(street, desk, at=after(2))
    hand_over(street, desk, order, 50, at=after(2.5))
    told = promise(street, order, now=after(9))
    assert told.own_window and told.promise.until == UNTIL
    assert (told.promise.state, told.promise.done_at) == ("kept", after(2.5))


def test_a_hand_over_in_time_that_a_phone_tells_of_late_keeps_its_promise(street, desk):
    (order,) = on_the_road(street, desk, at=after(2))
    shown = {"code": handover_code(SECRET, str(order)), "temperature_dc": 50}
    act = routing.Act(uuid4(), "hand_over", after(2.5), order, shown)
    told_late = routing.road_of(street, desk, after(4), secret=SECRET)
    (answer,) = routing.apply(told_late, COURIER, [act])
    assert answer.status == "done"
    told = promise(street, order, now=after(9)).promise
    assert (told.state, told.done_at, told.late_s) == ("kept", after(2.5), 0)


def test_a_late_order_says_who_was_late_and_a_person_may_say_why(street, desk):
    order = placed(street, desk)
    late = {"order_id": order, "outlet_code": SHOP}
    service.pack(street, desk, **late, now=after(4))
    road.depart(street, desk, [order], now=after(4))
    told = promise(street, order, now=after(5)).promise
    assert (told.state, told.by, told.why) == ("late", "pharmacy", "packed_late")
    told = explain(street, order).promise
    assert (told.by, told.why, told.words) == ("other", "weather", "台风")
    assert explain(street, order).promise == told
    assert [fact.kind for fact in told.facts] == ["delay_explained"]


def test_a_visit_put_off_by_a_day_keeps_the_promise_of_the_first(street, desk):
    order = placed(street, desk)
    order_row(street, order).storage = "ambient"
    street.commit()
    service.pack(street, desk, order_id=order, outlet_code=SHOP, now=NOON)
    road.depart(street, desk, [order], now=after(1))
    said = {"reason": "not_home", "outcome": "retry", "courier_code": COURIER}
    routing.fail(street, desk, order_id=order, now=after(2), **said)
    order_row(street, order).promised_until = None  # as an order of before
    street.commit()
    told = promise(street, order, now=after(20)).promise
    assert told.until == UNTIL
    assert (told.state, told.by, told.why) == ("late", "patient", "not_home")


def test_a_parcel_that_came_back_was_promised_in_vain(street, desk):
    (order,) = on_the_road(street, desk, at=after(2))
    said = {"reason": "too_warm", "outcome": "return", "courier_code": COURIER}
    routing.fail(street, desk, order_id=order, now=after(2.5), **said)
    told = promise(street, order, now=after(3)).promise
    assert (told.state, told.by, told.why) == ("broken", "carrier", "too_warm")


def test_without_a_window_a_day_is_promised(street, desk):
    rx = service.order(street, desk, placed(street, desk)).prescription_id
    service.cancel_order(
        street,
        desk,
        order_id=service.orders_of(street, desk, rx)[0].id,
        outlet_code=SHOP,
        now=NOON,
    )
    delivery = service.Delivery(
        window_opens=after(1),
        window_closes=after(6),
        area="330302",
        address=cast.alice.address,
        point=cast.alice.point,
        phone=cast.alice.phone,
        own_window=False,
    )
    made = service.order_delivery(
        street, desk, prescription_id=rx, delivery=delivery, now=after(0.5)
    )
    told = promise(street, made.id, now=after(7))
    assert not told.own_window and told.promise.until == after(24.5)
    assert told.promise.state == "open"
    old = service.orders_of(street, desk, rx)[1]
    assert promise(street, old.id, now=after(7)).promise.state == "cancelled"


def test_nobody_explains_what_is_in_time_or_anothers(street, desk):
    (order,) = on_the_road(street, desk, at=after(2))
    with pytest.raises(Conflict) as raised:
        explain(street, order, now=after(2))
    assert raised.value.code == "not-late"
    with pytest.raises(NotFound):
        explain(street, order, carrier_code="C330300009")
    with pytest.raises(Malformed):
        explain(street, order, kind="mood")

"""From packed to the door, or back to the shelf."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.views import OrderView
from dispensing.tables import LedgerRow
from fixtures import cast
from routing import service as routing
from routing.handover import Proxy, handover_code
from routing.service.views import PlanView
from tests import world
from tests.routing.parcels import SHOP, ordered, pack_all, settled
from tests.world import NOON

SECRET = b"a secret of sixteen bytes"


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(session: Session, desk: Desk) -> Session:
    world.populate(session, desk)
    return session


def planned(
    session: Session, desk: Desk, orders: int = 1
) -> tuple[PlanView, list[OrderView]]:
    made = [
        ordered(session, desk, settled(session, desk, no))
        for no in range(1, orders + 1)
    ]
    pack_all(session, desk, made)
    return routing.plan_slice(session, desk, slice_of(), now=NOON), made


def slice_of(**changes: int) -> routing.Slice:
    usual = {"seconds_max": 1, **changes}
    return routing.Slice(cast.CARRIER, world.DAY, time(12), time(18), **usual)


def out(session: Session, desk: Desk) -> tuple[OrderView, str]:
    plan, (order,) = planned(session, desk)
    routing.commit_plan(
        session, desk, plan_id=plan.id, carrier_code=cast.CARRIER, now=NOON
    )
    (route,) = plan.routes
    courier = route.courier_code
    routing.depart(session, desk, route_id=route.id, courier_code=courier, now=NOON)
    return order, courier


def hand_over(
    session: Session, desk: Desk, order: OrderView, courier: str, door: routing.Door
) -> OrderView:
    return routing.hand_over(
        session,
        desk,
        secret=SECRET,
        order_id=order.id,
        courier_code=courier,
        door=door,
        now=NOON + timedelta(hours=1),
    )


def ledger_fen(session: Session) -> int:
    query = select(func.sum(LedgerRow.amount_fen)).where(LedgerRow.debit == "due")
    return int(session.exec(query).one() or 0)


def state_of(session: Session, desk: Desk, id_: UUID) -> str:
    return service.prescription(session, desk, id_, reader=world.READER, now=NOON).state


def test_a_packed_order_is_planned_committed_and_handed_over(street, desk):
    order, courier = out(street, desk)
    tracked = routing.tracking(street, desk, SECRET, order.id)
    assert tracked.code == handover_code(SECRET, str(order.id))
    done = hand_over(street, desk, order, courier, routing.Door(tracked.code))
    assert done.state == "handed_over"
    assert state_of(street, desk, order.prescription_id) == "dispensed"
    (route,) = routing.routes(street, desk, courier, world.DAY)
    assert route.state == "done"


def test_handing_over_twice_changes_nothing(street, desk):
    order, courier = out(street, desk)
    door = routing.Door(handover_code(SECRET, str(order.id)))
    assert hand_over(street, desk, order, courier, door) == hand_over(
        street, desk, order, courier, door
    )


def test_a_proxy_collects_with_both_identities(street, desk):
    order, courier = out(street, desk)
    code = handover_code(SECRET, str(order.id))
    wrong = Proxy(cast.bob.name, cast.bob.id_number, cast.charlie.id_number)
    with pytest.raises(Conflict) as raised:
        hand_over(street, desk, order, courier, routing.Door(code, proxy=wrong))
    assert raised.value.code == "patient-id-wrong"
    right = Proxy(cast.bob.name, cast.bob.id_number, cast.alice.id_number)
    assert (
        hand_over(street, desk, order, courier, routing.Door(code, proxy=right)).state
        == "handed_over"
    )


def test_a_returned_parcel_brings_money_and_prescription_back(street, desk):
    order, courier = out(street, desk)
    returned = routing.fail(
        street,
        desk,
        order_id=order.id,
        courier_code=courier,
        reason="refused",
        outcome="return",
        now=NOON,
    )
    assert returned.state == "returned"
    assert ledger_fen(street) == 0
    assert state_of(street, desk, order.prescription_id) == "received"
    assert (
        service.settlement(street, order.prescription_id).reversal_reason
        == "delivery_failed"
    )


def test_a_parcel_to_be_tried_again_waits_for_the_next_day(street, desk):
    order, courier = out(street, desk)
    again = routing.fail(
        street,
        desk,
        order_id=order.id,
        courier_code=courier,
        reason="not_home",
        outcome="retry",
        now=NOON,
    )
    assert (again.state, again.attempts) == ("packed", 1)
    assert again.window_opens == order.window_opens + timedelta(days=1)
    tomorrow = routing.Filter(world.DAY + timedelta(days=1))
    waiting = routing.matching(street, cast.CARRIER, tomorrow, now=NOON)
    assert waiting == (order.id,)


def test_a_return_cut_off_before_its_reversal_is_finished(street, desk, monkeypatch):
    order, courier = out(street, desk)
    monkeypatch.setattr(desk.gateway, "reverse", _dies)
    with pytest.raises(RuntimeError):
        routing.fail(
            street,
            desk,
            order_id=order.id,
            courier_code=courier,
            reason="refused",
            outcome="return",
            now=NOON,
        )
    monkeypatch.undo()
    assert ledger_fen(street) != 0
    assert routing.finish_returns(street, desk, now=NOON) == 1
    assert (ledger_fen(street), routing.finish_returns(street, desk, now=NOON)) == (
        0,
        0,
    )


def _dies(*_: object, **__: object) -> None:
    raise RuntimeError("killed")


def test_five_wrong_codes_lock_the_door(street, desk):
    order, courier = out(street, desk)
    for _ in range(5):
        with pytest.raises(Conflict):
            hand_over(street, desk, order, courier, routing.Door("000000"))
    with pytest.raises(Conflict) as raised:
        hand_over(
            street,
            desk,
            order,
            courier,
            routing.Door(handover_code(SECRET, str(order.id))),
        )
    assert raised.value.code == "code-locked"


def test_another_courier_does_not_find_the_order(street, desk):
    order, _courier = out(street, desk)
    other = "C33030000199"
    with pytest.raises(NotFound):
        hand_over(street, desk, order, other, routing.Door("000000"))


def test_two_plans_of_one_slice_cannot_both_be_committed(street, desk):
    first, _ = planned(street, desk)
    asked = routing.Slice(cast.CARRIER, world.DAY, time(12), time(18), seconds_max=1)
    second = routing.plan_slice(street, desk, asked, now=NOON)
    commit = {"carrier_code": cast.CARRIER, "now": NOON}
    routing.commit_plan(street, desk, plan_id=first.id, **commit)
    assert (
        routing.commit_plan(street, desk, plan_id=first.id, **commit).state
        == "committed"
    )
    with pytest.raises(Conflict):
        routing.commit_plan(street, desk, plan_id=second.id, **commit)


def test_an_order_is_cancelled_before_its_route_and_not_after(street, desk):
    order = ordered(street, desk, settled(street, desk, 2))
    undo = {"order_id": order.id, "outlet_code": SHOP, "now": NOON}
    assert service.cancel_order(street, desk, **undo).state == "cancelled"
    assert state_of(street, desk, order.prescription_id) == "settled"
    on_route, _ = out(street, desk)
    with pytest.raises(Conflict):
        service.cancel_order(street, desk, **{**undo, "order_id": on_route.id})


def test_a_settlement_on_the_road_is_not_reversed_at_the_counter(street, desk):
    order, _ = out(street, desk)
    with pytest.raises(Conflict) as raised:
        service.reverse(
            street,
            desk,
            settlement_id=service.settlement(street, order.prescription_id).id,
            outlet_code=SHOP,
            reason="wrong_entry",
            by="x",
            now=NOON,
        )
    assert raised.value.code == "on-the-road"


def test_an_order_too_late_for_its_window_stays_behind_with_a_reason(street, desk):
    order = ordered(street, desk, settled(street, desk))
    late = NOON + timedelta(hours=2, minutes=59)
    service.pack(street, desk, order_id=order.id, outlet_code=SHOP, now=late)
    asked = routing.Slice(cast.CARRIER, world.DAY, time(12), time(18), seconds_max=1)
    plan = routing.plan_slice(street, desk, asked, now=late)
    assert [(each.order_id, each.reason) for each in plan.unserved] == [
        (order.id, "window_closes")
    ]


def test_a_slice_that_ends_before_it_begins_is_refused():
    with pytest.raises(Malformed):
        routing.Slice(cast.CARRIER, world.DAY, time(18), time(12))


def test_a_window_that_is_over_is_refused(street, desk):
    id_ = settled(street, desk)
    with pytest.raises(Malformed):
        ordered(street, desk, id_, hours=-2)

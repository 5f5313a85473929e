"""What an order left behind needs is granted in one act, by whom and why."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlmodel import select

from dispensing.desk import Desk
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from pharmacies.tables import CourierRow
from routing import service as routing
from routing.service import Relax
from routing.tables import UnservedRow
from tests import world
from tests.routing import many
from tests.routing.test_replanning import planned
from tests.world import NOON
from web import db


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def town(engine, desk):
    with db.open_session(engine) as session:
        world.populate(session, desk)
        many.pack(session, desk, 3)
    return partial(db.open_session, engine)


def relaxed(town, desk, plan_id, asked, *, at=NOON, firm=cast.CARRIER):
    with town() as session:
        planning = routing.relax(
            session,
            plan_id,
            asked,
            id_=uuid4(),
            carrier_code=firm,
            by="dispatcher",
            now=at,
        )
    assert routing.carry_out(town, desk, planning.id, clock=lambda: at) == "done"
    with town() as session:
        made = routing.plan(session, desk, planning.id, carrier_code=cast.CARRIER)
        (act,) = routing.acts(session, made.id, carrier_code=cast.CARRIER)
    return made, act


def left_behind(town, desk, order_hours=1):
    """Plan when one order's window is nearly over; gives the plan and what it leaves."""
    late = NOON + timedelta(hours=1, minutes=55)
    with town() as session:
        many.pack(session, desk, 1, seed=2, hours=order_hours)
        plan = routing.plan_slice(
            session,
            desk,
            routing.Slice(
                cast.CARRIER,
                world.DAY,
                NOON.time(),
                NOON.replace(hour=18).time(),
                seconds_max=1,
            ),
            now=late,
        )
    (left,) = plan.unserved
    return plan, left, late


def test_a_window_is_widened_and_the_order_is_planned_in(town, desk):
    plan, left, late = left_behind(town, desk)
    assert left.remedy == "widen_window"
    made, act = relaxed(
        town, desk, plan.id, Relax(left.order_id, "患者同意晚收"), at=late
    )
    assert (made.unserved, made.parcels) == ((), plan.parcels + 1)
    assert (act.kind, act.by, act.reason) == ("relaxed", "dispatcher", "患者同意晚收")
    assert act.detail["remedy"] == "widen_window"
    assert act.detail["seconds"] % 300 == 0


def test_a_courier_is_called_in_on_a_day_off(town, desk):
    plan = planned(town, desk)
    order_id = next(it.order_id for r in plan.routes for it in r.stops if it.order_id)
    with town() as session:
        session.add(behind(plan, order_id, "add_courier"))
        rider = session.exec(select(CourierRow).order_by(CourierRow.code)).first()
        rider.rest_weekday = world.DAY.isoweekday()
        session.commit()
        code = rider.code
    ask = Relax(order_id, "加班", code)
    made, act = relaxed(town, desk, plan.id, ask)
    assert act.detail["courier"] == code
    with town() as session, pytest.raises(Malformed):
        routing.relax(session, plan.id, Relax(order_id, "加班"), **WHO)
    at_work = Relax(order_id, "加班", "C33030000102")
    with town() as session, pytest.raises(Conflict) as raised:
        routing.relax(session, plan.id, at_work, **WHO)
    assert raised.value.code == "courier-at-work"
    assert made.version == plan.version + 1


WHO = {"id_": uuid4(), "carrier_code": cast.CARRIER, "by": "d", "now": NOON}


def behind(plan, order_id, remedy):
    return UnservedRow(
        plan_id=plan.id,
        order_id=order_id,
        reason="fleet_full",
        detail="运力已满",
        remedy=remedy,
    )


def test_a_licence_is_not_the_dispatchers_to_grant(town, desk):
    plan = planned(town, desk)
    order_id = next(it.order_id for r in plan.routes for it in r.stops if it.order_id)
    with town() as session:
        session.add(behind(plan, order_id, "license_courier"))
        session.commit()
        with pytest.raises(Conflict) as raised:
            routing.relax(session, plan.id, Relax(order_id, "急"), **WHO)
    assert raised.value.code == "remedy-elsewhere"


def test_what_is_not_left_behind_needs_nothing(town, desk):
    plan = planned(town, desk)
    with town() as session, pytest.raises(NotFound):
        routing.relax(session, plan.id, Relax(uuid4(), "急"), **WHO)
    stranger = {**WHO, "carrier_code": "C330300009"}
    with town() as session, pytest.raises(NotFound):
        routing.relax(session, plan.id, Relax(uuid4(), "急"), **stranger)

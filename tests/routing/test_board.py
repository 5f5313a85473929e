"""The board of a plan: as many questions however large it is, and two dispatchers at it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from routing import service as routing
from routing.edit import Move, moved
from routing.problem import Kind
from routing.service import Edit
from tests import world
from tests.routing.test_editing import orders_of, told
from tests.routing.test_pool import FIRM, drafted, filled
from tests.routing.tiny import COURIER, PARCEL, street
from tests.world import DAY, NOON
from web.bench_pages import counting
from web.lanes import axis_of


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def town(sqlite_engine, desk):
    return filled(sqlite_engine, desk, 40)


def board(opened, plan_id):
    with opened(read_only=True) as session:
        return routing.board(session, plan_id, carrier_code=cast.CARRIER)


def test_a_board_shows_each_courier_with_stops_windows_and_lateness(town):
    opened, ids = town
    found = board(opened, drafted(opened, ids[:3], hour=12))
    assert [it.courier.code for it in found.lanes][:2] == [
        "C33030000101",
        "C33030000102",
    ]
    busy, free = found.lanes[:2]
    assert (busy.number, busy.parcels, len(busy.ahead)) == (1, 3, 6)
    assert free.route_id is None and not free.stops
    door = next(it for it in busy.stops if it.kind == "dropoff")
    assert door.opens and door.closes and door.storage == "ambient"
    late = door._replace(start_at=door.closes + timedelta(minutes=3))
    assert (door.late_s, late.late_s) == (0, 180)
    assert found.outlets[door.outlet_code]
    axis = axis_of(found, NOON + timedelta(minutes=30))
    assert (axis.begins.hour, axis.now_x) == (12, 30 * 4)


def test_a_board_asks_as_often_for_forty_orders_as_for_two(town, desk, sqlite_engine):
    opened, ids = town
    few, lot = drafted(opened, ids[:2]), drafted(opened, ids)

    def asked(read) -> list[int]:
        found = []
        for plan_id in (few, lot):
            with opened(read_only=True) as session, counting(sqlite_engine) as queries:
                read(session, plan_id)
            found.append(len(queries))
        return found

    who = {"carrier_code": cast.CARRIER}
    for read in (
        lambda session, plan_id: routing.board(session, plan_id, **who),
        lambda session, plan_id: routing.plan(session, desk, plan_id, **who),
        lambda session, _: routing.plan_lines(session, cast.CARRIER, DAY),
    ):
        first, second = asked(read)
        assert first == second <= 10


def test_another_firm_has_no_such_board(town):
    opened, ids = town
    plan_id = drafted(opened, ids[:2])
    with opened(read_only=True) as session:
        with pytest.raises(NotFound):
            routing.board(session, plan_id, carrier_code="C330300009")
        with pytest.raises(NotFound):
            routing.board(session, uuid4(), carrier_code=cast.CARRIER)


def test_who_moves_what_another_has_just_moved_is_told_by_whom(town, desk):
    opened, ids = town
    plan_id = drafted(opened, ids[:3])
    seen = board(opened, plan_id).seen
    move = Edit(ids[0], "C33030000102", seen=seen)
    with opened() as session:
        routing.apply_edit(session, desk, plan_id, move, by="dispatcher", **FIRM)
    late = Edit(ids[1], "C33030000102", seen=seen)
    with opened() as session, pytest.raises(Conflict) as raised:
        routing.apply_edit(session, desk, plan_id, late, by="second", **FIRM)
    assert raised.value.code == "plan-changed"
    assert "dispatcher 在 12:00" in raised.value.words.zh
    # Who has made the change goes on, and so does who has seen it.
    with opened() as session:
        routing.apply_edit(session, desk, plan_id, late, by="dispatcher", **FIRM)
    newest = board(opened, plan_id).seen
    assert newest > seen
    last = Edit(ids[2], "C33030000102", seen=newest)
    with opened() as session:
        done = routing.apply_edit(session, desk, plan_id, last, by="second", **FIRM)
    assert done.applied


def test_a_parcel_put_at_a_place_is_fetched_where_others_of_its_counter_are():
    second = replace(PARCEL, id="second")
    third = replace(PARCEL, id="third")
    problem = street(PARCEL, second, third, couriers=(COURIER,))
    orders = orders_of(problem, one=["alice", "second"])
    after = moved(problem, orders, Move("third", "one", dropoff=4))["one"]
    assert told(after)[-1] == ("third", Kind.DROPOFF)
    fetched = told(after).index(("third", Kind.PICKUP))
    assert told(after)[fetched - 1][1] is Kind.PICKUP

"""A dispatcher's own hand: tried, priced, done, undone; and never against a limit."""

from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest

from dispensing.desk import Desk
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from routing import service as routing
from routing.edit import Fault, Misplaced, Move, judged, moved
from routing.problem import Kind
from routing.service import Edit
from routing.timing import stops_of
from tests import world
from tests.routing import many
from tests.routing.test_replanning import by_courier, commit, lock, planned, stops
from tests.routing.tiny import BOB, COURIER, EIGHT, INSULIN, PARCEL, street
from tests.world import NOON
from web import db

SECOND = replace(PARCEL, id="second", dropoff=BOB)
TWO = replace(COURIER, id="two")


def orders_of(problem, **routes):
    return {
        name: [
            stop
            for parcel in problem.parcels
            if parcel.id in names
            for stop in stops_of(problem, parcel)
        ]
        for name, names in routes.items()
    }


def told(stops_):
    return [(it.parcel.id, it.kind) for it in stops_]


def faults(problem, orders, *move, **more):
    return judged(problem, orders, moved(problem, orders, Move(*move, **more))).faults


def test_a_move_to_another_courier_costs_what_the_two_routes_cost_more():
    problem = street(PARCEL, SECOND, couriers=(COURIER, TWO))
    orders = orders_of(problem, one=["alice", "second"])
    found = judged(problem, orders, moved(problem, orders, Move("second", "two")))
    assert not found.faults
    assert told(found.orders["one"]) == [
        ("alice", Kind.PICKUP),
        ("alice", Kind.DROPOFF),
    ]
    # One goes 4 km instead of 8 with a second fetching; the other 6 km, to bob and back.
    assert found.more_m == 4_000 + 6_000 - 8_000
    assert found.more_fen == problem.courier_fen(TWO) + found.more_s


def test_a_place_is_told_by_positions_among_the_others():
    problem = street(PARCEL, SECOND)
    orders = orders_of(problem, one=["alice", "second"])
    after = moved(problem, orders, Move("alice", "one", pickup=1, dropoff=2))
    assert told(after["one"]) == [
        ("second", Kind.PICKUP),
        ("alice", Kind.PICKUP),
        ("second", Kind.DROPOFF),
        ("alice", Kind.DROPOFF),
    ]


def test_a_place_that_there_is_not_is_refused():
    problem = street(PARCEL, SECOND)
    orders = orders_of(problem, one=["alice", "second"])
    with pytest.raises(Misplaced):
        moved(problem, orders, Move("alice", "one", pickup=2, dropoff=1))
    with pytest.raises(Misplaced):
        moved(problem, orders, Move("nobody", "one"))


def test_a_window_is_missed_by_so_many_seconds():
    # 100 s to the counter, 60 + 20 there, 100 s on to alice and 30 before the door.
    hurried = replace(PARCEL, close_s=EIGHT + 300)
    problem = street(hurried)
    assert faults(problem, {"one": []}, "alice", "one") == (
        Fault("window", "one", "alice", 10),
    )


def test_a_shift_is_overrun_by_so_many_seconds():
    short = replace(COURIER, end_s=EIGHT + 590)
    problem = street(PARCEL, couriers=(short,))
    # ... and 90 s at the door, 200 s home: back at 600.
    assert faults(problem, {"one": []}, "alice", "one") == (
        Fault("shift", "one", by=10),
    )


def test_a_limit_out_of_the_fridge_is_broken_by_so_many_seconds():
    chilled = replace(INSULIN, out_of_fridge_s_max=200)
    problem = street(chilled)
    # 200 s to bob and 30 to get ready.
    assert faults(problem, {"one": []}, "bob", "one") == (
        Fault("aboard", "one", by=30),
    )


def test_room_licence_and_box_are_told():
    small = replace(COURIER, capacity_parcels=1, cold_capacity_parcels=0)
    problem = street(PARCEL, SECOND, couriers=(small,))
    orders = orders_of(problem, one=["alice"])
    assert faults(problem, orders, "second", "one", pickup=1, dropoff=2) == (
        Fault("room", "one", by=1),
    )
    assert [
        it.rule for it in faults(street(INSULIN, couriers=(small,)), {}, "bob", "one")
    ][:1] == ["cold_box"]
    away = replace(COURIER, areas=frozenset({"330303"}))
    problem = street(PARCEL, couriers=(away,))
    assert [it.rule for it in faults(problem, {}, "alice", "one")] == ["licence"]


def test_what_is_locked_is_not_moved():
    held = replace(COURIER, fixed=(("alice", Kind.PICKUP), ("alice", Kind.DROPOFF)))
    problem = street(PARCEL, SECOND, couriers=(held,))
    orders = orders_of(problem, one=["alice", "second"])
    found = faults(problem, orders, "second", "one", pickup=0, dropoff=0)
    assert "locked" in {it.rule for it in found}


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def town(engine, desk):
    with db.open_session(engine) as session:
        world.populate(session, desk)
        many.hire(session, 3)
        many.pack(session, desk, 6)
    return partial(db.open_session, engine)


WHO = {"carrier_code": cast.CARRIER, "now": NOON}


def other(plan, order_id):
    """Name a courier who does not have an order."""
    crew = {f"C330300001{no:02d}" for no in (1, 2, 3)}
    has = {
        r.courier_code for r in plan.routes if order_id in {it[0] for it in stops(r)}
    }
    return sorted(crew - has)[0]


def plan_of(town, desk, plan_id):
    with town(read_only=True) as session:
        return routing.plan(session, desk, plan_id, carrier_code=cast.CARRIER)


def test_an_edit_is_tried_done_and_undone(town, desk):
    plan = planned(town, desk)
    order_id = stops(plan.routes[0])[0][0]
    edit = Edit(order_id, other(plan, order_id))
    with town(read_only=True) as session:
        tried = routing.try_edit(session, desk, plan.id, edit, **WHO)
    assert tried.feasible and not tried.applied
    assert plan_of(town, desk, plan.id) == plan
    with town() as session:
        done = routing.apply_edit(session, desk, plan.id, edit, by="d", **WHO)
    assert replace(done, applied=False) == tried
    after = plan_of(town, desk, plan.id)
    assert order_id in {it[0] for it in stops(by_courier(after)[edit.courier_code])}
    assert after.cost_fen == plan.cost_fen + done.more_fen
    assert after.distance_m == plan.distance_m + done.more_m
    assert after.parcels == plan.parcels
    with town() as session:
        back = routing.undo_edit(session, desk, plan.id, by="d", **WHO)
    assert (back.cost_fen, back.distance_m) == (plan.cost_fen, plan.distance_m)
    assert {code: stops(it) for code, it in by_courier(back).items()} == {
        code: stops(it) for code, it in by_courier(plan).items()
    }
    with town() as session, pytest.raises(Conflict) as raised:
        routing.undo_edit(session, desk, plan.id, by="d", **WHO)
    assert raised.value.code == "nothing-to-undo"
    with town() as session:
        kinds = [
            it.kind for it in routing.acts(session, plan.id, carrier_code=cast.CARRIER)
        ]
    assert kinds == ["edited", "undone"]


def test_an_edit_against_a_lock_is_refused_in_words(town, desk):
    plan = planned(town, desk)
    route = max(plan.routes, key=lambda it: len(it.stops))
    lock(town, desk, plan, routes=[route.id])
    order_id = stops(route)[0][0]
    edit = Edit(order_id, other(plan, order_id))
    with town() as session:
        tried = routing.try_edit(session, desk, plan.id, edit, **WHO)
        assert "locked" in {it.rule for it in tried.faults}
        assert all(it.words_zh and it.words_en for it in tried.faults)
        with pytest.raises(Conflict) as raised:
            routing.apply_edit(session, desk, plan.id, edit, by="d", **WHO)
    assert raised.value.code == "edit-infeasible"
    assert "锁定" in raised.value.words.zh


def test_a_committed_plan_is_tried_and_not_changed_in_place(town, desk):
    plan = planned(town, desk)
    with town() as session:
        commit(session, desk, plan.id)
    order_id = stops(plan.routes[0])[0][0]
    edit = Edit(order_id, other(plan, order_id))
    with town() as session:
        routing.try_edit(session, desk, plan.id, edit, **WHO)
        with pytest.raises(Conflict) as raised:
            routing.apply_edit(session, desk, plan.id, edit, by="d", **WHO)
    assert raised.value.code == "plan-committed"


def test_what_is_not_there_is_not_moved(town, desk):
    plan = planned(town, desk)
    order_id = stops(plan.routes[0])[0][0]
    courier = plan.routes[0].courier_code
    with town() as session:
        for wrong, error in (
            (Edit(uuid4(), courier), NotFound),
            (Edit(order_id, "C99999999999"), NotFound),
            (Edit(order_id, courier, pickup=99, dropoff=99), Malformed),
        ):
            with pytest.raises(error):
                routing.try_edit(session, desk, plan.id, wrong, **WHO)
        with pytest.raises(NotFound):
            routing.try_edit(
                session,
                desk,
                plan.id,
                Edit(order_id, courier),
                carrier_code="C330300009",
                now=NOON,
            )

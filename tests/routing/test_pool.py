"""The pool of orders and acts on many of them: all that match, each done or named."""

from datetime import time, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.tables import EventRow, OrderRow
from fixtures import cast
from routing import service as routing
from routing.service import Filter
from routing.tables import HoldRow, PlanRow, RouteRow, StopRow
from tests import road, world
from tests.routing import many
from tests.routing.test_service import slice_of
from tests.world import DAY, NOON
from web import db

ORDERS = 60
FIRM = {"carrier_code": cast.CARRIER, "now": NOON}
BY = {**FIRM, "by": "dispatcher"}


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


def filled(engine, desk, count=ORDERS):
    with db.open_session(engine) as session:
        world.populate(session, desk)
        ids = many.pack(session, desk, count)
    return partial(db.open_session, engine), ids


@pytest.fixture
def town(sqlite_engine, desk):
    return filled(sqlite_engine, desk)


def shown(opened, desk, *, page=1, now=NOON, **asked):
    with opened(read_only=True) as session:
        work = Work(session, desk, now)
        return routing.pool(work, cast.CARRIER, Filter(DAY, **asked), page=page)


def named(opened, **asked):
    with opened(read_only=True) as session:
        return routing.matching(session, cast.CARRIER, Filter(DAY, **asked), now=NOON)


def drafted(opened, ids, courier="C33030000101", *, hour=13) -> UUID:
    """Keep a draft without any solver: one courier fetches and brings all, minute by minute."""
    at = NOON.replace(hour=hour)
    plan = PlanRow(
        carrier_code=cast.CARRIER,
        day=DAY,
        opens=time(12),
        closes=time(18),
        state="draft",
        seed=1,
        seconds_max=1,
        distance_m=200 * len(ids),
        cost_fen=1_000,
        made_at=NOON,
        figures={"plan": figures(len(ids))},
    )
    ends = at + timedelta(minutes=2 * len(ids))
    route = RouteRow(
        plan_id=plan.id,
        courier_code=courier,
        state="planned",
        distance_m=200 * len(ids),
        leaves_at=at,
        ends_at=ends,
    )
    visits = [(kind, id_) for kind in ("pickup", "dropoff") for id_ in ids]
    visits = [("start", None), *visits, ("end", None)]
    stops = [
        StopRow(
            route_id=route.id,
            no=no,
            kind=kind,
            order_id=id_,
            point_sealed=road.sealed_point(route.id, no),
            arrive_at=at + timedelta(minutes=no),
            start_at=at + timedelta(minutes=no),
            depart_at=at + timedelta(minutes=no),
            distance_m=100 if id_ else 0,
        )
        for no, (kind, id_) in enumerate(visits)
    ]
    with opened() as session:
        plan_id = plan.id
        for rows in ([plan], [route], stops):
            session.add_all(rows)
            session.flush()
        session.commit()
    return plan_id


def figures(count):
    told = {"parcels": count, "served": count, "on_time": count, "couriers": 1}
    return {**told, "distance_m": 200 * count, "work_s": 60, "cost_fen": 1_000}


def cancelled(opened, desk, id_):
    with opened() as session:
        row = session.get_one(OrderRow, id_)
        undo = {"order_id": id_, "outlet_code": row.outlet_code, "now": NOON}
        service.cancel_order(session, desk, **undo)


def test_every_filter_counts_all_and_lists_a_page(engine, desk):
    opened, ids = filled(engine, desk)
    whole = shown(opened, desk)
    assert (whole.number, whole.pages, len(whole.orders)) == (60, 2, 50)
    assert len(shown(opened, desk, page=2).orders) == 10
    assert sum(it.number for it in whole.by_outlet) == 60
    assert [(it.value, it.name) for it in whole.by_area] == [("330302", "鹿城区")]
    for count in whole.by_window:
        window = time.fromisoformat(count.value)
        assert shown(opened, desk, window=window).number == count.number
    for count in whole.by_outlet:
        assert shown(opened, desk, outlet=count.value).number == count.number
    digits = str(ids[7]).replace("-", "")
    for number in (str(ids[7]), digits.upper(), digits[:12]):
        (found,) = shown(opened, desk, state="all", number=number).orders
        assert found.order.id == ids[7]
    assert shown(opened, desk, number="not a number").number == 0
    assert shown(opened, desk, storage="cold").number == 0
    assert shown(opened, desk, area="330303").number == 0
    late = shown(opened, desk, late=True, now=NOON + timedelta(hours=9))
    assert late.number == 60 and late.orders[0].late_minutes > 0
    assert shown(opened, desk, late=True).number == 0


def test_a_selection_of_all_names_those_of_every_page(town):
    opened, ids = town
    assert set(named(opened)) == set(ids)


def test_what_is_held_back_is_in_no_plan_until_it_is_released(engine, desk):
    opened, ids = filled(engine, desk, 3)
    with opened() as session:
        done = routing.hold_back(session, ids[:1], reason="患者出差", **BY)
        assert (done.asked, done.done, done.refused) == (1, 1, ())
        again = routing.hold_back(session, ids[:1], reason="又一次", **BY)
        assert again == done
    (held,) = shown(opened, desk, state="held").orders
    assert (held.order.id, held.held) == (ids[0], "患者出差")
    assert set(named(opened)) == set(ids[1:])
    with opened() as session:
        plan = routing.plan_slice(session, desk, slice_of(), now=NOON)
    assert plan.parcels + len(plan.unserved) == 2
    with opened() as session:
        assert routing.release(session, ids[:1], **BY).done == 1
        assert routing.release(session, ids[:1], **BY).done == 1
    assert set(named(opened)) == set(ids)
    with opened(read_only=True) as session:
        order = session.get_one(OrderRow, ids[0])
        events = select(EventRow.kind, EventRow.detail).where(
            EventRow.prescription_id == order.prescription_id,
            EventRow.kind.in_(["order_held", "order_released"]),
        )
        told = session.exec(events.order_by(EventRow.id)).all()
    assert told == [("order_held", "患者出差"), ("order_released", "")]


def test_what_cannot_be_held_back_is_named_and_the_rest_is_done(town, desk):
    opened, ids = town
    plan_id = drafted(opened, ids[:1])
    with opened() as session:
        routing.commit_plan(session, desk, plan_id=plan_id, **FIRM)
    stranger = uuid4()
    with opened() as session:
        done = routing.hold_back(session, [*ids, stranger], reason="封路", **BY)
    assert (done.asked, done.done) == (61, 59)
    assert {it.order_id: it.reason for it in done.refused} == {
        ids[0]: "not_waiting",
        stranger: "not_found",
    }
    with opened() as session:
        theirs = {**BY, "carrier_code": "C330300009"}
        done = routing.release(session, ids[1:2], **theirs)
        assert [it.reason for it in done.refused] == ["not_found"]
        assert session.get(HoldRow, ids[1]) is not None


def test_a_plan_of_chosen_orders_leaves_the_others_alone(town, desk):
    opened, ids = town
    with opened() as session:
        asked = slice_of(only=tuple(ids[:2]))
        plan = routing.plan_slice(session, desk, asked, now=NOON)
        opens, closes = routing.slice_around(session, cast.CARRIER, ids)
    assert plan.parcels + len(plan.unserved) == 2
    assert (opens, closes) == (time(13), time(15))


def test_of_sixty_orders_the_one_that_fails_is_named_and_all_others_go(engine, desk):
    opened, ids = filled(engine, desk)
    plan_id = drafted(opened, ids)
    cancelled(opened, desk, ids[7])
    with opened() as session:
        plan = routing.commit_plan(session, desk, plan_id=plan_id, **FIRM)
    assert plan.state == "committed" and plan.parcels == 59
    (left,) = plan.unserved
    assert (left.order_id, left.reason) == (ids[7], "order_cancelled")
    assert left.words_zh and left.words_en
    (route,) = plan.routes
    assert [it.no for it in route.stops] == list(range(len(route.stops)))
    # Its two ways are added to those of the next stops, and nobody's hour has changed.
    assert route.distance_m == plan.distance_m == 200 * 60
    assert (plan.figures.served, plan.figures.parcels) == (59, 60)
    with opened(read_only=True) as session:
        states = many.states(session)
    assert states.pop(ids[7]) == "cancelled"
    assert set(states.values()) == {"planned"}
    with opened() as session:
        again = routing.commit_plan(session, desk, plan_id=plan_id, **FIRM)
    assert again == plan


def test_a_courier_who_is_elsewhere_costs_that_route_alone(town, desk):
    opened, ids = town
    first = drafted(opened, ids[:5])
    second = drafted(opened, ids[5:10])
    with opened() as session:
        other = session.exec(select(RouteRow).where(RouteRow.plan_id == second)).one()
        free = RouteRow(
            plan_id=second,
            courier_code="C33030000102",
            state="planned",
            distance_m=0,
            leaves_at=other.leaves_at,
            ends_at=other.ends_at,
        )
        session.add(free)
        session.flush()
        session.add(
            StopRow(
                route_id=free.id,
                no=0,
                kind="dropoff",
                order_id=ids[11],
                point_sealed=road.sealed_point(free.id, 0),
                arrive_at=other.leaves_at,
                start_at=other.leaves_at,
                depart_at=other.leaves_at,
                distance_m=0,
            )
        )
        session.commit()
    with opened() as session:
        done = routing.commit_plans(session, desk, [first, second], **FIRM)
    assert done.done == 6
    assert {it.reason for it in done.plans[1].refused} == {"courier_busy"}
    assert [it.order_id for it in done.plans[1].refused] == sorted(ids[5:10])
    with opened() as session:
        assert routing.commit_plans(session, desk, [first, second], **FIRM) == done


def test_of_many_plans_the_one_that_fails_hinders_no_other(town, desk):
    opened, ids = town
    good = drafted(opened, ids[:5])
    with opened() as session:
        routing.hold_back(session, ids[5:7], reason="封路", **BY)
    none_goes = drafted(opened, ids[5:7], "C33030000102")
    stranger = uuid4()
    with opened() as session:
        done = routing.commit_plans(session, desk, [stranger, none_goes, good], **FIRM)
    assert (done.done, done.refused) == (5, 2)
    assert [it.trouble and it.trouble.code for it in done.plans] == [
        "not-found",
        "plan-outdated",
        None,
    ]
    with opened(read_only=True) as session:
        states = many.states(session)
    assert {states[id_] for id_ in ids[:5]} == {"planned"}
    assert {states[id_] for id_ in ids[5:]} == {"packed"}


def test_a_plan_of_which_nothing_can_go_stays_a_draft(town, desk):
    opened, ids = town
    plan_id = drafted(opened, ids[:2])
    for id_ in ids[:2]:
        cancelled(opened, desk, id_)
    with opened() as session, pytest.raises(Conflict) as raised:
        routing.commit_plan(session, desk, plan_id=plan_id, **FIRM)
    assert raised.value.code == "plan-outdated"
    with opened() as session:
        again = routing.plan(session, desk, plan_id, carrier_code=cast.CARRIER)
    assert again.state == "draft" and again.parcels == 2

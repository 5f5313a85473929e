"""A plan that lives on: locks, a courier who is gone, new orders, versions."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from routing import service as routing
from routing.service import Absent, Locks, Replan
from routing.service.views import PlanView, RouteView
from tests import world
from tests.remembering import fill_once
from tests.routing import many
from tests.routing.test_service import slice_of
from tests.world import NOON
from web import db

ONE = NOON + timedelta(hours=1)


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def town(engine, desk):
    def fill():
        world.populate(session, desk)
        many.hire(session, 3)
        many.pack(session, desk, 12)

    with db.open_session(engine) as session:
        fill_once(session, "three couriers and twelve parcels", fill)
    return partial(db.open_session, engine)


def planned(town, desk) -> PlanView:
    with town() as session:
        return routing.plan_slice(session, desk, slice_of(), now=NOON)


def commit(session: Session, desk: Desk, plan_id: UUID, at=NOON) -> PlanView:
    return routing.commit_plan(
        session, desk, plan_id=plan_id, carrier_code=cast.CARRIER, now=at
    )


def committed(town, desk) -> PlanView:
    plan = planned(town, desk)
    with town() as session:
        return commit(session, desk, plan.id)


def again(town, desk, base: PlanView, *, at=ONE, **changes) -> PlanView:
    """Ask for a new version and let it be made."""
    with town() as session:
        asked = routing.ask_replan(
            session,
            base.id,
            Replan(**{"seconds_max": 1, **changes}),
            id_=uuid4(),
            carrier_code=cast.CARRIER,
            by="dispatcher",
            now=at,
        )
    state = routing.carry_out(town, desk, asked.id, clock=lambda: at)
    assert state == "done"
    with town(read_only=True) as session:
        return routing.plan(session, desk, asked.id, carrier_code=cast.CARRIER)


def lock(town, desk, plan: PlanView, **asked) -> PlanView:
    with town() as session:
        return routing.lock(
            session,
            desk,
            plan.id,
            Locks(**asked),
            carrier_code=cast.CARRIER,
            by="dispatcher",
            now=ONE,
        )


def stops(route: RouteView):
    return [(it.order_id, it.kind) for it in route.stops if it.order_id is not None]


def by_courier(plan: PlanView) -> dict[str, RouteView]:
    return {route.courier_code: route for route in plan.routes}


def pick_up(town, desk, route: RouteView, count: int, at=ONE) -> list[UUID]:
    """Pick up the parcels of a route's first stops that are pickups."""
    first = [it.order_id for it in route.stops if it.kind == "pickup"][:count]
    for order_id in first:
        with town() as session:
            routing.pick_up(
                session,
                desk,
                order_id=order_id,
                courier_code=route.courier_code,
                now=at,
            )
    return first


def test_a_version_that_keeps_all_changes_nothing(town, desk):
    first = committed(town, desk)
    second = again(town, desk, first, at=NOON, mode="keep")
    assert (second.version, second.base_id, second.state) == (2, first.id, "draft")
    assert {code: stops(it) for code, it in by_courier(second).items()} == {
        code: stops(it) for code, it in by_courier(first).items()
    }
    assert not any(route.changed for route in second.routes)


def test_a_new_version_takes_the_place_of_the_one_on_the_road(town, desk):
    first = committed(town, desk)
    second = again(town, desk, first, at=NOON)
    with town() as session:
        assert commit(session, desk, second.id).state == "committed"
        old = routing.plan(session, desk, first.id, carrier_code=cast.CARRIER)
        assert old.state == "superseded"
        assert {route.state for route in old.routes} == {"replaced"}
        for route in second.routes:
            (seen,) = routing.routes(session, desk, route.courier_code, world.DAY)
            assert seen.id == route.id
        assert set(many.states(session).values()) == {"planned"}


def test_a_new_order_changes_one_route_at_most_two(town, desk):
    first = committed(town, desk)
    with town() as session:
        (more,) = many.pack(session, desk, 1, seed=2)
    second = again(town, desk, first, at=NOON, mode="insert")
    assert second.parcels == first.parcels + 1
    assert sum(route.changed for route in second.routes) <= 2
    with town() as session:
        commit(session, desk, second.id)
        assert many.states(session)[more] == "planned"


def test_locked_stops_stay_first_in_their_order(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    lock(town, desk, first, stops=[(route.id, 3)])
    second = again(town, desk, first, at=NOON)
    same = by_courier(second)[route.courier_code]
    assert stops(same)[:3] == stops(route)[:3]
    assert [it.locked for it in same.stops[1:4]] == [True, True, True]
    with town() as session:
        (act,) = routing.acts(session, first.id, carrier_code=cast.CARRIER)
    assert (act.kind, act.by) == ("locked", "dispatcher")


def test_what_was_begun_stays_with_its_courier(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    aboard = pick_up(town, desk, route, 2)
    second = again(town, desk, first)
    same = by_courier(second)[route.courier_code]
    done = [it for it in same.stops if it.done_at]
    assert {it.order_id for it in done} == set(aboard)
    handed = [it.order_id for it in same.stops if it.kind == "dropoff"]
    assert set(aboard) <= set(handed)
    with town() as session:
        fresh = commit(session, desk, second.id, ONE)
        out = by_courier(fresh)[route.courier_code]
        assert out.state == "out"
        for order_id in aboard:
            assert many.states(session)[order_id] == "out"


def test_a_courier_who_is_gone_is_met_by_others(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    aboard = pick_up(town, desk, route, 2)
    gone = [Absent(route.courier_code, ONE)]
    second = again(town, desk, first, absent=gone, reason="车辆故障")
    left = by_courier(second)[route.courier_code]
    assert [it for it in left.stops if it.order_id and not it.done_at] == []
    others = {it.order_id for r in second.routes if r.id != left.id for it in r.stops}
    assert set(aboard) <= others
    with town() as session:
        commit(session, desk, second.id, ONE)
        (act,) = routing.acts(session, second.id, carrier_code=cast.CARRIER)
    assert (act.kind, act.reason) == ("courier_absent", "车辆故障")
    (taker,) = (
        r
        for r in second.routes
        if r.id != left.id and any(it.order_id == aboard[0] for it in r.stops)
    )
    with town() as session:
        met = routing.pick_up(
            session,
            desk,
            order_id=aboard[0],
            courier_code=taker.courier_code,
            now=ONE,
        )
    assert met.state == "out"


def test_what_is_brought_back_is_free_again_at_its_counter(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    aboard = pick_up(town, desk, route, 1)
    gone = [Absent(route.courier_code, ONE, met=False)]
    second = again(town, desk, first, absent=gone)
    with town() as session:
        commit(session, desk, second.id, ONE)
        assert many.states(session)[aboard[0]] == "planned"


def test_what_was_done_since_the_draft_is_taken_over_where_it_fits(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    lock(town, desk, first, routes=[route.id])
    second = again(town, desk, first, at=NOON)
    (order_id,) = pick_up(town, desk, route, 1)
    with town() as session:
        fresh = commit(session, desk, second.id, ONE)
    out = by_courier(fresh)[route.courier_code]
    assert [it.order_id for it in out.stops if it.done_at] == [order_id]
    assert out.state == "out"


def test_a_draft_that_the_road_has_overtaken_is_refused(town, desk):
    first = committed(town, desk)
    route = max(first.routes, key=lambda it: len(it.stops))
    second = again(
        town, desk, first, at=NOON, absent=[Absent(route.courier_code, NOON)]
    )
    pick_up(town, desk, route, 1)
    with town() as session, pytest.raises(Conflict) as raised:
        commit(session, desk, second.id, ONE)
    assert raised.value.code == "plan-outdated"
    with town() as session:
        again_ = routing.plan(session, desk, first.id, carrier_code=cast.CARRIER)
    assert again_.state == "committed"


def test_of_two_versions_made_at_once_the_second_is_refused(town, desk):
    first = committed(town, desk)
    one = again(town, desk, first, at=NOON)
    two = again(town, desk, first, at=NOON)
    with town() as session:
        commit(session, desk, one.id)
        assert commit(session, desk, one.id).state == "committed"
        with pytest.raises(Conflict) as raised:
            commit(session, desk, two.id)
    assert raised.value.code == "plan-superseded"
    with town() as session, pytest.raises(Conflict):
        routing.ask_replan(
            session,
            first.id,
            Replan(),
            id_=uuid4(),
            carrier_code=cast.CARRIER,
            by="x",
            now=NOON,
        )


def test_a_replan_goes_by_the_reserve_of_the_plan_before(town, desk):
    with town() as session:
        asked = slice_of(reserve_percent=0)
        plan = routing.plan_slice(session, desk, asked, now=NOON)
        commit(session, desk, plan.id)
    later = again(town, desk, plan, at=ONE)
    with town(read_only=True) as session:
        board = routing.board(session, later.id, carrier_code=cast.CARRIER)
    assert (board.reserve_percent, board.tight) == (0, 0)


def test_another_firms_plan_and_couriers_do_not_exist(town, desk):
    plan = planned(town, desk)
    asked = {"id_": uuid4(), "by": "x", "now": NOON}
    with town() as session, pytest.raises(NotFound):
        routing.ask_replan(
            session, plan.id, Replan(), carrier_code="C330300009", **asked
        )
    with town() as session, pytest.raises(NotFound):
        stranger = Replan(absent=[Absent("C99999999999", NOON)])
        routing.ask_replan(
            session, plan.id, stranger, carrier_code=cast.CARRIER, **asked
        )
    with town() as session, pytest.raises(NotFound):
        routing.lock(
            session, desk, plan.id, Locks(), carrier_code="C330300009", by="x", now=NOON
        )
    with pytest.raises(NotFound):
        lock(town, desk, plan, routes=[uuid4()])

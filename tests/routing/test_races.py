"""On the road, two acts at the same moment or cut off in the middle: the books agree."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from fixtures import cast
from routing import service as routing
from routing.handover import handover_code
from routing.tables import PlanRow, RouteRow, StopRow
from tests import road
from tests.calls import hooked
from tests.concurrency.test_races import LOCKS, Locks
from tests.dispensing import acts, attacks
from tests.dispensing.attacks import Fuse
from tests.world import NOON
from web import db

SECRET = b"a secret of sixteen bytes"
COURIER, SECOND = "C33030000101", "C33030000102"
LATER = NOON + timedelta(seconds=31)
CALLS_MIN = 15


def packed(engine: Engine, desk: Desk, number: int) -> OrderView:
    """Bring a prescription as far as a packed parcel."""
    id_ = attacks.received(engine, desk, number)
    with db.open_session(engine) as session:
        attacks.settle(session, desk, id_, number)
        acts.order(session, desk=desk, id_=id_)
        acts.pack(session, desk=desk, id_=id_)
        (order,) = service.orders_of(session, desk, id_)
    return order


def drafted(
    engine: Engine,
    *orders: OrderView,
    courier: str = COURIER,
    no: int = 0,
    days: int = 0,
) -> UUID:
    """Keep a draft without any solver: a route of one minute, `no` minutes past one."""
    leaves = NOON + timedelta(hours=1, minutes=no, days=days)
    plan = PlanRow(
        carrier_code=cast.CARRIER,
        day=leaves.date(),
        opens=datetime.min.time().replace(hour=12),
        closes=datetime.min.time().replace(hour=18),
        state="draft",
        seed=1,
        seconds_max=1,
        distance_m=1_000,
        cost_fen=1_000,
        made_at=NOON,
    )
    route = RouteRow(
        plan_id=plan.id,
        courier_code=courier,
        state="planned",
        distance_m=1_000,
        leaves_at=leaves,
        ends_at=leaves + timedelta(minutes=1),
    )
    stops = [
        StopRow(
            route_id=route.id,
            no=no,
            kind="dropoff",
            order_id=order.id,
            point_sealed=road.sealed_point(route.id, no),
            arrive_at=leaves,
            start_at=leaves,
            depart_at=leaves,
            distance_m=1_000,
        )
        for no, order in enumerate(orders)
    ]
    with db.open_session(engine) as session:
        plan_id = plan.id
        for rows in ([plan], [route], stops):
            session.add_all(rows)
            session.flush()
        session.commit()
    return plan_id


def commit(session: Session, *, desk: Desk, plan_id: UUID) -> object:
    return routing.commit_plan(
        session, desk, plan_id=plan_id, carrier_code=cast.CARRIER, now=NOON
    )


def depart(session: Session, *, desk: Desk, plan_id: UUID) -> object:
    route = session.exec(select(RouteRow).where(RouteRow.plan_id == plan_id)).one()
    route_id, courier = route.id, route.courier_code
    return routing.depart(
        session, desk, route_id=route_id, courier_code=courier, now=NOON
    )


def out(engine: Engine, desk: Desk, plan_id: UUID) -> None:
    with db.open_session(engine) as session:
        commit(session, desk=desk, plan_id=plan_id)
        depart(session, desk=desk, plan_id=plan_id)


def hand_over(session: Session, *, desk: Desk, order: OrderView) -> object:
    return routing.hand_over(
        session,
        desk,
        secret=SECRET,
        order_id=order.id,
        courier_code=COURIER,
        door=routing.Door(handover_code(SECRET, str(order.id))),
        now=NOON,
    )


def fail(
    session: Session,
    *,
    desk: Desk,
    order: OrderView,
    outcome: str = "return",
    courier: str = COURIER,
) -> object:
    return routing.fail(
        session,
        desk,
        order_id=order.id,
        courier_code=courier,
        reason="not_home",
        outcome=outcome,
        now=NOON,
    )


def beside_commit(engine: Engine, act: Callable[[], object], rival: Callable) -> list:
    """Do an act; just before it commits let a rival begin, which must wait for it."""
    answers: list[object] = []

    def run() -> None:
        answers.extend(attacks.at_once(engine, [rival]))

    other = threading.Thread(target=run)

    def start(_: object) -> None:
        if other.ident is None:
            other.start()
            other.join(0.3)  # it has come to the lock, or past it where there is none

    event.listen(engine, "commit", start)
    act()
    other.join()
    event.remove(engine, "commit", start)
    return answers


def state_of(engine: Engine, order: OrderView) -> str:
    with db.open_session(engine, read_only=True) as session:
        return session.get_one(OrderRow, order.id).state


def route_states(engine: Engine) -> list[str]:
    with db.open_session(engine, read_only=True) as session:
        return list(session.exec(select(RouteRow.state)))


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
def test_a_failed_delivery_cut_off_at_any_call_is_all_or_nothing(
    engine, tmp_path, after_commit
):
    desk = attacks.open_street(engine, tmp_path)
    # Both kinds of database are asked the same, so each is cut off at every second call.
    first = 0 if after_commit or engine.dialect.name == "sqlite" else 1
    for calls in count(first, 1 if after_commit else 2):
        order = packed(engine, desk, calls + 1)
        out(engine, desk, drafted(engine, order, no=calls))
        act = partial(fail, desk=desk, order=order)
        cut = attacks.killed_at(engine, Fuse(calls, after_commit), act)
        attacks.audit(engine, tmp_path, settled=False)
        if state_of(engine, order) == "out":
            with db.open_session(engine) as session:
                fail(session, desk=desk, order=order)
        attacks.recover(engine, desk, LATER)
        with db.open_session(engine) as session:
            settled = service.settlement(session, order.prescription_id)
        assert (settled.state, settled.reversal_reason) == (
            "reversed",
            "delivery_failed",
        )
        if not cut:
            break
    attacks.audit(engine, tmp_path)
    assert attacks.booked(tmp_path) == {}
    assert set(route_states(engine)) == {"done"}
    assert calls >= (2 if after_commit else CALLS_MIN)


def test_a_returned_parcel_is_not_sold_before_its_reversal_is_through(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    order = packed(engine, desk, 1)
    out(engine, desk, drafted(engine, order))
    act = partial(fail, desk=desk, order=order)
    assert attacks.killed_at(engine, Fuse(0, after_commit=True), act)
    for name in ("collect", "order"):
        with db.open_session(engine) as session, pytest.raises(Conflict) as raised:
            acts.ACTS[name](session, desk=desk, id_=order.prescription_id)
        assert raised.value.code == "being-reversed"
    with db.open_session(engine) as session:
        assert routing.finish_returns(session, desk, now=LATER) == 1
        assert routing.finish_returns(session, desk, now=LATER) == 0
    attacks.audit(engine, tmp_path)


def test_a_parcel_is_handed_over_or_comes_back_never_both(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    for number in range(1, 4):
        order = packed(engine, desk, number)
        out(engine, desk, drafted(engine, order, no=number))
        both = [
            partial(act, desk=desk, order=order)
            for act in (hand_over, fail, hand_over, fail)
        ]
        attacks.at_once(engine, both)
        assert state_of(engine, order) in {"handed_over", "returned"}
        attacks.audit(engine, tmp_path)


def test_two_plans_do_not_send_one_courier_to_two_places(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    orders = [packed(engine, desk, number) for number in (1, 2)]
    plans = [drafted(engine, order) for order in orders]
    first, second = (partial(commit, desk=desk, plan_id=plan_id) for plan_id in plans)

    def go_first() -> None:
        with db.open_session(engine) as session:
            first(session)

    (answer,) = beside_commit(engine, go_first, second)
    assert isinstance(answer, Conflict) and answer.code == "courier-busy"
    assert [state_of(engine, each) for each in orders] == ["planned", "packed"]


def test_the_last_of_two_stops_closed_at_once_ends_the_route(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    orders = [packed(engine, desk, number) for number in (1, 2)]
    out(engine, desk, drafted(engine, *orders))
    first, second = (partial(hand_over, desk=desk, order=order) for order in orders)

    def go_first() -> None:
        with db.open_session(engine) as session:
            first(session)

    beside_commit(engine, go_first, second)
    assert route_states(engine) == ["done"]
    attacks.audit(engine, tmp_path)


def test_a_draft_is_outdated_by_a_failed_visit(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    order = packed(engine, desk, 1)
    stale = drafted(engine, order, courier=SECOND)
    out(engine, desk, drafted(engine, order))
    with db.open_session(engine) as session:
        fail(session, desk=desk, order=order, outcome="retry")
    with db.open_session(engine) as session, pytest.raises(Conflict) as raised:
        commit(session, desk=desk, plan_id=stale)
    assert raised.value.code == "plan-outdated"


def test_the_courier_of_yesterday_has_no_more_say(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    order = packed(engine, desk, 1)
    out(engine, desk, drafted(engine, order))
    with db.open_session(engine) as session:
        fail(session, desk=desk, order=order, outcome="retry")
    out(engine, desk, drafted(engine, order, courier=SECOND, days=1))
    with db.open_session(engine) as session:
        with pytest.raises(NotFound):
            fail(session, desk=desk, order=order)
        with pytest.raises(NotFound):
            hand_over(session, desk=desk, order=order)
        fail(session, desk=desk, order=order, courier=SECOND)
    attacks.audit(engine, tmp_path)


def test_couriers_and_dispatchers_lock_in_the_order_of_all_others(
    postgres_engine, tmp_path
):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    orders = [packed(engine, desk, number) for number in (1, 2)]
    plan_id = drafted(engine, *orders)
    locks = Locks()
    with hooked(engine, locks), db.open_session(engine) as session:
        commit(session, desk=desk, plan_id=plan_id)
        depart(session, desk=desk, plan_id=plan_id)
        hand_over(session, desk=desk, order=orders[0])
        fail(session, desk=desk, order=orders[1])
    for unit in "|".join(locks.seen).split("||"):
        ranks = [LOCKS.index(name) for name in dict.fromkeys(unit.split("|")) if name]
        assert ranks == sorted(ranks), unit
    assert {"plan", "route", "prescription", "delivery_order"} <= set(locks.seen)

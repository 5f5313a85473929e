"""A planning runs beside the answers: watched, cancelled, interrupted, never lost."""

from datetime import timedelta
from functools import partial
from threading import Event
from uuid import uuid4

import pytest
from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from routing import service as routing
from routing import solve
from routing.plan import Plan
from routing.service import planning_views, slices, solving
from routing.service.watching import Watch
from routing.tables import PlanningRow
from tests import world
from tests.routing.parcels import ordered, pack_all, settled
from tests.routing.test_service import slice_of
from tests.world import NOON
from web import db


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def town(engine, desk):
    with db.open_session(engine) as session:
        world.populate(session, desk)
        pack_all(session, desk, [ordered(session, desk, settled(session, desk))])
    return partial(db.open_session, engine)


def asked(session: Session, *, at=NOON, **changes):
    return routing.ask_plan(
        session, slice_of(**changes), id_=uuid4(), by="dispatcher", now=at
    )


def carried_out(town, desk, id_, *, at=NOON, stop=bool) -> str:
    return routing.carry_out(town, desk, id_, clock=lambda: at, stop=stop)


def told(town, id_, *, at=NOON, firm=cast.CARRIER):
    with town(read_only=True) as session:
        return routing.planning(session, id_, carrier_code=firm, now=at)


def cancel(town, id_, *, at=NOON):
    with town() as session:
        return routing.cancel_planning(
            session, id_, carrier_code=cast.CARRIER, by="dispatcher", now=at
        )


def test_a_planning_ends_with_a_draft_of_its_own_number(town, desk):
    with town() as session:
        waiting = asked(session)
    assert (waiting.state, waiting.orders, waiting.plan_id) == ("queued", 1, None)
    assert carried_out(town, desk, waiting.id) == "done"
    done = told(town, waiting.id)
    assert (done.state, done.plan_id, done.served, done.unserved) == (
        "done",
        waiting.id,
        1,
        0,
    )
    assert done.found >= 1
    assert done.first_cost_fen >= done.cost_fen == done.spent_fen
    with town() as session:
        plan = routing.plan(session, desk, waiting.id, carrier_code=cast.CARRIER)
    assert (plan.state, plan.cost_fen, plan.parcels) == ("draft", done.cost_fen, 1)
    assert plan.figures.served == plan.by_hand.served == 1


def test_asked_twice_under_one_number_it_is_planned_once(town, desk):
    with town() as session:
        first = asked(session)
        again = routing.ask_plan(
            session, slice_of(), id_=first.id, by="dispatcher", now=NOON
        )
    assert again == first
    assert carried_out(town, desk, first.id) == "done"
    assert carried_out(town, desk, first.id) == "done"


def test_cancelled_before_it_began_it_has_no_draft(town, desk):
    with town() as session:
        waiting = asked(session)
    assert cancel(town, waiting.id).state == "cancelled"
    assert carried_out(town, desk, waiting.id) == "cancelled"
    assert told(town, waiting.id).plan_id is None


def test_cancelled_while_it_runs_it_keeps_the_best(town, desk, monkeypatch):
    with town() as session:
        waiting = asked(session)
    real = solving.solve

    def slow(problem, **given):
        found = real(problem, **given)
        assert cancel(town, waiting.id).cancelling
        assert heard.wait(10)
        return found

    heard = Event()
    look = Watch._look

    def looked(watch):
        look(watch)
        if watch.cancelled():
            heard.set()

    monkeypatch.setattr(solving, "solve", slow)
    monkeypatch.setattr(Watch, "_look", looked)
    assert carried_out(town, desk, waiting.id) == "cancelled"
    done = told(town, waiting.id)
    assert (done.state, done.plan_id, done.served) == ("cancelled", waiting.id, 1)
    assert cancel(town, waiting.id) == done


def test_the_time_counts_from_when_the_planner_is_ready(town, desk, monkeypatch):
    with town() as session:
        waiting = asked(session)
    later, seen = NOON + timedelta(seconds=40), []

    def warmed(_seconds_max, _cancelled):
        seen.append(told(town, waiting.id, at=later))

    monkeypatch.setattr(solve, "warmed", warmed)
    assert carried_out(town, desk, waiting.id, at=later) == "done"
    (meanwhile,) = seen
    assert (meanwhile.state, meanwhile.warming, meanwhile.seconds) == (
        "running",
        True,
        0,
    )
    done = told(town, waiting.id, at=later)
    assert (done.warming, done.seconds) == (False, 0)


def test_a_planning_whose_worker_died_says_so(town, desk):
    with town() as session:
        waiting = asked(session)
        row = session.get_one(PlanningRow, waiting.id)
        row.state, row.began_at, row.seen_at = "running", NOON, NOON
        session.commit()
    later = NOON + planning_views.LOST + timedelta(seconds=1)
    seen = told(town, waiting.id, at=later)
    assert (seen.state, seen.trouble.code) == ("failed", "planning-interrupted")
    assert told(town, waiting.id).state == "running"
    with town() as session:
        assert routing.waiting_plannings(session, now=later) == ()
    assert told(town, waiting.id).state == "failed"


def test_a_job_that_comes_again_finds_that_its_worker_died(town, desk):
    with town() as session:
        waiting = asked(session)
        session.get_one(PlanningRow, waiting.id).state = "running"
        session.commit()
    assert carried_out(town, desk, waiting.id) == "failed"
    assert told(town, waiting.id).trouble.code == "planning-interrupted"


def test_what_was_asked_for_and_not_handed_in_is_made_up_for(town, desk):
    with town() as session:
        waiting = asked(session)
        assert routing.waiting_plannings(session, now=NOON) == (waiting.id,)


def test_a_plan_with_objections_is_never_kept(town, desk, monkeypatch):
    with town() as session:
        waiting = asked(session)
    monkeypatch.setattr(solving, "solve", lambda *_, **__: Plan((), (), 0, 0))
    with pytest.raises(solving.Objected, match="parcel_lost"):
        carried_out(town, desk, waiting.id)
    done = told(town, waiting.id)
    assert (done.state, done.plan_id, done.trouble.code) == (
        "failed",
        None,
        "planning-broken",
    )


def test_too_many_orders_are_refused_at_once(town, desk, monkeypatch):
    monkeypatch.setattr(slices, "SLICE_ORDERS_MAX", 0)
    with town() as session, pytest.raises(Conflict) as raised:
        asked(session)
    assert raised.value.code == "slice-too-large"


def test_another_firms_planning_does_not_exist(town, desk):
    with town() as session:
        waiting = asked(session)
    with pytest.raises(NotFound):
        told(town, waiting.id, firm="C330300009")
    with town() as session, pytest.raises(NotFound):
        routing.cancel_planning(
            session, waiting.id, carrier_code="C330300009", by="x", now=NOON
        )

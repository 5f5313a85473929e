"""What happens to prescriptions is told once, in order, whatever the order of commits."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing import service
from dispensing.service import notices
from dispensing.service.concluding import post_booked
from dispensing.service.receiving import note
from dispensing.tables import NoticeRow, OrderRow, OutboxMarkRow
from fixtures import cast
from pharmacies.service import NoSuchOutlet
from tests import calls, world
from tests.dispensing import acts, attacks
from tests.notices.places import claimed, states, story, subscribed, told
from tests.twin.opened import open_one
from tests.world import NOON
from web import db

LIFE = ["received", "posted", "order_placed", "order_packed"]


@pytest.fixture
def desk(engine, tmp_path):
    return attacks.open_street(engine, tmp_path)


def live(engine, desk, number: int = 1):
    """Let a prescription be received, settled, ordered and packed."""
    rx = attacks.received(engine, desk, number)
    with db.open_session(engine) as session:
        attacks.settle(session, desk, rx, number)
        acts.order(session, desk=desk, id_=rx)
        acts.pack(session, desk=desk, id_=rx)
    return rx


def test_a_life_is_told_in_order_from_one(engine, desk):
    rx = live(engine, desk)
    assert told(engine) == len(LIFE)
    assert story(engine, rx) == list(enumerate(LIFE, 1))
    assert told(engine) == 0


def test_batches_go_on_where_the_last_one_ended(engine, desk):
    first, second = live(engine, desk, 1), live(engine, desk, 2)
    assert told(engine, batch=3) == 2 * len(LIFE)
    for rx in (first, second):
        assert story(engine, rx) == list(enumerate(LIFE, 1))


FIRM, OTHER = cast.CARRIER, "C330300002"


def hears(engine, place):
    """The events that a subscriber is to be told, in their order."""
    query = select(NoticeRow.kind).where(NoticeRow.subscription_id == place)
    with db.open_session(engine, read_only=True) as session:
        return list(session.exec(query.order_by(NoticeRow.event_no)))


def another_firm(engine):
    from dataclasses import replace

    from pharmacies import service as pharmacies

    with db.open_session(engine) as session:
        (first,) = pharmacies.carriers(session)
        pharmacies.add_carriers(session, [replace(first, code=OTHER)])
        session.commit()


def test_a_firm_is_told_of_its_own_orders_and_of_nothing_else(engine, desk):
    another_firm(engine)
    mine, others = subscribed(engine, FIRM), subscribed(engine, OTHER)
    rx = live(engine, desk)
    second = attacks.received(engine, desk, 2)
    with db.open_session(engine) as session:
        # A word that names a firm does not make it the firm's affair.
        session.add(note(second, NOON, "reversed", by=OTHER, detail=OTHER))
        session.commit()
    told(engine)
    assert hears(engine, mine) == ["order_placed", "order_packed"]
    assert hears(engine, others) == []
    (due,) = claimed(engine, mine)
    assert set(json.loads(due.body)["data"]) == {"order", "outlet", "seq", "event"}
    assert str(rx) not in due.body and cast.HOSPITAL not in due.body


def test_of_two_orders_each_firm_is_told_of_its_own(engine, desk):
    another_firm(engine)
    mine, others = subscribed(engine, FIRM), subscribed(engine, OTHER)
    rx = live(engine, desk)
    later = NOON + timedelta(hours=1)
    with db.open_session(engine) as session:
        first = session.exec(select(OrderRow)).one()
        first.state = "returned"
        values = {**first.model_dump(), "id": uuid4(), "state": "placed"}
        values |= {"carrier_code": OTHER, "placed_at": later}
        session.add(OrderRow(**values))
        session.add(note(rx, NOON, "order_returned", by=FIRM))
        session.add(note(rx, later, "order_placed", by="alice"))
        session.commit()
    told(engine)
    assert hears(engine, mine) == ["order_placed", "order_packed", "order_returned"]
    assert hears(engine, others) == ["order_placed"]


def test_a_firm_that_does_not_exist_does_not_subscribe(engine, desk):
    with pytest.raises(NoSuchOutlet):
        subscribed(engine, "C330399999")


def test_issuer_and_pharmacy_are_told_each_once_and_nobody_else(engine, desk):
    here = [subscribed(engine, code) for code in (cast.HOSPITAL, attacks.SHOP)]
    there = subscribed(engine, world.SECOND_PHARMACY)
    live(engine, desk)
    told(engine)
    hospital, shop = (states(engine, place) for place in here)
    assert hospital == ["waiting"] * len(LIFE)
    # When it was received no pharmacy had it, but it is told where it stands by then.
    assert len(shop) in {len(LIFE) - 1, len(LIFE)}
    assert states(engine, there) == []


def test_a_subscriber_of_some_kinds_is_told_these(engine, desk):
    place = subscribed(engine, kinds=("posted",))
    live(engine, desk)
    told(engine)
    (due,) = claimed(engine, place)
    assert json.loads(due.body)["type"] == "prescription.posted"


def test_what_was_recorded_before_one_subscribed_is_not_told(engine, desk):
    rx = attacks.received(engine, desk, 1)
    place = subscribed(engine)
    with db.open_session(engine) as session:
        acts.revoke(session, desk=desk, id_=rx)
    told(engine)
    (due,) = claimed(engine, place)
    said = json.loads(due.body)["data"]
    assert (said["event"], said["seq"], said["state"]) == ("revoked", 2, "revoked")


def test_a_notice_names_no_patient_no_diagnosis_and_no_medicine(engine, desk):
    place = subscribed(engine)
    live(engine, desk)
    told(engine)
    (due,) = claimed(engine, place)
    said = json.loads(due.body)
    assert set(said) == {"type", "timestamp", "data"}
    for secret in (
        cast.alice.name,
        cast.alice.id_number,
        cast.alice.person_no,
        cast.alice.phone,
        world.AMLODIPINE,
        "hypertension",
        "I10",
    ):
        assert secret not in due.body


def test_an_event_that_commits_late_is_told_late_but_told(postgres_engine, tmp_path):
    """A record with a lower number commits after one with a higher was told, twice over."""
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    slow, quick = (attacks.received(engine, desk, number) for number in (1, 2))
    told(engine)

    class Meanwhile(calls.Hook):
        def before(self, statement, connection):
            if statement == calls.COMMIT and threading.current_thread() is slowly:
                with ThreadPoolExecutor(1) as others:
                    others.submit(meanwhile).result()
            return statement

    def meanwhile():
        with db.open_session(engine) as session:
            acts.revoke(session, desk=desk, id_=quick)
        for _ in range(3):  # the mark ripens, if it may
            told(engine)
        assert story(engine, quick)[-1] == (2, "revoked")
        assert story(engine, slow) == [(1, "received")]

    def revoke_slowly():
        with db.open_session(engine) as session:
            acts.revoke(session, desk=desk, id_=slow)

    slowly = threading.Thread(target=revoke_slowly)
    with calls.hooked(engine, Meanwhile()):
        slowly.start()
        slowly.join()
    assert told(engine) == 1
    assert story(engine, slow)[-1] == (2, "revoked")


def test_the_mark_waits_for_those_that_may_still_commit_below_it(
    postgres_engine, tmp_path
):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    attacks.received(engine, desk, 1)
    with engine.connect() as old, old.begin():
        old.execute(text("SELECT pg_current_xact_id()"))  # it may write at any moment
        for number in range(2, 5):
            told(engine)
            attacks.received(engine, desk, number)
        assert low(engine) == 0
    for _ in range(3):
        told(engine)
    with db.open_session(engine, read_only=True) as session:
        last = session.scalar(text("SELECT max(id) FROM audit_record"))
    assert low(engine) == last


def low(engine) -> int:
    with db.open_session(engine, read_only=True) as session:
        return session.exec(select(OutboxMarkRow.low_id)).one()


def test_a_restored_database_whose_transactions_begin_anew_goes_on(
    postgres_engine, tmp_path
):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    told(engine)
    with db.open_session(engine) as session:
        session.exec(select(OutboxMarkRow)).one().mark_xid = 2**60
        session.commit()
    attacks.received(engine, desk, 1)
    for _ in range(3):
        told(engine)
    assert low(engine) > 0


def test_an_event_whose_number_was_drawn_long_before_is_told_when_it_happens(
    engine, tmp_path
):
    """The number of a settlement's event is drawn before the platform is asked."""
    desk = attacks.open_street(engine, tmp_path)
    opened, work_of = open_one(engine, desk)
    other = attacks.received(engine, desk, 2)
    for _ in range(3):
        told(engine)
    receipt = desk.gateway.charge(opened.charge)
    with db.open_session(engine) as session:
        post_booked(work_of(session), {opened.charge.msgid: receipt})
    assert told(engine) == 1
    assert story(engine)[-1] == (2, "posted")
    assert story(engine, other) == [(1, "received")]


def test_once_a_day_also_what_lies_below_the_mark_is_looked_through(engine, desk):
    told(engine)
    attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        mark = session.exec(select(OutboxMarkRow)).one()
        mark.low_id = 10**9  # as if a record had slipped in below
        session.commit()
    assert told(engine) == 0
    assert told(engine, everything=True) == 1


def test_several_tell_at_once_and_nothing_is_told_twice(engine, desk):
    place = subscribed(engine)
    rxs = [live(engine, desk, number) for number in (1, 2, 3)]
    with ThreadPoolExecutor(4) as tellers:
        counts = list(tellers.map(lambda _: told(engine, batch=2), range(4)))
    assert sum(counts) == 3 * len(LIFE)
    for rx in rxs:
        assert story(engine, rx) == list(enumerate(LIFE, 1))
    assert len(states(engine, place)) == 3 * len(LIFE)


def test_a_teller_that_dies_at_any_call_leaves_nothing_untold_and_nothing_twice(
    engine, desk
):
    place = subscribed(engine)
    live(engine, desk)
    step = 0
    while attacks.killed_at(
        engine,
        attacks.Fuse(step),
        lambda session: notices.tell(session, now=NOON, batch=2),
    ):
        step += 1
    told(engine)
    assert step > 5
    assert story(engine) == list(enumerate(LIFE, 1))
    assert len(states(engine, place)) == len(LIFE)


def test_what_is_not_told_yet_is_counted(engine, desk):
    live(engine, desk)
    with db.open_session(engine, read_only=True) as session:
        count, oldest = notices.untold(session)
        assert (count, oldest) == (len(LIFE), NOON)
    told(engine)
    with db.open_session(engine, read_only=True) as session:
        assert notices.untold(session) == (0, None)


def test_the_history_of_a_subscription_is_recorded_for_the_chain(engine, desk):
    subscribed(engine)
    with db.open_session(engine) as session:
        service.seal(session, now=NOON)
        kinds = session.scalars(text("SELECT kind FROM audit_record")).all()
    assert "subscription.created" in kinds


def test_a_long_backlog_is_told_batch_after_batch_and_the_mark_follows(engine, desk):
    for number in (1, 2):
        live(engine, desk, number)
    assert told(engine, batch=1) == 2 * len(LIFE)
    for _ in range(3):
        assert told(engine, batch=1) == 0
    with db.open_session(engine, read_only=True) as session:
        assert low(engine) == session.scalar(text("SELECT max(id) FROM audit_record"))

"""Notices are delivered at least once and in order, whatever subscribers and senders do."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.errors import Conflict, NotFound
from dispensing.outbox import LEASE, Answer, pause_s, wait_s
from dispensing.service import notices
from fixtures import cast
from tests import world
from tests.dispensing import acts, attacks
from tests.notices.places import (
    ILL,
    URL,
    VAULT,
    WELL,
    claimed,
    concluded,
    delivered,
    states,
    subscribed,
    told,
)
from tests.world import NOON
from web import db

DAY = timedelta(days=1)
HOSPITAL, SHOP = notices.Whose(cast.HOSPITAL), notices.Whose(attacks.SHOP)
HOSPITAL, SHOP = notices.Whose(cast.HOSPITAL), notices.Whose(attacks.SHOP)
SILENT = Answer(None, "timeout")


@pytest.fixture
def desk(engine, tmp_path):
    return attacks.open_street(engine, tmp_path)


@pytest.fixture
def place(engine, desk):
    """A hospital with two prescriptions, of two events each."""
    made = subscribed(engine)
    for number in (1, 2):
        revoked(engine, desk, number)
    told(engine)
    return made


def revoked(engine, desk, number):
    rx = attacks.received(engine, desk, number)
    with db.open_session(engine) as session:
        acts.revoke(session, desk=desk, id_=rx)
    return rx


def seqs(bodies):
    """Give the numbers in which each prescription was heard of."""
    heard: dict[str, list[int]] = {}
    for said in map(json.loads, bodies):
        data = said["data"]
        heard.setdefault(data["prescription_id"], []).append(data["seq"])
    return sorted(heard.values())


def test_what_is_taken_is_delivered_once_and_in_order(engine, place):
    assert seqs(delivered(engine, place)) == [[1, 2], [1, 2]]
    assert states(engine, place) == ["delivered"] * 4
    assert delivered(engine, place) == []


def test_a_notice_that_fails_holds_up_its_own_prescription_only(engine, place):
    bad = claimed(engine, place, limit=1)[0]
    concluded(engine, bad, ILL)
    rx = json.loads(bad.body)["data"]["prescription_id"]
    others = delivered(engine, place)
    assert seqs(others) == [[1, 2]]
    assert rx not in "".join(others)
    later = delivered(engine, place, NOON + timedelta(hours=2))
    assert seqs(later) == [[1, 2]]
    assert rx in later[0]


def test_a_message_has_the_same_number_and_words_at_each_try(engine, place):
    first = claimed(engine, place, limit=1)[0]
    concluded(engine, first, ILL)
    again = next(
        due
        for due in claimed(engine, place, NOON + timedelta(hours=2))
        if due.id == first.id
    )
    assert (again.message_id, again.body) == (first.message_id, first.body)
    assert again.tries == 1


def test_nobody_else_has_what_is_in_a_senders_hands(engine, place):
    first = claimed(engine, place)
    assert len(first) == 2
    assert claimed(engine, place) == ()
    assert claimed(engine, place, NOON + LEASE - timedelta(seconds=1)) == ()


def test_a_sender_that_died_is_followed_by_another_and_cannot_speak_any_more(
    engine, place
):
    (dead, *_) = claimed(engine, place)
    later = NOON + LEASE + timedelta(seconds=1)
    (heir,) = (due for due in claimed(engine, place, later) if due.id == dead.id)
    assert concluded(engine, dead, WELL, later) is None
    assert states(engine, place) == ["waiting"] * 4
    assert concluded(engine, heir, WELL, later) == "delivered"


def test_many_senders_at_once_send_each_notice_once(engine, place):
    heard = []

    def hear(due):
        heard.append(due.body)
        return WELL

    def send(_):
        delivered(engine, place, answer=hear)

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(send, range(4)))
    assert seqs(heard) == [[1, 2], [1, 2]]


@pytest.mark.parametrize("asked_s", [1, 90, 3600])
def test_who_asks_for_time_is_given_it(engine, place, asked_s):
    for due in claimed(engine, place):
        concluded(engine, due, Answer(429, "429", wait_s=asked_s))
    soon = NOON + timedelta(seconds=asked_s - 1)
    assert places(engine, soon) == ()
    assert places(engine, NOON + timedelta(seconds=asked_s + 1)) == (place,)


def places(engine, now):
    with db.open_session(engine, read_only=True) as session:
        return notices.places_due(session, now=now)


def test_a_place_that_does_not_answer_is_left_alone_for_all_its_notices(engine, place):
    concluded(engine, claimed(engine, place, limit=1)[0], SILENT)
    assert places(engine, NOON + timedelta(seconds=1)) == ()
    assert places(engine, NOON + timedelta(minutes=1)) == (place,)


def test_a_notice_that_is_refused_for_days_is_laid_aside_and_sent_again_by_hand(
    engine, place
):
    worn_out(engine, place)
    assert states(engine, place).count("dead") == 2
    with db.open_session(engine) as session:
        dead = notices.dead_notices(session, HOSPITAL)
        assert {(one.seq, one.last_status) for one in dead} == {(1, 500)}
        assert notices.dead_notices(session, SHOP) == ()
    later = NOON + 5 * DAY
    assert delivered(engine, place, later) == []  # what follows waits behind it
    for one in dead:
        with db.open_session(engine) as session:
            notices.send_again(
                session, one.id, whose=notices.EVERYBODY, by="b", now=later
            )
    assert seqs(delivered(engine, place, later)) == [[1, 2], [1, 2]]


def worn_out(engine, place, answer=ILL):
    """Let a place refuse everything for four days, asked every few hours."""
    for hours in range(0, 97, 4):
        delivered(engine, place, NOON + timedelta(hours=hours), lambda _: answer)


def test_what_is_given_up_lets_the_next_pass_with_a_gap(engine, place):
    worn_out(engine, place)
    with db.open_session(engine) as session:
        for one in notices.dead_notices(session):
            notices.drop(session, one.id, whose=HOSPITAL, by="b", now=NOON)
    assert seqs(delivered(engine, place, NOON + 5 * DAY)) == [[2], [2]]


def test_nobody_touches_anothers_notices_nor_one_that_is_not_laid_aside(engine, place):
    (due, *_) = claimed(engine, place)
    for whose, expected in ((SHOP, NotFound), (HOSPITAL, Conflict)):
        with db.open_session(engine) as session, pytest.raises(expected):
            notices.send_again(session, due.id, whose=whose, by="b", now=NOON)


def test_a_place_that_is_deaf_for_days_is_switched_off_and_may_be_switched_on(
    engine, place
):
    for hours in range(0, 24 * 7, 2):
        delivered(engine, place, NOON + timedelta(hours=hours), lambda _: SILENT)
    view = only(engine)
    assert view.state == "disabled"
    later = NOON + 8 * DAY
    assert places(engine, later) == ()
    with db.open_session(engine) as session:
        notices.enable(session, place, whose=HOSPITAL, by="h", now=later)
    assert seqs(delivered(engine, place, later)) == [[1, 2], [1, 2]]


def only(engine):
    with db.open_session(engine, read_only=True) as session:
        (view,) = notices.subscriptions(session)
    return view


def test_a_clock_that_jumps_makes_nobody_deaf_and_lays_nothing_aside(engine, place):
    for _ in range(2):
        for due in claimed(engine, place):
            concluded(engine, due, SILENT, NOON + 400 * DAY)
    assert only(engine).state == "active"
    assert "dead" not in states(engine, place)


def test_a_clock_that_was_ahead_delays_nothing_when_it_is_put_right(engine, place):
    ahead = NOON + 30 * DAY
    for due in claimed(engine, place, ahead, limit=1):
        concluded(engine, due, SILENT, ahead)
    claimed(engine, place, ahead + DAY)  # a sender dies with a lease of the future
    assert places(engine, NOON) == (place,)
    assert seqs(delivered(engine, place, NOON)) == [[1, 2], [1, 2]]


def test_410_ends_the_subscription_and_drops_what_waits(engine, place, desk):
    (due, *_) = claimed(engine, place, limit=1)
    concluded(engine, due, Answer(410, "410"))
    assert only(engine).state == "gone"
    assert states(engine, place) == ["dropped"] * 4
    revoked(engine, desk, 3)
    told(engine)
    assert len(states(engine, place)) == 4
    with db.open_session(engine) as session, pytest.raises(Conflict):
        notices.enable(session, place, whose=notices.EVERYBODY, by="h", now=NOON)


def test_both_secrets_sign_for_a_day_after_the_rotation(engine, place):
    with db.open_session(engine) as session:
        notices.rotate(
            session,
            VAULT,
            place,
            "whsec_bmV3",
            whose=HOSPITAL,
            by="h",
            now=NOON,
        )
    (first, *_) = claimed(engine, place, limit=1)
    assert first.secrets == ("whsec_bmV3", "whsec_c2VjcmV0")
    (late, *_) = claimed(engine, place, NOON + DAY + LEASE, limit=1)
    assert late.secrets == ("whsec_bmV3",)


def test_an_institution_has_no_more_than_ten(engine, desk):
    for _ in range(10):
        subscribed(engine)
    with pytest.raises(Conflict, match="10"):
        subscribed(engine)


def test_the_lag_is_told_by_subscriber(engine, place):
    concluded(engine, claimed(engine, place, limit=1)[0], WELL)
    subscribed(engine, attacks.SHOP)
    with db.open_session(engine, read_only=True) as session:
        all_ = notices.lags(session, now=NOON + DAY)
        own = notices.lags(session, now=NOON, whose=HOSPITAL)
    assert [(lag.waiting, lag.dead) for lag in all_.by_subscription] == [(3, 0), (0, 0)]
    assert all_.oldest_s == 24 * 3600
    assert len(own.by_subscription) == 1


def test_what_was_delivered_a_month_ago_is_forgotten(engine, place):
    delivered(engine, place)
    with db.open_session(engine) as session:
        assert notices.purge(session, now=NOON + 29 * DAY) == 0
        assert notices.purge(session, now=NOON + 31 * DAY) == 4


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_sender_cut_off_at_any_call_sends_everything_and_never_out_of_order(
    engine, desk, after_commit
):
    place = subscribed(engine)
    for number in (1, 2):
        revoked(engine, desk, number)
    told(engine)
    heard, now, step = [], NOON, 0

    def send(session):
        for due in notices.claim(session, VAULT, place, limit=9, now=now):
            heard.append(due.body)
            notices.conclude(session, due, WELL, now=now)

    while set(states(engine, place)) != {"delivered"} or step < 8:
        attacks.killed_at(engine, attacks.Fuse(step % 40, after_commit), send)
        now, step = now + LEASE + timedelta(seconds=1), step + 1
        assert step < 200
    for each in seqs(heard):
        assert each == sorted(each)  # perhaps twice, never backwards
        assert set(each) == {1, 2}


@given(seed=st.integers(0, 10**6))
def test_waits_grow_and_stay_below_an_hour_and_a_fifth(seed):
    key = str(Random(seed).random())
    waits = [wait_s(tries, key) for tries in range(1, 40)]
    assert waits == [wait_s(tries, key) for tries in range(1, 40)]
    assert 1 <= waits[0] <= 6
    assert max(waits) <= 4320
    assert max(pause_s(failures, key) for failures in range(1, 40)) <= 360


def test_no_two_subscribers_wait_in_step():
    waits = {wait_s(12, str(number)) for number in range(100)}
    assert len(waits) > 50


def test_the_address_is_as_given(engine, place):
    assert only(engine).url == URL
    assert world.SECOND_PHARMACY not in only(engine).outlet_code

"""Rounds of delivery to subscribers that answer, hang, refuse and leave; senders that die."""

import json
import os
import signal
import time
from contextlib import ExitStack
from multiprocessing import get_context
from random import Random
from threading import Lock

import pytest

from dispensing.service import notices
from fixtures import cast
from tests.dispensing import acts, attacks
from tests.notices import receiver, senders
from tests.notices.places import states
from tests.notices.receiver import receiving, status
from tests.world import NOON
from web import db
from web.webhooks import delivery, sending

FAST = 40  # a lease of 60 s is over after 1.5 s
_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.warm"])


@pytest.fixture
def street(engine, tmp_path, monkeypatch):
    """A street, a platform on it, and a hospital and a pharmacy that subscribe on demand."""
    monkeypatch.setattr(sending, "TOTAL_S", 1.0)
    desk = attacks.open_street(engine, tmp_path)
    url = engine.url.render_as_string(hide_password=False)
    settings = senders.settings_here(url, tmp_path)
    return desk, senders.platform_on(engine, settings, senders.FastClock())


def subscribe(engine, place, code=cast.HOSPITAL):
    with db.open_session(engine) as session:
        return senders.subscribe(session, code, place.url)


def revoked(engine, desk, *numbers):
    for number in numbers:
        rx = attacks.received(engine, desk, number)
        with db.open_session(engine) as session:
            acts.revoke(session, desk=desk, id_=rx)


def seqs(heard):
    """Give the numbers in which each prescription was heard of."""
    told: dict[str, list[int]] = {}
    for each in heard:
        told.setdefault(each.said["prescription_id"], []).append(each.said["seq"])
    return sorted(told.values())


def test_a_round_tells_and_sends_all_that_is_new(engine, street):
    desk, platform = street
    with receiving() as place:
        made = subscribe(engine, place)
        revoked(engine, desk, 1, 2, 3)
        done = delivery.deliver(platform, seconds_max=10)
        assert (done.told, done.taken, done.failed) == (6, 6, 0)
        assert seqs(place.heard) == [[1, 2]] * 3
        assert delivery.deliver(platform, seconds_max=10).taken == 0
    assert set(states(engine, made)) == {"delivered"}


def test_a_subscriber_that_hangs_does_not_hold_up_the_others(engine, street):
    desk, platform = street
    with receiving(receiver.hanging) as slow, receiving() as quick:
        subscribe(engine, slow)
        subscribe(engine, quick)
        revoked(engine, desk, *range(1, 6))
        begun = time.monotonic()
        done = delivery.deliver(platform, seconds_max=10)
        assert time.monotonic() - begun < 8
        assert len(quick.heard) == 10
        assert done.failed <= delivery.SENT_AT_ONCE  # then it is left alone
        assert done.taken == 10


def test_an_hour_of_500_is_outlived_without_loss_and_in_order(engine, street):
    desk, platform = street
    clock = platform.extensions["clock"]
    with receiving(status(500)) as place:
        made = subscribe(engine, place)
        revoked(engine, desk, 1, 2)
        for minutes in range(60):
            clock.began_s = time.time() - 60 * minutes
            delivery.deliver(platform, seconds_max=5)
        assert {each.said["seq"] for each in place.heard} == {1}
        assert len(place.heard) < 40
        place.heard.clear()
        place.behave = receiver.TAKING
        clock.began_s = time.time() - 2 * 3600
        delivery.deliver(platform, seconds_max=5)
        assert seqs(place.heard) == [[1, 2]] * 2
    assert set(states(engine, made)) == {"delivered"}


def test_who_says_410_hears_no_more(engine, street):
    desk, platform = street
    with receiving(status(410)) as place:
        subscribe(engine, place)
        revoked(engine, desk, 1)
        delivery.deliver(platform, seconds_max=5)
        revoked(engine, desk, 2)
        delivery.deliver(platform, seconds_max=5)
        assert len(place.heard) == 1
    with db.open_session(engine, read_only=True) as session:
        assert notices.subscriptions(session)[0].state == "gone"


def test_a_redirect_is_not_followed_and_tried_again_later(engine, street):
    desk, platform = street
    with receiving() as elsewhere, ExitStack() as kept:
        place = kept.enter_context(receiving(status(301, f"Location: {elsewhere.url}")))
        made = subscribe(engine, place)
        revoked(engine, desk, 1)
        delivery.deliver(platform, seconds_max=5)
        assert (len(place.heard), len(elsewhere.heard)) == (1, 0)
    assert states(engine, made) == ["waiting", "waiting"]


def test_a_pharmacy_is_told_of_its_settlement_under_its_own_secret(engine, street):
    desk, platform = street
    with receiving() as place:
        subscribe(engine, place, attacks.SHOP)
        rx = attacks.received(engine, desk, 1)
        with db.open_session(engine) as session:
            attacks.settle(session, desk, rx, 1)
        delivery.deliver(platform, seconds_max=5)
        said = place.heard[-1].said
    assert (said["event"], said["state"], said["outlet"]) == (
        "posted",
        "settled",
        attacks.SHOP,
    )


def test_two_senders_that_are_killed_again_and_again_lose_nothing_and_keep_the_order(
    engine, street, tmp_path
):
    """kill -9 at random; a notice may come twice, but never after a later one was taken."""
    desk, _ = street
    chance, lock, turns = Random(1), Lock(), [0]

    def moody(line, heard, over):
        with lock:
            turns[0] += 1
            ill = turns[0] % 7 == 0
        if ill:
            place.heard.remove(heard)
        (status(500) if ill else receiver.TAKING)(line, heard, over)

    with receiving(moody) as place:
        made = subscribe(engine, place)
        revoked(engine, desk, *range(1, 9))
        clock = senders.FastClock(FAST)
        url = engine.url.render_as_string(hide_password=False)
        given = (url, tmp_path, clock)

        def start():
            process = _forks.Process(target=senders.send_for_ever, args=given)
            process.start()
            return process

        running, kills = [start(), start()], 0
        until_s = time.monotonic() + 90
        while set(states(engine, made)) != {"delivered"}:
            assert time.monotonic() < until_s
            time.sleep(chance.uniform(0.05, 0.4))
            if place.heard and kills < 5:
                dead = running.pop(0)
                os.kill(dead.pid, signal.SIGKILL)
                dead.join()
                running.append(start())
                kills += 1
        for each in running:
            each.kill()
            each.join()
    assert kills >= 1
    for each in seqs(place.heard):
        assert each == sorted(each)
        assert set(each) == {1, 2}
    ids = {(each.said["prescription_id"], each.said["seq"]) for each in place.heard}
    assert len(ids) == 16
    assert len({each.headers["webhook-id"] for each in place.heard}) == 16


def test_a_name_of_our_own_network_is_never_called(engine, street):
    desk, platform = street
    closed = platform.extensions["settings"].model_copy(update={"notice_networks": ""})
    platform.extensions["settings"] = closed
    with receiving() as place:
        made = subscribe(engine, place)
        revoked(engine, desk, 1)
        assert delivery.deliver(platform, seconds_max=5).failed == 1
        assert place.heard == []
    with db.open_session(engine, read_only=True) as session:
        (lag,) = notices.lags(session, now=NOON).by_subscription
    assert (lag.waiting, lag.subscription.failures) == (2, 1)
    assert states(engine, made) == ["waiting", "waiting"]


def test_what_is_logged_names_no_address_and_no_prescription(engine, street, capsys):
    desk, platform = street
    with receiving(status(500)) as place:
        subscribe(engine, place)
        revoked(engine, desk, 1)
        delivery.deliver(platform, seconds_max=5)
        told = capsys.readouterr()
        rx = json.loads(place.heard[0].body)["data"]["prescription_id"]
    for secret in (rx, place.url, cast.HOSPITAL):
        assert secret not in told.out + told.err

"""States in step: who listens hears at once that something changed, and nothing about anybody."""

import errno
import http.client
import json
import threading
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from fixtures import cast
from tests.platform import open_platform, platform, sent
from tests.serving import THREADS, serving
from web.listening import Channel

__all__ = ["platform"]
NOBODY = "5b0b0c1e-7d0e-4c43-9d4e-0f6b8c1d2e3f"
WITHIN_S = 10
LISTENERS = 40


@pytest.fixture
def address(platform):
    with serving(platform.app) as served:
        yield served


def check(platform, rx, name="counter"):
    platform.program(name).post(f"/prescriptions/{rx}/checks", {})


def session_of(client):
    return "; ".join(f"{each.key}={each.value}" for each in client._cookies.values())


@contextmanager
def listening(address, client, topics, **more):
    """Open a stream as a browser does; give what reads its next event."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=WITHIN_S)
    with closing(line):
        headers = {"Cookie": session_of(client)}
        if "last" in more:
            headers["Last-Event-ID"] = more.pop("last")
        asked = urlencode({"topics": topics, **more})
        line.request("GET", f"/live?{asked}", headers=headers)
        answer = line.getresponse()
        yield answer, lambda: next_event(answer)


def next_event(answer):
    told = {}
    while True:
        text = answer.readline().decode().strip()
        if text and not text.startswith(":"):
            name, _, value = text.partition(": ")
            told[name] = value
        elif told:
            return told


def test_who_listens_hears_within_a_moment_that_something_changed(platform, address):
    rx = sent(platform)
    alice = platform.person("alice")
    with listening(address, alice, f"mine prescription:{rx}") as (answer, told):
        assert answer.status == 200, answer.read()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert told()["event"] == "ready"
        check(platform, rx)
        heard = told()
    assert heard["event"] == "changed"
    assert json.loads(heard["data"]) == {"changed": ["mine", f"prescription:{rx}"]}


def test_what_this_process_writes_is_told_before_the_next_look(
    platform, address, monkeypatch
):
    monkeypatch.setattr("web.live.hub.LOOK_S", 3600)
    rx = sent(platform)
    with listening(address, platform.person("counter"), "desk") as (_, told):
        told()
        check(platform, rx)
        assert told()["event"] == "changed"


def test_an_event_names_nobody(platform, address):
    rx = sent(platform)
    with listening(address, platform.person("counter"), "desk") as (_, told):
        told()
        check(platform, rx)
        heard = told()
    assert heard["data"] == '{"changed": ["desk"]}'
    assert not any(secret in str(heard) for secret in (cast.alice.person_no, str(rx)))


def test_who_comes_back_hears_what_was_missed(platform, address):
    rx = sent(platform)
    alice = platform.person("alice")
    with listening(address, alice, "mine") as (_, told):
        last = told()["id"]
    check(platform, rx)
    for heard_until in ({"last": last}, {"since": last}):
        with listening(address, alice, "mine", **heard_until) as (_, told):
            assert told()["event"] == "ready"
            assert told()["event"] == "changed"


def test_a_stream_takes_no_thread(platform, address):
    """Many more listen than there are threads, and pages are answered all the same."""
    rx = sent(platform)
    alice, clerk = platform.person("alice"), platform.person("counter")
    before = threading.active_count()
    lines = [listening(address, alice, "mine") for _ in range(LISTENERS)]
    opened = [line.__enter__() for line in lines]
    try:
        for _, told in opened:
            assert told()["event"] == "ready"
        assert LISTENERS > THREADS
        assert threading.active_count() <= before + 1  # the watcher
        assert clerk.get("/counter").status_code == 200
        check(platform, rx)
        assert {told()["event"] for _, told in opened} == {"changed"}
    finally:
        for line in lines:
            line.__exit__(None, None, None)


def test_a_line_of_a_server_that_shut_down_is_gone_and_stops_nobody():
    class Closed:
        def pull_trigger(self):
            raise OSError(errno.EBADF, "Bad file descriptor")

    line = Channel.__new__(Channel)
    line.server, line.write_soon = Closed(), lambda data: len(data)
    assert line.send_news(b"0\r\n") is False
    line.hang_up()
    assert line.will_close


def test_the_same_may_be_asked_from_time_to_time(platform):
    rx, alice = sent(platform), platform.person("alice")
    asked = f"/live/since?topics=prescription:{rx}&since="
    check(platform, rx)
    news = alice.get(asked + "0.0")
    assert news.status_code == 200
    assert news.json["changed"] == [f"prescription:{rx}"]
    assert alice.get(asked + news.json["id"]).status_code == 204
    assert alice.get(asked).status_code == 204
    # A place that was never reached here is another database's: all is told.
    assert alice.get(asked + "99999999.5").json["changed"] == [f"prescription:{rx}"]


def test_a_server_that_cannot_keep_a_line_says_so(platform):
    answer = platform.person("alice").get("/live?topics=mine")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_no_more_listen_than_are_allowed(platform, address):
    platform.app.extensions["live"]._streams_max = 1
    alice = platform.person("alice")
    with (
        listening(address, alice, "mine") as (first, told),
        listening(address, alice, "mine") as (second, _),
    ):
        assert told()["event"] == "ready"
        assert (first.status, second.status) == (200, 503)


def test_nobody_listens_to_what_is_not_theirs(platform):
    names = ("alice", "counter", "dispatcher", "hospital")
    people = {name: platform.person(name) for name in names}
    for name, topics, status in (
        ("counter", "mine", 403),
        ("alice", "desk", 403),
        ("alice", "firm", 403),
        ("hospital", "mine", 403),
        ("alice", f"prescription:{NOBODY}", 404),
        ("alice", f"plan:{NOBODY}", 403),
        ("dispatcher", f"plan:{NOBODY}", 404),
        ("alice", "prescription:1", 400),
        ("alice", f"person:{NOBODY}", 400),
        ("alice", "", 400),
        ("alice", " ".join(["mine"] * 9), 400),
    ):
        asked = people[name].get("/live/since", query_string={"topics": topics})
        assert asked.status_code == status, (name, topics)


def test_another_patients_prescription_is_not_there_to_listen_to(platform):
    rx = sent(platform)
    asked = f"/live/since?topics=prescription:{rx}"
    assert platform.person("bob").get(asked).status_code == 404
    assert platform.person("counter").get(asked).status_code == 204


def test_a_visitor_is_asked_to_sign_in(platform):
    assert platform.app.test_client().get("/live?topics=mine").status_code == 302


def test_what_one_process_writes_another_tells(postgres_url, tmp_path):
    one = open_platform(postgres_url, tmp_path)
    from tests.platform import Platform, settings_for
    from web import create_app, db

    two = Platform(
        create_app(settings_for(postgres_url, tmp_path), db.open_engine(postgres_url))
    )
    rx = sent(one)
    try:
        with (
            serving(two.app) as address,
            listening(address, two.person("alice"), "mine") as (_, told),
        ):
            assert told()["event"] == "ready"
            check(one, rx)
            assert told()["event"] == "changed"
    finally:
        for each in (one, two):
            each.app.extensions["live"].close()
            each.app.extensions["engine"].dispose()

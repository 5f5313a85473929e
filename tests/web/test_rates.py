"""Nobody keeps the platform from the others: what one caller may ask in a minute."""

import json

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from tests.platform import open_platform
from web import db, matrix, rates
from web.rates import PROGRAMS, SHARES, Rates
from web.tables import AttemptRow

MOST = 40  # read; 20 written, 2 that are dear
NOW_S = 1_800_000_010.0


@pytest.fixture
def minute(monkeypatch):
    """Hold the machine's clock still, but for what a test adds to it."""
    moved = [NOW_S]
    monkeypatch.setattr(rates, "time", lambda: moved[0])
    return moved


@pytest.fixture
def limited(minute, sqlite_url, tmp_path):
    """Open the platform with few requests in a minute."""
    opened = open_platform(sqlite_url, tmp_path, requests_minute_max=MOST)
    yield opened
    opened.app.extensions["engine"].dispose()


def asked(program, times: int, method: str = "GET", path: str = "/prescriptions"):
    return [
        program.ask(method, path, {} if method != "GET" else None) for _ in range(times)
    ]


def test_an_account_reads_so_often_in_a_minute_and_then_is_told_when_again(
    limited, minute
):
    alice = limited.program("alice")
    answers = asked(alice, MOST + 1, path="/consents")
    assert {each.status_code for each in answers[:MOST]} == {200}
    said = answers[MOST]
    assert (said.status_code, said.content_type) == (429, "application/problem+json")
    assert said.json["next"]
    assert int(said.headers["Retry-After"]) == 60 - NOW_S % 60
    assert limited.program("bob").ask("GET", "/consents").status_code == 200
    minute[0] += int(said.headers["Retry-After"])
    assert alice.ask("GET", "/consents").status_code == 200


def test_it_writes_half_as_often_and_still_reads(limited):
    hospital = limited.program("hospital")
    answers = asked(hospital, 21, "POST", "/prescriptions")
    assert [each.status_code for each in answers[18:]] == [422, 422, 429]
    assert hospital.ask("GET", "/program-keys").status_code == 200


def test_what_is_dear_is_asked_for_seldom(limited):
    dispatcher = limited.program("dispatcher")
    answers = asked(dispatcher, 3, "POST", "/plans")
    assert [each.status_code for each in answers] == [422, 422, 429]


def test_a_page_says_it_in_a_sentence(limited):
    alice = limited.person("alice")
    for _ in range(MOST + 1):
        page = alice.get("/patient/me", headers={"Accept": "text/html"})
    assert page.status_code == 429
    assert "请稍候再试" in page.text


def test_strangers_of_one_network_share_what_an_address_may_ask(limited, monkeypatch):
    monkeypatch.setattr(rates, "ADDRESSES", 1)
    visitor = limited.app.test_client()
    taken = [visitor.get("/login").status_code for _ in range(MOST + 1)]
    assert taken == [200] * MOST + [429]
    assert visitor.get("/healthz").status_code == 200
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert visitor.get("/login", environ_overrides=elsewhere).status_code == 200


def test_addresses_of_one_network_are_one():
    assert rates.network_of("2001:db8::1") == rates.network_of("2001:db8::2:3")
    assert rates.network_of("2001:db8::1") != rates.network_of("2001:db8:0:1::1")
    assert rates.network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert rates.network_of("192.0.2.1") != rates.network_of("192.0.2.2")


def test_workers_hold_one_limit_together_within_a_step_of_each(limited):
    workers, most = [Rates(100) for _ in range(3)], 100
    with limited.app.app_context():
        let_in = sum(
            worker.spend("read", "one", 1, int(NOW_S))
            for _ in range(most)
            for worker in workers
        )
        dear = sum(
            worker.spend("dear", "one", 1, int(NOW_S))
            for _ in range(9)
            for worker in workers
        )
    step = most // rates.STEPS
    assert most <= let_in <= most + step * (len(workers) - 1)
    assert dear == most * SHARES["dear"] // SHARES["read"]


def test_a_program_asks_for_all_of_its_people(limited):
    worker = Rates(MOST)
    with limited.app.app_context():
        let_in = sum(
            worker.spend("read", "key", PROGRAMS, int(NOW_S)) for _ in range(MOST * 9)
        )
    assert let_in == MOST * PROGRAMS


def test_minutes_that_are_over_are_forgotten(limited):
    worker = Rates(20)  # a step of one
    with limited.app.app_context():
        for minutes in (0, 1, 60):
            worker.spend("read", "one", 1, int(NOW_S) + 60 * minutes)
        with db.open_session(limited.app.extensions["engine"]) as session:
            assert session.exec(select(func.count()).select_from(AttemptRow)).one() == 1


def test_without_the_database_each_worker_goes_on_by_its_own_count(
    limited, monkeypatch
):
    def away(*_args, **_more):
        raise OperationalError("INSERT", None, Exception("away"))

    monkeypatch.setattr(rates.db, "open_session", away)
    worker = Rates(MOST)
    with limited.app.app_context():
        let_in = sum(worker.spend("read", "one", 1, int(NOW_S)) for _ in range(99))
    assert let_in == MOST


def test_no_limit_is_none():
    assert all(Rates(0).spend("dear", "one", 1, int(NOW_S)) for _ in range(999))


def test_every_address_tells_that_it_may_be_too_much(platform):
    told = platform.app.test_client().get("/openapi.json").text
    paths = json.loads(told)["paths"]
    operations = [each for path in paths.values() for each in path.values()]
    assert all("429" in each["responses"] for each in operations)


def test_what_is_dear_is_declared_beside_who_may_do_it():
    dear = {name for name, action in matrix.ACTIONS.items() if action.dear}
    assert {"plan.make", "own.export", "code.decode", "audit.verify"} <= dear
    assert "prescription.settle" not in dear

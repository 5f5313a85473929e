"""The sandbox as a program of its own: killed in the middle, and spoken to by two processes."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from time import sleep

import httpx
import pytest

from dispensing.gateway.national.numbers import FileNumbers
from fixtures import cast
from tests.dispensing import attacks
from tests.gateway.street import LATER, client
from tests.network import is_local
from tests.world import NOON
from web import cli, db

SHOP = cast.LUCHENG_PHARMACY


@contextmanager
def program(folder, *options):
    """Run `yaoda sandbox` on loopback; gives its process and its address."""
    asked = [sys.executable, "-P", "-m", "web.cli", "sandbox", "--books"]
    asked += [str(folder / "platform.db"), *options]
    if "--port" not in options:
        asked += ["--port", "0"]
    running = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True)
    try:
        yield running, running.stdout.readline().strip()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def street_of(engine, folder, url, number):
    """Open a desk whose client has the read timeout that a busy machine needs."""
    from tests import world

    desk = world.open_desk(client(url, folder))
    with db.open_session(engine) as session:
        world.populate(session, desk)
    return desk, [attacks.received(engine, desk, no) for no in range(1, number + 1)]


def kill_when(running, folder, booked):
    """Kill the platform as soon as it has booked so many."""
    while len(attacks.booked(folder)) < booked:
        sleep(0.001)
    running.send_signal(signal.SIGKILL)


def test_a_sandbox_killed_in_the_middle_leaves_nothing_lost_and_nothing_twice(
    sqlite_engine, tmp_path
):
    with program(tmp_path) as (running, url):
        assert is_local(httpx.URL(url).host)
        desk, ids = street_of(sqlite_engine, tmp_path, url, 12)
        killer = threading.Thread(target=kill_when, args=(running, tmp_path, 4))
        killer.start()
        states = set()
        for no, rx in enumerate(ids, 1):
            with db.open_session(sqlite_engine) as session:
                states.add(attacks.settle(session, desk, rx, no).state)
        killer.join()
        attacks.audit(sqlite_engine, tmp_path, settled=False)
    assert "unknown" in states
    port = str(httpx.URL(url).port)
    with program(tmp_path, "--port", port):
        attacks.recover(sqlite_engine, desk, LATER)
        attacks.audit(sqlite_engine, tmp_path)
    desk.gateway.close()


def settle_all(url, folder, database, ids):
    engine = db.open_engine(database)
    from tests import world

    desk = world.open_desk(client(url, folder))
    for no, rx in ids:
        with db.open_session(engine) as session:
            attacks.settle(session, desk, rx, no)
    os._exit(0)


def test_two_processes_speak_with_one_platform(sqlite_engine, sqlite_url, tmp_path):
    with program(tmp_path) as (_, url):
        desk, ids = street_of(sqlite_engine, tmp_path, url, 8)
        desk.gateway.close()
        sqlite_engine.dispose()
        fork = get_context("fork")
        numbered = list(enumerate(ids, 1))
        workers = [
            fork.Process(
                target=settle_all, args=(url, tmp_path, sqlite_url, numbered[part::2])
            )
            for part in (0, 1)
        ]
        for each in workers:
            each.start()
        for each in workers:
            each.join(60)
            assert each.exitcode == 0
        attacks.recover(sqlite_engine, desk, LATER)
        attacks.audit(sqlite_engine, tmp_path)
        assert len(attacks.booked(tmp_path)) == 8
        booked = httpx.get(f"{url}/booked").json()
        assert {each["msgid"] for each in booked} == attacks.booked(tmp_path).keys()
        desk.gateway.close()


def test_faults_are_set_over_http_and_struck_as_often_as_was_said(tmp_path):
    options = ("--fault", "down infno=1101 times=1", "--cap", "resident=1000.00")
    with program(tmp_path, *options) as (_, url):
        desk = client(url, tmp_path)
        set_ = httpx.post(f"{url}/faults", json={"kind": "refuse", "infno": "5301"})
        assert set_.status_code == 201
        assert [each["kind"] for each in set_.json()] == ["down", "refuse"]
        bad = httpx.post(f"{url}/faults", json={"kind": "sleepy"})
        assert bad.status_code == 400
        from dispensing.gateway import ChargeDeclined, Unanswered

        with pytest.raises(Unanswered):
            desk.person(SHOP, "02", cast.alice.id_number)
        assert desk.person(SHOP, "02", cast.alice.id_number).name == cast.alice.name
        with pytest.raises(ChargeDeclined, match="业务暂停受理"):
            desk.filings(SHOP, cast.alice.person_no)
        assert httpx.delete(f"{url}/faults").json() == []
        assert desk.filings(SHOP, cast.alice.person_no)[0].code == "M03900"
        assert "还没有结算" in httpx.get(url).text
        desk.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fault", "sleepy"), "expected one of"),
        (("--fault", "slow ms=x"), "whole number"),
        (("--cap", "king=1"), "resident=1000.00"),
        (("--region", "nowhere"), "expected one of national, sandbox"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path, capsys, options, said):
    asked = ["sandbox", "--books", str(tmp_path / "x.db"), *options]
    assert cli.answer(lambda: cli.app(asked, standalone_mode=False)) == 2
    told = capsys.readouterr().err
    assert told.startswith("yaoda: ")
    assert said in told
    assert told.count("\n") == 1


def test_numbers_are_drawn_once_by_threads_and_at_any_hour(tmp_path):
    numbers = [FileNumbers(tmp_path / "messages.db") for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda no: numbers[no % 2].draw(SHOP, NOON), range(200)))
    assert len(set(drawn)) == 200
    assert all(int(each[-4:]) >= 9_000 for each in drawn)
    assert numbers[0].draw(SHOP, NOON.replace(hour=9)) not in drawn


def test_a_second_has_a_thousand_numbers_and_then_the_next_one_is_used(tmp_path):
    numbers = FileNumbers(tmp_path / "messages.db")
    numbers.draw(SHOP, NOON)
    with closing(sqlite3.connect(tmp_path / "messages.db")) as books, books:
        books.execute("UPDATE drawn SET used = 998")
    drawn = [numbers.draw(SHOP, NOON)[12:] for _ in range(4)]
    assert drawn[:2] == ["202509151200009998", "202509151200009999"]
    assert drawn[2:] == ["202509151200019000", "202509151200019001"]

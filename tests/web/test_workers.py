"""Several processes serve one PostgreSQL: all of them answer, one of them leads."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from sqlalchemy import text

from tests.platform import ROOT
from tests.waiting import until
from web import cli, db
from web.leading import LEAD, Lead, leads

WAIT_S = 60


@contextmanager
def served(
    url: str, folder: Path, workers: int
) -> Iterator[tuple[subprocess.Popen, int]]:
    """Serve as an operator does; gives the parent and the port."""
    told = folder / "told"
    environ = {
        **os.environ,
        "YAODA_DATABASE_URL": url,
        "YAODA_VAR_DIR": str(folder / "var"),
        "YAODA_SWEEP_SECONDS": "1",
    }
    command = [sys.executable, "-P", "-m", "web.cli", "serve", "--port", "0"]
    with told.open("w") as out:
        parent = subprocess.Popen(
            [*command, "--workers", str(workers)], cwd=ROOT, env=environ, stdout=out
        )
    try:
        found = until(lambda: re.search(r":(\d+)\n", told.read_text()))
        yield parent, int(found[1])
    finally:
        parent.terminate()
        parent.wait(WAIT_S)


def answers(port: int) -> bool:
    with (
        closing(HTTPConnection("127.0.0.1", port, timeout=WAIT_S)) as connection,
        suppress(OSError, HTTPException),
    ):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False


def children(parent: int) -> list[int]:
    return [
        int(no)
        for no in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ]


def lives(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


def leaders(url: str) -> int:
    engine = db.open_engine(url)
    with engine.connect() as connection:
        asked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        found = connection.scalar(asked)
    engine.dispose()
    return found


def test_workers_answer_and_a_dead_one_is_replaced(postgres_url, tmp_path):
    with served(postgres_url, tmp_path, workers=2) as (parent, port):
        until(lambda: answers(port))
        until(lambda: leaders(postgres_url) == 1)
        before = until(lambda: len(children(parent.pid)) == 2 and children(parent.pid))
        for pid in before:  # one of them leads
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(children(parent.pid)) - set(before)) == 2)
        until(lambda: answers(port))
        until(lambda: leaders(postgres_url) == 1)
        mine = children(parent.pid)
    assert parent.returncode == 0
    until(lambda: not any(lives(pid) for pid in mine))


def test_workers_end_with_a_parent_that_was_killed(postgres_url, tmp_path):
    with served(postgres_url, tmp_path, workers=2) as (parent, port):
        until(lambda: answers(port))
        mine = children(parent.pid)
        parent.kill()
        until(lambda: not any(lives(pid) for pid in mine))


def test_one_leads_and_the_next_takes_over(postgres_url):
    engines = [db.open_engine(postgres_url) for _ in range(2)]
    first, second = (Lead(engine) for engine in engines)
    assert [first.is_ours(), second.is_ours(), first.is_ours()] == [True, False, True]
    first.give_up()
    assert [second.is_ours(), first.is_ours()] == [True, False]
    with engines[0].connect() as connection:  # the database loses the leader's line
        killed = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
        connection.execute(text(killed))
        connection.commit()
    until(first.is_ours)
    assert not second.is_ours()
    for each in (first, second):
        each.give_up()
    for engine in engines:
        engine.dispose()


def test_alone_one_always_leads(sqlite_engine, platform):
    assert Lead(sqlite_engine).is_ours()
    assert leads(platform.app)
    platform.app.extensions[LEAD] = Lead(sqlite_engine)
    assert leads(platform.app)


def test_sqlite_is_served_by_one_process(sqlite_url, monkeypatch, capsys):
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)
    command = ["serve", "--workers", "2"]
    assert cli.answer(lambda: cli.app(command, standalone_mode=False)) == 2
    assert "on SQLite one process serves" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_in_one_line(
    postgres_url, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("YAODA_DATABASE_URL", postgres_url)
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    from socket import socket

    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = ["serve", "--workers", "2", "--port", port]
        assert cli.answer(lambda: cli.app(command, standalone_mode=False)) == 2
    assert "cannot listen" in capsys.readouterr().err

"""A worker that is told to end finishes the job in hand first."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.tables import NoticeRow
from fixtures import cast
from tests import world
from tests.jobs.test_working import drop_jobs, until
from tests.notices import senders
from tests.notices.receiver import WELL, receiving
from tests.platform import OVERLAY, ROOT, open_platform
from tests.world import NOON
from web import db

ENDS_S_MAX = 60


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    on_file = request.param == "sqlite"
    address = request.getfixturevalue("sqlite_url" if on_file else "postgres_url")
    yield address
    if not on_file:
        drop_jobs(address)


def working(url, folder):
    """Start `yaoda work` as a process of its own."""
    told = {
        "YAODA_VAR_DIR": str(folder / "var"),
        "YAODA_DATABASE_URL": url,
        "YAODA_OVERLAY": str(OVERLAY),
        "YAODA_CLOCK_START": NOON.isoformat(),
        "YAODA_NOTICE_NETWORKS": "127.0.0.0/8",
        "YAODA_NOTICE_HTTP": "true",
        "YAODA_NOTICE_SECONDS": "1",
        "PYTHONPATH": str(ROOT),
    }
    asked = [sys.executable, "-m", "web.cli", "work"]
    return subprocess.Popen(
        asked,
        cwd=folder,
        env={**os.environ, **told},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_worker_that_is_told_to_end_finishes_the_job_in_hand(url, tmp_path):
    answers = threading.Event()

    def slow(line: socket.socket, _heard: object, _over: threading.Event) -> None:
        answers.wait(30)
        line.sendall(WELL)

    town = open_platform(url, tmp_path)
    engine, desk = town.app.extensions["engine"], town.app.extensions["desk"]
    with receiving(slow) as place:
        with db.open_session(engine) as session:
            senders.subscribe(session, cast.HOSPITAL, place.url, vault=desk.vault)
        with db.open_session(engine) as session:
            service.receive(session, desk, world.message(), now=NOON)
        process = working(url, tmp_path)
        try:
            until(lambda: place.heard, ENDS_S_MAX)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.5)  # the job in hand is not over
            answers.set()
            assert process.wait(timeout=ENDS_S_MAX) == 0
        finally:
            answers.set()
            process.kill()
            process.wait(timeout=ENDS_S_MAX)
    assert states(engine) == ["delivered"]
    engine.dispose()


def states(engine) -> list[str]:
    session: Session
    with db.open_session(engine, read_only=True) as session:
        return [row.state for row in session.exec(select(NoticeRow))]

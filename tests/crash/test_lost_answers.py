"""Answers that are lost, workers that die: what was begun is found out and finished."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import StillRunning
from dispensing.gateway import Charge, Receipt, Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.views import SettledView
from tests import world
from tests.calls import Cut, die_at_once, hooked
from tests.dispensing import attacks
from tests.dispensing.attacks import Fuse
from tests.world import NOON
from web import db

LATER = NOON + timedelta(seconds=31)
KILLED_AT = (3, 9, 14, 21, 30, 41, 55, 70)  # calls of the database, spread over 4 acts


def settle_in_the_end(engine: Engine, desk: Desk, id_: UUID, batch: int) -> SettledView:
    """Ask as a counter does: wait while it runs, and scan again where it came to nothing."""
    for now in (NOON, LATER, LATER):
        with db.open_session(engine) as session, suppress(StillRunning):
            settled = attacks.settle(session, desk, id_, batch, now=now)
            if settled.state != "void":
                break
    return settled


def live_and_die(url: str, folder: Path, ids: dict[int, UUID], calls: int) -> None:
    """Settle, and reverse every second one, until kill -9 comes."""
    engine = db.open_engine(url)
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    cut = Cut(calls, die_at_once)
    with hooked(engine, cut), db.open_session(engine) as session:
        for number, id_ in ids.items():
            attacks.settle(session, desk, id_, number)
            if number % 2:
                attacks.reverse(session, desk, id_)
    os._exit(0)


def in_process(act: Callable[..., None], *args: object) -> int | None:
    """Run an act in a process of its own; gives its exit code, negative for a signal."""
    child = get_context("fork").Process(target=act, args=args)
    child.start()
    child.join(60)
    return child.exitcode


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_process_killed_in_the_middle_leaves_books_that_can_be_finished(
    request, tmp_path, kind
):
    url = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    engine = db.open_engine(url)
    desk = attacks.open_street(engine, tmp_path)
    for round_, calls in enumerate(KILLED_AT):
        numbers = range(4 * round_ + 1, 4 * round_ + 5)
        ids = {no: attacks.received(engine, desk, no) for no in numbers}
        engine.dispose()  # a connection of SQLite must not live in two processes
        died = in_process(live_and_die, url, tmp_path, ids, calls)
        assert died == -signal.SIGKILL
        attacks.audit(engine, tmp_path, settled=False)
        attacks.recover(engine, desk, LATER)
        attacks.audit(engine, tmp_path)
        for no, id_ in ids.items():
            assert settle_in_the_end(engine, desk, id_, no).state == "posted"
    attacks.audit(engine, tmp_path)
    engine.dispose()


def test_a_failed_commit_frees_the_database_for_the_next(sqlite_engine):
    with sqlite_engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        late = "REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED"  # fails at COMMIT
        connection.execute(text(f"CREATE TABLE b (a INTEGER {late})"))
    with db.open_session(sqlite_engine) as session:
        session.execute(text("INSERT INTO b VALUES (1)"))
        with pytest.raises(IntegrityError):
            session.commit()
    for _ in range(2):
        with db.open_session(sqlite_engine) as session:
            assert session.scalar(text("SELECT count(*) FROM b")) == 0
            session.commit()


class BrokenFor(SandboxGateway):
    """A platform whose adapter fails, in a way that nobody foresaw, for one number."""

    msgid = ""

    def query(self, msgid: str) -> None:
        if msgid == self.msgid:
            raise ZeroDivisionError
        return super().query(msgid)


def test_one_that_cannot_be_finished_does_not_stop_the_others(engine, tmp_path, caplog):
    desk = attacks.open_street(engine, tmp_path)
    for number in (1, 2):
        id_ = attacks.received(engine, desk, number)
        act = partial(attacks.settle, desk=desk, id_=id_, batch=number)
        assert attacks.killed_at(engine, Fuse(0, after_commit=True), act)
    broken = BrokenFor(tmp_path / "platform.db")
    with db.open_session(engine) as session:
        broken.msgid = service.settlement(session, id_).msgid
    assert attacks.recover(engine, world.open_desk(broken), LATER) == 1
    assert [record.message for record in caplog.records] == [
        f"settlement {broken.msgid} is not finished: ZeroDivisionError"
    ]
    attacks.audit(engine, tmp_path, settled=False)
    assert attacks.recover(engine, desk, LATER) == 1
    attacks.audit(engine, tmp_path)


class Deaf(SandboxGateway):
    """A platform that does as it is told and says nothing."""

    deaf = False

    def charge(self, charge: Charge) -> Receipt:
        receipt = super().charge(charge)
        self._stay_silent(charge.msgid)
        return receipt

    def query(self, msgid: str) -> object:
        answer = super().query(msgid)
        self._stay_silent(msgid)
        return answer

    def reverse(self, msgid: str, *at: datetime) -> None:
        super().reverse(msgid, *at)
        self._stay_silent(msgid)

    def _stay_silent(self, msgid: str) -> None:
        if self.deaf:
            raise Unanswered(msgid)


def test_a_platform_that_never_answers_changes_nothing_however_often_asked(
    engine, tmp_path
):
    attacks.open_street(engine, tmp_path)
    platform = Deaf(tmp_path / "platform.db")
    desk = world.open_desk(platform)
    ids = [attacks.received(engine, desk, number) for number in (1, 2)]
    settle_in_the_end(engine, desk, ids[1], 2)
    platform.deaf = True
    with db.open_session(engine) as session:
        assert attacks.settle(session, desk, ids[0], 1).state == "unknown"
        assert attacks.reverse(session, desk, ids[1]).state == "reversing"
    for _ in range(3):
        assert attacks.recover(engine, desk, LATER) == 0
        attacks.audit(engine, tmp_path, settled=False)
    with db.open_session(engine) as session:
        states = [service.settlement(session, id_).state for id_ in ids]
    assert states == ["unknown", "reversing"]
    platform.deaf = False
    assert attacks.recover(engine, desk, LATER) == 2
    attacks.audit(engine, tmp_path)
    assert list(attacks.booked(tmp_path).values()) == [441]


def test_a_platform_whose_books_cannot_be_written_does_not_answer(tmp_path):
    path = tmp_path / "platform.db"
    platform = SandboxGateway(path)
    with sqlite3.connect(path) as books:
        books.execute("DROP TABLE charge")
    books.close()
    with pytest.raises(Unanswered):
        platform.query("1")
    with pytest.raises(Unanswered):
        platform.reverse("1")

"""Two acts at the same moment: one of them wins, and the books agree."""

import re
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from dispensing.desk import Desk
from dispensing.errors import StillRunning
from dispensing.gateway import Charge, Receipt
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.receiving import prescription_row
from dispensing.service.views import SettledView
from dispensing.tables import (
    MessageNumberRow,
    PrescriptionRow,
    SettlementRow,
    TraceSaleRow,
)
from tests import world
from tests.calls import COMMIT, Hook, hooked
from tests.dispensing import acts, attacks
from tests.dispensing.acts import ACTS
from tests.dispensing.attacks import SHOP
from tests.world import NOON
from web import db

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = NOON + timedelta(seconds=31)
COUNTERS = 30
PROCESSES = 3
EACH = 8  # settlements of each process
ROUNDS = 2
# What happens twice each at the same moment, to a prescription in the first-named state.
AT_ONCE = (
    "received: settle reverse",
    "received: settle check",
    "received: settle revoke",
    "settled: reverse",
    "settled: reverse collect",
    "settled: reverse order",
    "settled: reverse settle",
    "settled: order collect",
    "settled: check collect",
)
# Everybody locks in this order; see dispensing/service/holding.py.
LOCKS = (
    *("plan", "route", "prescription", "settlement", "person", "allowance"),
    *("message_number", "stock_batch", "delivery_order", "desk_case"),
)


class Hooked(SandboxGateway):
    """A platform beside which something else happens, once, before or after it answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "platform.db")
        self.beside: dict[str, Callable[[], object]] = {}

    def charge(self, charge: Charge) -> Receipt:
        self._pause("before charge")
        return super().charge(charge)

    def query(self, msgid: str) -> Receipt | None:
        answer = super().query(msgid)
        self._pause("after query")
        return answer

    def reverse(self, msgid: str, *at: datetime) -> None:
        self._pause("before reverse")
        super().reverse(msgid, *at)
        self._pause("after reverse")

    def _pause(self, when: str) -> None:
        self.beside.pop(when, lambda: None)()


@pytest.mark.parametrize("what", AT_ONCE)
def test_two_acts_at_once_leave_books_that_agree(engine, tmp_path, what):
    desk = attacks.open_street(engine, tmp_path)
    begin, names = what.split(": ")
    for number in range(1, ROUNDS + 1):
        id_ = attacks.received(engine, desk, number)
        if begin == "settled":
            with db.open_session(engine) as session:
                attacks.settle(session, desk, id_, number)
        both = [
            partial(ACTS[name], desk=desk, id_=id_, batch=number)
            for name in names.split() * 2
        ]
        attacks.at_once(engine, both)
        attacks.audit(engine, tmp_path, settled=False)
    attacks.recover(engine, desk, LATER)
    attacks.audit(engine, tmp_path)


def test_one_prescription_at_thirty_counters_is_settled_once(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    counters = [
        partial(attacks.settle, desk=desk, id_=id_, batch=no) for no in range(COUNTERS)
    ]
    answers = attacks.at_once(engine, counters)
    settled = {each.id for each in answers if isinstance(each, SettledView)}
    assert len(settled) == 1
    assert all(isinstance(each, SettledView | StillRunning) for each in answers)
    attacks.audit(engine, tmp_path)
    assert list(attacks.booked(tmp_path).values()) == [441]


def work_at(url: str, folder: Path, ids: dict[int, UUID]) -> None:
    """Be one process among several: settle all, and reverse every third one."""
    engine = db.open_engine(url)
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    for number, id_ in ids.items():
        with db.open_session(engine) as session, suppress(StillRunning):
            attacks.settle(session, desk, id_, number)
            if number % 3 == 0:
                attacks.reverse(session, desk, id_)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_share_one_database(request, tmp_path, kind):
    url = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    engine = db.open_engine(url)
    desk = attacks.open_street(engine, tmp_path)
    numbers = range(1, EACH + 1)
    ids = {number: attacks.received(engine, desk, number) for number in numbers}
    engine.dispose()  # a connection of SQLite must not live in two processes
    fork = get_context("fork")
    workers = [
        fork.Process(target=work_at, args=(url, tmp_path, ids))
        for _ in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    attacks.recover(engine, desk, LATER)
    attacks.audit(engine, tmp_path)
    engine.dispose()


@pytest.mark.parametrize("when", ["before reverse", "after reverse"])
def test_nothing_else_is_done_with_what_is_being_reversed(engine, tmp_path, when):
    attacks.open_street(engine, tmp_path)
    platform = Hooked(tmp_path)
    desk = world.open_desk(platform)
    for number, name in enumerate(ACTS, start=1):
        id_ = attacks.received(engine, desk, number)
        with db.open_session(engine) as session:
            attacks.settle(session, desk, id_, number)
        rival = partial(ACTS[name], desk=desk, id_=id_, batch=number)
        platform.beside[when] = partial(attacks.at_once, engine, [rival])
        with db.open_session(engine) as session:
            assert attacks.reverse(session, desk, id_).state == "reversed", name
        attacks.audit(engine, tmp_path)


@pytest.mark.parametrize("when", ["after query", "before reverse", "after reverse"])
def test_a_charge_that_arrives_while_it_is_given_up_is_booked_by_both_or_neither(
    engine, tmp_path, when
):
    """The charge takes longer than it may; another counter asks what became of it."""
    attacks.open_street(engine, tmp_path)
    platform = Hooked(tmp_path)
    desk = world.open_desk(platform)
    id_ = attacks.received(engine, desk, 1)
    asked, charged = threading.Event(), threading.Event()

    def give_up() -> None:
        with db.open_session(engine) as other:
            acts.resolve(other, desk=desk, id_=id_, now=LATER)

    other = threading.Thread(target=give_up)
    platform.beside[when] = lambda: (asked.set(), charged.wait(10))
    platform.beside["before charge"] = lambda: (other.start(), asked.wait(10))
    with db.open_session(engine) as session, suppress(Exception):
        attacks.settle(session, desk, id_, 1)
    charged.set()
    other.join()
    attacks.recover(engine, desk, LATER)
    attacks.audit(engine, tmp_path)


def test_a_sweep_reverses_what_it_found_and_not_what_came_after(engine, tmp_path):
    attacks.open_street(engine, tmp_path)
    platform = Hooked(tmp_path)
    desk = world.open_desk(platform)
    ids = {number: attacks.received(engine, desk, number) for number in (1, 2)}
    for number, id_ in ids.items():
        with db.open_session(engine) as session:
            attacks.settle(session, desk, id_, number)
        undo = partial(attacks.reverse, desk=desk, id_=id_)
        assert attacks.killed_at(engine, attacks.Fuse(0, after_commit=True), undo)

    def counter_is_faster() -> None:
        with db.open_session(engine) as other:
            for number, id_ in ids.items():
                attacks.reverse(other, desk, id_)
                attacks.settle(other, desk, id_, number)

    platform.beside["before reverse"] = counter_is_faster
    attacks.recover(engine, desk, LATER)
    attacks.audit(engine, tmp_path)
    assert len(attacks.booked(tmp_path)) == 2


class Locks(Hook):
    """Notes the tables whose rows are locked, unit of work by unit of work."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def before(self, statement: str, connection: object) -> str:
        if statement == COMMIT:
            self.seen.append("")
        for lock in re.finditer(r"FOR UPDATE(?: OF (\w+))?", statement):
            asked = re.findall(r"FROM (\w+)", statement[: lock.start()])
            self.seen.append(lock[1] or asked[-1])
        return statement


def test_everybody_locks_in_the_same_order(postgres_engine, tmp_path):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    one, two = (attacks.received(engine, desk, number) for number in (1, 2))
    locks = Locks()
    with hooked(engine, locks), db.open_session(engine) as session:
        acts.check(session, desk=desk, id_=one)
        attacks.settle(session, desk, one, 1)
        acts.order(session, desk=desk, id_=one)
        acts.pack(session, desk=desk, id_=one)
        attacks.reverse(session, desk, one)
        attacks.settle(session, desk, two, 2)
        acts.collect(session, desk=desk, id_=two)
    for unit in "|".join(locks.seen).split("||"):
        ranks = [LOCKS.index(name) for name in dict.fromkeys(unit.split("|")) if name]
        assert ranks == sorted(ranks), unit
    assert len(locks.seen) > 20


def test_a_locked_row_is_read_anew(postgres_engine, tmp_path):
    desk = attacks.open_street(postgres_engine, tmp_path)
    id_ = attacks.received(postgres_engine, desk, 1)
    with db.open_session(postgres_engine) as session:
        before = session.get_one(PrescriptionRow, id_)
        with db.open_session(postgres_engine) as other:
            attacks.settle(other, desk, id_, 1)
        assert before.state == "received"
        assert prescription_row(session, id_, lock=True).state == "settled"


def test_packs_are_written_down_in_the_order_of_their_codes(engine, tmp_path):
    """Two outlets that scan the same packs in another order must not wait in a ring."""
    desk = attacks.open_street(engine, tmp_path)
    lines = [{**world.message()["lines"][0], "quantity": 20}]
    id_ = attacks.received(engine, desk, 1, lines=lines)
    mixed = world.trace_codes(quantity=20)[1][::-1]
    with db.open_session(engine) as session:
        attacks.settle(session, desk, id_, 1, trace_codes={1: mixed})
        sold = session.exec(select(TraceSaleRow.code).order_by(TraceSaleRow.id)).all()
    assert list(sold) == sorted(mixed)


def last_number(session: Session, number: int) -> None:
    session.merge(MessageNumberRow(outlet_code=SHOP, last=number))
    session.commit()


def test_message_numbers_differ_where_the_running_number_begins_anew(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    ids = [attacks.received(engine, desk, number) for number in range(12)]
    with db.open_session(engine) as session:
        last_number(session, 8_995)
    one_second = [
        partial(attacks.settle, desk=desk, id_=id_, batch=no)
        for no, id_ in enumerate(ids)
    ]
    attacks.at_once(engine, one_second)
    attacks.audit(engine, tmp_path)
    with db.open_session(engine) as session:
        msgids = session.exec(select(SettlementRow.msgid)).all()
    wrapped = [*range(8_996, 9_000), *range(8)]
    stem = f"{SHOP}20250915120000"
    assert sorted(msgids) == sorted(f"{stem}{number:04d}" for number in wrapped)


def _settle(engine: Engine, desk: Desk, id_: UUID, batch: int) -> None:
    with db.open_session(engine) as session:
        attacks.settle(session, desk, id_, batch)


def test_readers_do_not_wait_for_writers_that_wait(sqlite_engine, tmp_path):
    engine = sqlite_engine
    desk = attacks.open_street(engine, tmp_path)
    ids = [attacks.received(engine, desk, number) for number in range(COUNTERS)]
    writers = [
        threading.Thread(target=_settle, args=(engine, desk, id_, no))
        for no, id_ in enumerate(ids)
    ]
    with db.open_session(engine) as first:
        first.execute(text("SELECT 1"))
        for writer in writers:
            writer.start()
        with db.open_session(engine, read_only=True) as reader:
            assert reader.exec(select(SettlementRow)).all() == []
        first.commit()
    for writer in writers:
        writer.join()
    attacks.audit(engine, tmp_path)

"""Processes whose clocks are a day apart share one database, and no fen moves twice."""

from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from dispensing.days import CHINA
from dispensing.errors import DomainError
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.tables import SettlementRow
from tests import world
from tests.clock.test_year_ends import EVE, NEW_YEAR, issued, settle, used
from tests.dispensing import attacks
from tests.world import NOON
from web import db

DAY = timedelta(days=1)
DRIFTS = (-DAY, timedelta(), DAY)
SETTLEMENTS = 6
LEAP_EVE = datetime(2028, 2, 28, 23, 59, 59, 900_000, CHINA)


def live_at(url: str, folder: Path, drift: timedelta, ids: dict[int, UUID]) -> None:
    """Settle all and reverse every second one, by a clock of one's own."""
    engine = db.open_engine(url)
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    now = NOON + drift
    for number, id_ in ids.items():
        with db.open_session(engine) as session, suppress(DomainError):
            attacks.settle(session, desk, id_, number, now=now)
            if number % 2:
                attacks.reverse(session, desk, id_, now=now)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_whose_clocks_are_a_day_apart_settle_each_bill_once(
    request, tmp_path, kind
):
    url = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    engine = db.open_engine(url)
    desk = attacks.open_street(engine, tmp_path)
    good = {"issued_at": "2025-09-14T08:00:00+08:00", "valid_days": 3}
    numbers = range(1, SETTLEMENTS + 1)
    ids = {no: attacks.received(engine, desk, no, **good) for no in numbers}
    engine.dispose()  # a connection of SQLite must not live in two processes
    workers = [
        get_context("fork").Process(target=live_at, args=(url, tmp_path, drift, ids))
        for drift in DRIFTS
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)
    for drift in DRIFTS:
        attacks.recover(engine, desk, NOON + drift + timedelta(seconds=31))
    attacks.audit(engine, tmp_path)
    with db.open_session(engine, read_only=True) as session:
        found = session.exec(select(SettlementRow.prescription_id)).all()
    assert set(found) == set(ids.values())
    engine.dispose()


def test_one_process_after_another_by_clocks_a_day_apart(engine, tmp_path):
    """The twin: what one clock has settled, the others find settled."""
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(
        engine, desk, 1, issued_at="2025-09-14T08:00:00+08:00", valid_days=3
    )
    first = settle(engine, desk, id_, NOON + DAY)
    for drift in DRIFTS:
        assert settle(engine, desk, id_, NOON + drift) == first
        assert attacks.recover(engine, desk, NOON + drift) == 0
    attacks.audit(engine, tmp_path)


def test_a_reversal_by_a_clock_still_in_the_old_year_frees_the_year_charged(
    engine, tmp_path
):
    desk = attacks.open_street(engine, tmp_path)
    ids = [issued(engine, desk, EVE, number) for number in (1, 2)]
    settle(engine, desk, ids[0], NEW_YEAR, 1)
    settle(engine, desk, ids[1], EVE, 2)  # another counter's clock is behind
    before = used(engine)
    assert before[2026][1] == 1_260
    with db.open_session(engine) as session:
        attacks.reverse(session, desk, ids[0], now=EVE)
    assert used(engine) == {**before, 2026: (0, 0)}
    with db.open_session(engine) as session:
        attacks.reverse(session, desk, ids[1], now=NEW_YEAR)
    assert used(engine) == {2025: (0, 10_000), 2026: (0, 0)}
    attacks.audit(engine, tmp_path)


def test_the_leap_day_begins_and_ends_with_its_moments_in_china(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    a_bit = timedelta(milliseconds=200)
    ids = [issued(engine, desk, LEAP_EVE, number) for number in (1, 2, 3)]
    days = [
        settle(engine, desk, id_, LEAP_EVE + after, number).on.isoformat()
        for number, (id_, after) in enumerate(
            zip(ids, (timedelta(), a_bit, DAY), strict=True), start=1
        )
    ]
    assert days == ["2028-02-28", "2028-02-29", "2028-02-29"]
    attacks.audit(engine, tmp_path)

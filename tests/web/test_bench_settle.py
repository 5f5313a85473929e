"""The yardstick of the settlements is honest: plain sqlite3 writes the very same rows."""

import sqlite3
from contextlib import closing

import pytest

from dispensing.desk import Desk
from dispensing.policy import WatchedOverlay
from dispensing.vault import Vault
from web import bench, bench_settle
from web.bench_settle import hot, plain, town

TABLES = ("settlement", "ledger", "trace_sale", "supply", "stock_movement", "verdict")


@pytest.fixture
def desk() -> Desk:
    gateway = hot.Prompt(":memory:")
    overlay = WatchedOverlay(town.overlay())
    return Desk(overlay, gateway, Vault(b"v" * 32), b"c" * 32)


def rows(path) -> dict[str, list]:
    with closing(sqlite3.connect(path)) as books:
        found = {
            table: books.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            for table in TABLES
        }
        used = "SELECT * FROM allowance ORDER BY person_no"
        return {**found, "allowance": books.execute(used).fetchall()}


def test_plain_sqlite_writes_the_same_rows(tmp_path, desk, monkeypatch):
    monkeypatch.setattr(plain, "WARM", 0)
    path, people = plain.prepare(tmp_path, desk, 12)
    calls = plain.recorded(path, desk, people)
    ours = rows(tmp_path / "ours.db")
    every_s, posted_s = plain.replayed_s(path, calls)
    assert rows(tmp_path / "plain.db") == ours
    assert len(ours["settlement"]) == 12
    assert 0 < posted_s < every_s
    monkeypatch.setattr(plain, "WARM", 2)
    assert len(plain.settled_ms(path, desk, people)) == 10
    assert plain.posted_by_us(path, desk, people) > 0


def test_what_is_missed_is_said():
    seen = bench_settle.Seen()
    for _, mine, other, promised in bench_settle.RATIOS:
        seen.per_s[mine] = [10.0]
        seen.per_s[other] = [100.0 if promised == 0.5 else 10.0]
    told: list[str] = []
    bench_settle.tell(seen, told.append)
    said = "\n".join(told)
    assert "SQLite posting by us / by sqlite3: 0.10 (MISSED: 0.5 was promised)" in said
    assert "posting by us / by pgbench, c=1: 1.00 (held: 0.65 was promised)" in said


def test_prescriptions_of_the_sample_settle_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "SETTLEMENTS", 12)
    assert len(bench._settled_ms(tmp_path)) == 12

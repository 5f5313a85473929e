"""SQLite: settlements through the service, and the same rows by plain sqlite3."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from web import db, migrating
from web.bench_settle import hot, town

Call = tuple[str, Any]  # a statement and its rows; None for one without any
WARM = 100  # settlements before the first that counts: what is read once has been read
_WRITES = ("INSERT", "UPDATE", "BEGIN", "COMMIT")


def prepare(folder: Path, desk: Desk, wanted: int) -> tuple[Path, list[town.Customer]]:
    """Make a database with people who each have a prescription to be settled."""
    path = folder / "town.db"
    engine = db.open_engine(f"sqlite:///{path}")
    migrating.create(engine)
    town.settle_in(engine, desk)
    people = town.customers(engine, desk, first=1, count=wanted)
    engine.dispose()
    return path, people


def settled_ms(path: Path, desk: Desk, people: Sequence[town.Customer]) -> list[float]:
    """Settle one after another through the service; gives the milliseconds of each."""
    return _settled(path, desk, people, None)


def posted_by_us(path: Path, desk: Desk, people: Sequence[town.Customer]) -> float:
    """Open all, then post one after another; gives the postings a second."""
    engine = db.open_engine(f"sqlite:///{_copy(path, 'ours')}")
    opened = [hot.open_one(engine, desk, each) for each in people]
    hot.posted_by_us(engine, opened[:WARM])
    done = hot.posted_by_us(engine, opened[WARM:])
    engine.dispose()
    return done


def recorded(path: Path, desk: Desk, people: Sequence[town.Customer]) -> list[Call]:
    """Settle once more, and note what is written, call by call."""
    noted: list[Call] = []
    _settled(path, desk, people, noted)
    return noted


def replayed_s(path: Path, calls: Sequence[Call]) -> tuple[float, float]:
    """Write the same by plain sqlite3, as durably; seconds of all, and of postings alone."""
    copy = _copy(path, "plain")
    with closing(sqlite3.connect(copy, isolation_level=None)) as books:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            books.execute(f"PRAGMA {pragma}")
        spent_s = [_written_s(books, each) for each in _transactions(calls)]
    return sum(spent_s), sum(spent_s[1::2])  # each is opened, then posted


def _written_s(books: sqlite3.Connection, calls: Sequence[Call]) -> float:
    begun = perf_counter()
    for statement, rows in calls:
        if rows is None:
            books.execute(statement)
        else:
            books.executemany(statement, rows)
    return perf_counter() - begun


def _transactions(calls: Sequence[Call]) -> list[list[Call]]:
    found: list[list[Call]] = []
    for call in calls:
        if call[0].startswith("BEGIN"):
            found.append([])
        found[-1].append(call)
    return found


class _Cursor(sqlite3.Cursor):
    noted: list[Call]

    def execute(self, statement: str, *given: Any) -> "_Cursor":
        if statement.lstrip().startswith(_WRITES):
            self.noted.append((statement, [given[0]] if given and given[0] else None))
        super().execute(statement, *given)
        return self

    def executemany(self, statement: str, rows: Any) -> "_Cursor":
        self.noted.append((statement, list(rows)))
        super().executemany(statement, rows)
        return self


class _Connection(sqlite3.Connection):
    def __init__(self, *given: Any, noted: list[Call], **more: Any) -> None:
        super().__init__(*given, **more)
        self.noted = noted

    def cursor(self, factory: Any = _Cursor) -> Any:
        made = super().cursor(factory)
        made.noted = self.noted
        return made

    def commit(self) -> None:
        self.noted.append(("COMMIT", None))
        super().commit()


def _settled(
    path: Path, desk: Desk, people: Sequence[town.Customer], noted: list[Call] | None
) -> list[float]:
    engine = db.open_engine(f"sqlite:///{_copy(path, 'ours')}")
    if noted is not None:
        noting = partial(_Connection, noted=noted)
        engine.dialect.connect = partial(engine.dialect.connect, factory=noting)  # type: ignore[method-assign]
    spent = []
    for one in people:
        begun = perf_counter()
        with db.open_session(engine) as session:
            settle(session, desk, one, town.now())
        spent.append((perf_counter() - begun) * 1000)
        if noted is not None and len(spent) == WARM:
            noted.clear()
    engine.dispose()
    return spent[WARM:]


def settle(session: Session, desk: Desk, one: town.Customer, now: datetime) -> None:
    """Settle a prescription by card."""
    settled = service.settle(
        session,
        desk,
        prescription_id=one.prescription_id,
        outlet_code=one.outlet_code,
        voucher="card",
        scanned_code=one.id_number,
        trace_codes=one.trace_codes,
        override=None,
        tender="cash",
        by="bench",
        now=now,
    )
    assert settled.state == "posted", settled.state


def _copy(path: Path, name: str) -> Path:
    copy = path.with_name(f"{name}.db")
    for old in path.parent.glob(f"{name}.db*"):
        old.unlink()
    shutil.copy(path, copy)
    return copy

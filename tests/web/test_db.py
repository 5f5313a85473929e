"""One unit of work follows another, and none is forgotten."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from web import db

WRITERS = 8
TURNS_EACH = 25

# As the program has them: for the other tests they are hurried.
PRAGMAS = db.SQLITE_PRAGMAS


@pytest.fixture(autouse=True)
def purse(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep one purse whose room the units of work read and then change."""
    wanted = {"engine", "sqlite_engine"} & set(request.fixturenames)
    engines = [request.getfixturevalue(name) for name in sorted(wanted)[:1]]
    for engine in engines:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE purse (fen BIGINT)"))
            connection.execute(text("INSERT INTO purse VALUES (0)"))
    yield
    for engine in engines:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE purse"))


def add_one_fen(engine: Engine) -> None:
    lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
    with db.open_session(engine) as session:
        fen = session.scalar(text(f"SELECT fen FROM purse{lock}"))
        session.execute(text("UPDATE purse SET fen = :fen"), {"fen": fen + 1})
        session.commit()


def fen_in_purse(engine: Engine) -> int:
    with db.open_session(engine, read_only=True) as session:
        return session.scalar(text("SELECT fen FROM purse"))


def test_eight_writers_lose_no_fen(engine):
    def work(_):
        for _ in range(TURNS_EACH):
            add_one_fen(engine)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    assert fen_in_purse(engine) == WRITERS * TURNS_EACH


def test_turns_come_in_the_order_of_asking():
    turns, served, threads = db.Turns(), [], []

    def wait(number):
        turns.take(10)
        served.append(number)
        turns.give()

    turns.take(10)
    for number in range(WRITERS):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            pass
    turns.give()
    for thread in threads:
        thread.join()
    assert served == list(range(WRITERS))


def test_a_reader_does_not_wait_for_a_writer(engine):
    with db.open_session(engine) as writer:
        writer.execute(text("UPDATE purse SET fen = 7"))
        assert fen_in_purse(engine) == 0
        writer.commit()
    assert fen_in_purse(engine) == 7


def test_a_session_may_commit_twice(engine):
    with db.open_session(engine) as session:
        session.execute(text("UPDATE purse SET fen = 1"))
        session.commit()
        session.execute(text("UPDATE purse SET fen = 2"))
        session.commit()
    assert fen_in_purse(engine) == 2


def test_an_unfinished_unit_leaves_nothing_behind(engine):
    with db.open_session(engine) as session:
        session.execute(text("UPDATE purse SET fen = 9"))
    assert fen_in_purse(engine) == 0


def test_a_read_only_session_refuses_to_write(engine):
    with (
        db.open_session(engine, read_only=True) as session,
        pytest.raises(DBAPIError, match=r"(?i)read-?only"),
    ):
        session.execute(text("UPDATE purse SET fen = 9"))
    add_one_fen(engine)
    assert fen_in_purse(engine) == 1


def test_the_turn_is_given_back_after_an_error(engine):
    with (
        pytest.raises(ZeroDivisionError),
        db.open_session(engine) as session,
    ):
        session.execute(text("UPDATE purse SET fen = 9"))
        raise ZeroDivisionError
    with db.open_session(engine) as session:
        session.connection().invalidate()
    add_one_fen(engine)
    assert fen_in_purse(engine) == 1


def test_a_writer_that_waits_too_long_is_told(sqlite_url):
    engine = db.open_engine(sqlite_url, wait_s_max=0.05)
    with db.open_session(engine) as first:
        first.execute(text("SELECT 1"))
        with (
            db.open_session(engine) as second,
            pytest.raises(TimeoutError, match="kept the database"),
        ):
            second.execute(text("SELECT 1"))
    with db.open_session(engine) as third:
        third.execute(text("SELECT 1"))
    engine.dispose()


def test_sqlite_writes_to_disk_and_checks_foreign_keys(sqlite_engine, monkeypatch):
    monkeypatch.setattr(db, "SQLITE_PRAGMAS", PRAGMAS)
    sqlite_engine.dispose()
    with sqlite_engine.begin() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        told = [connection.scalar(text(f"PRAGMA {name}")) for name in asked]
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
    assert told[:3] == ["wal", 2, 1]  # 2 is FULL
    assert told[3] > 0
    with pytest.raises(IntegrityError), sqlite_engine.begin() as connection:
        connection.execute(text("INSERT INTO b VALUES (1)"))


def test_a_request_keeps_one_session_and_closes_it(engine):
    app = Flask("counter")
    db.init_app(app, engine)

    @app.route("/purse", methods=["GET", "POST"])
    def purse():
        assert db.session() is db.session()
        if db.session() is db.writing_session():
            db.session().execute(text("UPDATE purse SET fen = fen + 1"))
            db.session().commit()
        return str(db.session().scalar(text("SELECT fen FROM purse")))

    client = app.test_client()
    assert [client.post("/purse").text for _ in range(3)] == ["1", "2", "3"]
    assert client.get("/purse").text == "3"
    assert engine.pool.checkedout() == 0


def test_a_get_that_records_says_so(engine):
    app = Flask("counter")
    db.init_app(app, engine)

    @app.get("/look")
    def look():
        db.writing_session().execute(text("UPDATE purse SET fen = fen + 1"))
        db.writing_session().commit()
        return str(db.session().scalar(text("SELECT fen FROM purse")))

    assert app.test_client().get("/look").text == "1"


def test_the_address_comes_from_the_environment():
    assert db.database_url({"YAODA_DATABASE_URL": "sqlite:///x.db"}) == "sqlite:///x.db"
    assert db.database_url({}).endswith("/var/yaoda.db")


def test_the_folder_of_the_file_is_made(tmp_path: Path):
    engine = db.open_engine(f"sqlite:///{tmp_path}/var/deep/yaoda.db")
    db.create_all(engine)
    engine.dispose()
    assert (tmp_path / "var" / "deep" / "yaoda.db").exists()


def test_whoever_opens_a_file_that_is_being_replaced_has_the_new_one(tmp_path):
    """A service that starts in the middle of a restore must not write to the old file."""
    old, new = tmp_path / "yaoda.db", tmp_path / "new.db"
    for path in (old, new):
        engine = db.open_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE purse (fen BIGINT)"))
            connection.execute(text("INSERT INTO purse VALUES (0)"))
        engine.dispose()
    engine = db.open_engine(f"sqlite:///{old}")
    with closing(sqlite3.connect(old, isolation_level=None)) as restore:
        restore.execute("PRAGMA journal_mode=DELETE")
        restore.execute("BEGIN EXCLUSIVE")
        starting = threading.Thread(target=add_one_fen, args=(engine,))
        starting.start()
        starting.join(0.2)
        assert starting.is_alive()
        old.rename(tmp_path / "kept.db")
        new.rename(old)
    starting.join()
    assert fen_in_purse(engine) == 1
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "kept.db")) as kept:
        assert kept.execute("SELECT fen FROM purse").fetchone() == (0,)

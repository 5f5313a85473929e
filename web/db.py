"""The database: one engine for the program, one session for each unit of work.

On SQLite every writing unit waits for its turn and begins with BEGIN IMMEDIATE, so two
counters that settle for one person follow one another instead of reading the same room
under the cap; on PostgreSQL the services lock the rows that they are about to change.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy import Connection, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState
from sqlmodel import Session, SQLModel

from web.turns import Turns

HOME = Path(__file__).resolve().parent.parent
PARTS_WITH_TABLES = ("pharmacies", "dispensing", "routing", "web")
WAIT_S_MAX = 30
IDLE_S_MAX = 1.0  # after which a connection is looked at before it is used
_RETURNED_S = "returned_s"
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
SQLITE_FULL = 13
POSTGRES_FULL = "53100"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READ_ONLY = {"yaoda_read_only": True, "postgresql_readonly": True}


def database_url(environ: Mapping[str, str] = os.environ) -> str:
    """Tell which database to open: YAODA_DATABASE_URL, or the file var/yaoda.db."""
    home = HOME if (HOME / "pyproject.toml").exists() else Path.cwd()
    return environ.get("YAODA_DATABASE_URL") or f"sqlite:///{home}/var/yaoda.db"


def open_engine(url: str, *, wait_s_max: float = WAIT_S_MAX) -> Engine:
    """Open the engine for a SQLite or PostgreSQL address; no table is touched yet."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, wait_s_max)
    if address.get_backend_name() not in {"postgres", "postgresql"}:
        raise ValueError(
            f"{address.drivername}: expected a database of sqlite or postgresql"
        )
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    options = f"-c lock_timeout={int(wait_s_max * 1000)} -c timezone=UTC"
    engine = create_engine(
        address,
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # else an error tells what was asked of whom
        connect_args={"options": options},
    )
    event.listen(engine, "reset", _end_transaction)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", partial(_look_after, engine.dialect))
    return engine


def create_all(engine: Engine) -> None:
    """Create the tables of all parts where they are missing."""
    metadata().create_all(engine)


def metadata() -> MetaData:
    """Describe the tables of all parts; a part's are known once it is imported."""
    for part in PARTS_WITH_TABLES:
        import_module(f"{part}.tables")
    return SQLModel.metadata


def open_session(engine: Engine, *, read_only: bool = False) -> Session:
    """Open a session for one unit of work, a writing one unless told otherwise."""
    return Session(engine.execution_options(**READ_ONLY) if read_only else engine)


def is_full(error: Exception) -> bool:
    """Tell whether an error of the database says that its disk is full."""
    said = getattr(error, "orig", None)
    code = getattr(said, "sqlite_errorcode", 0) & 0xFF  # the rest tells where
    return code == SQLITE_FULL or getattr(said, "sqlstate", None) == POSTGRES_FULL


def init_app(app: Flask, engine: Engine) -> None:
    """Give the app its engine, and close each request's sessions at its end."""
    app.extensions["engine"] = engine
    app.teardown_appcontext(close_sessions)


def session() -> Session:
    """Return the session of this request: read-only for GET, writing for the rest."""
    if request and request.method in SAFE_METHODS:
        return _kept_session("reading", read_only=True)
    return writing_session()


def writing_session() -> Session:
    """Return this request's writing session, also for a GET that must record."""
    return _kept_session("writing", read_only=False)


def _kept_session(name: str, *, read_only: bool) -> Session:
    kept: dict[str, Session] = g.setdefault("sessions", {})
    if name not in kept:
        kept[name] = open_session(current_app.extensions["engine"], read_only=read_only)
    return kept[name]


def close_sessions(_error: BaseException | None = None) -> None:
    """End this request's units of work; the next one opens new sessions."""
    for kept in g.pop("sessions", {}).values():
        kept.close()


def _open_sqlite(address: URL, wait_s_max: float) -> Engine:
    if file := _file_of(address):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    # No limit of connections: writers that wait for their turn each have one, and
    # must not take them all from the readers.
    engine = create_engine(
        address,
        pool_size=0,
        hide_parameters=True,
        connect_args={"timeout": wait_s_max},
    )
    turns = Turns(_file_of(address))
    if file:
        event.listen(engine, "do_connect", partial(_connect_sqlite, file))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", partial(_begin_sqlite, turns, wait_s_max))
    event.listen(engine, "reset", _end_transaction)
    event.listen(engine, "checkin", partial(_give_turn, turns))
    return engine


def _file_of(address: URL) -> str | None:
    return address.database if address.database != ":memory:" else None


def _connect_sqlite(
    file: str, dialect: Dialect, _entry: ConnectionPoolEntry, *how: Any
) -> Any:
    """Open the file that bears the name: a restore may put another there meanwhile.

    A restore keeps everybody out until the other file is there, so whoever can read
    afterwards and still finds the same file under the name has the right one.
    """
    while True:
        if not os.path.exists(file):
            # Never a file that is there: to close it would end the locks of SQLite.
            with suppress(FileExistsError):
                os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o644))
        before = os.stat(file).st_ino
        connection = dialect.connect(*how[0], **how[1])
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except dialect.loaded_dbapi.Error:
            connection.close()
            if os.stat(file).st_ino == before:
                raise
            continue  # SQLite itself refuses to write to a file that was moved
        if os.stat(file).st_ino == before:
            return connection
        connection.close()


def _prepare_sqlite(dbapi_connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: _begin_sqlite does.
    dbapi_connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(turns: Turns, wait_s_max: float, connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get("yaoda_read_only"))
    connection.exec_driver_sql(f"PRAGMA query_only={int(read_only)}")
    if read_only:
        connection.exec_driver_sql("BEGIN")
        return
    kept = connection.connection.record_info
    if kept is not None and not kept.get("turn"):
        turns.take(wait_s_max)
        kept["turn"] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _end_transaction(
    dbapi_connection: Any, _entry: ConnectionPoolEntry, state: PoolResetState
) -> None:
    # A COMMIT that fails (a full disk) can leave its transaction open, with all its
    # locks; SQLAlchemy takes it for ended and would hand the connection on like that.
    if state.transaction_was_reset and not state.terminate_only:
        dbapi_connection.rollback()


def _note_return(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_RETURNED_S] = monotonic()


def _look_after(
    dialect: Dialect, dbapi_connection: Any, entry: ConnectionPoolEntry, _lent: Any
) -> None:
    """Look whether a connection that lay idle still leads to the database.

    One that has just been used does, or its user learns of it as from any lost line.
    """
    returned_s = entry.info.get(_RETURNED_S)
    if returned_s is None or monotonic() - returned_s < IDLE_S_MAX:
        return
    try:
        dialect.do_ping(dbapi_connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _give_turn(turns: Turns, _connection: Any, entry: ConnectionPoolEntry) -> None:
    # The connection comes back after COMMIT or ROLLBACK has finished, never before.
    if entry.record_info and entry.record_info.pop("turn", False):
        turns.give()

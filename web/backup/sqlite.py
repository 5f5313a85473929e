"""SQLite: one instant of a file that is written to, and a file put in its place whole."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL

from web import db
from web.backup import books
from web.backup.sealed import Unusable
from web.turns import NAME_ENDS

SIDES = ("-wal", "-shm", "-journal")
BUSY_S_MAX = 5.0
IN_USE = "is in use: stop what uses it, then try again"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One instant of a database: where to count, and the bytes to keep."""

    connection: Connection
    file: IO[bytes]


@contextmanager
def snapshot(path: Path) -> Iterator[Snapshot]:
    """Copy a database as it is at one instant, while others go on writing to it.

    The copy lies beside the database, where the same people may read it, and is removed.
    """
    if not path.is_file():
        raise Unusable(f"{path}: no such database")
    with _claimed(_beside(path, "backup")) as copy:
        _copy(path, copy)
        engine = create_engine(f"sqlite:///{copy}")
        try:
            with engine.connect() as connection, copy.open("rb") as file:
                yield Snapshot(connection, file)
        finally:
            engine.dispose()


def _copy(path: Path, copy: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(path, timeout=db.WAIT_S_MAX)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)  # all pages in one step: one reading transaction
    except sqlite3.Error as error:
        raise Unusable(f"{path} could not be copied to {copy}: {error}") from error


def server_version() -> str:
    """Tell the version of SQLite."""
    return sqlite3.sqlite_version


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """Give the name of a new file beside a database; what is left of it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _claimed(_beside(path, "restoring")) as name:
        yield name


@contextmanager
def opened(path: Path) -> Iterator[Engine]:
    """Open a fresh file as a database, and leave it whole and closed."""
    engine = db.open_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # nothing stays in a -wal
    _sync(path)


def is_free(path: Path) -> bool:
    """Tell whether a restore may take this place: no file, or no row in it."""
    if not path.exists() or not path.stat().st_size:
        return True
    engine = create_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            return not books.is_filled(connection)
    except Exception:
        return False  # something is there, whatever it is
    finally:
        engine.dispose()


def put(fresh_file: Path, path: Path, now: datetime) -> Path | None:
    """Put a fresh file in the place of a database, which is kept under another name.

    At every moment one of the two stands there whole. A database that somebody has open
    is not taken away.
    """
    with _nobody_in(path):
        if not path.exists():
            _put_first(fresh_file, path)
            return None
        kept = _keep(path, now)
        for side in SIDES:  # what belongs to a damaged file must not meet the new one
            if (lost := Path(f"{path}{side}")).exists():
                os.replace(lost, f"{kept}{side}.lost")
        os.replace(fresh_file, path)
        sync_folder(path.parent)
    return kept


def _put_first(fresh_file: Path, path: Path) -> None:
    """Give the file its name, unless a service that starts was quicker."""
    _remove(path, *SIDES)  # what a lost file left behind would be taken for its own
    try:
        os.link(fresh_file, path)
    except FileExistsError as error:
        raise Unusable(f"{path} {IN_USE}") from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _keep(path: Path, now: datetime) -> Path:
    kept = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}")
    if kept.exists():
        raise Unusable(f"{kept}: there is a file already; try again in a second")
    os.link(path, kept)
    return kept


@contextmanager
def _nobody_in(path: Path) -> Iterator[None]:
    """Keep everybody out of a database, or raise Unusable where somebody has it open."""
    if not path.exists():
        yield
        return
    with closing(
        sqlite3.connect(path, timeout=BUSY_S_MAX, isolation_level=None)
    ) as own:
        try:
            own.execute("PRAGMA journal_mode=DELETE")  # only the last one may
            own.execute("BEGIN EXCLUSIVE")
            if own.execute("PRAGMA journal_mode").fetchone() != ("delete",):
                raise Unusable(f"{path} {IN_USE}")  # somebody came in between
        except sqlite3.DatabaseError as error:
            _told(path, error)
        yield


def _told(path: Path, error: sqlite3.DatabaseError) -> None:
    """Raise Unusable, but for a file so damaged that nobody has it open as a database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise Unusable(
            f"{path} is in use: stop what uses it, then try again"
        ) from error
    if code not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        raise Unusable(f"{path}: {error}") from error


def _beside(path: Path, act: str) -> Path:
    return path.with_name(f".{path.name}.{act}")


@contextmanager
def _claimed(path: Path) -> Iterator[Path]:
    """Make an empty file that only this process uses, also where a killed one left its own."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not path.exists() or os.stat(path).st_ino != os.fstat(handle).st_ino:
            raise BlockingIOError  # its owner ended in this very moment
        os.ftruncate(handle, 0)
        _remove(path, *SIDES, NAME_ENDS)  # of a killed one: they must not meet the new
        try:
            yield path
        finally:
            # What was put elsewhere has another name by now.
            _remove(path, "", *SIDES, NAME_ENDS)
    except BlockingIOError as error:
        raise Unusable(f"{path}: another one is at work here; try again") from error
    finally:
        os.close(handle)


def _remove(path: Path, *endings: str) -> None:
    for ending in endings:
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())

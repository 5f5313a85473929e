"""What all tests share: databases, a served app, and no network.

The application and its libraries are imported by the fixtures that need them, so that
the tests of the pure files start at once.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.network import forbid_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine
    from sqlmodel import Session

    from tests.databases import PostgresServer
    from tests.serving import Start

# A unit of work that waits longer than this in a test waits for itself.
WAIT_S_MAX = 10

# How often the garbage collector looks: at the new, at the not so new, at all.
GARBAGE = (10_000, 10, 10)

_numbers = count(1)

# Who needs the second factor of staff in a test asks for it.
os.environ.setdefault("YAODA_SECOND_FACTOR", "off")
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
forbid_network()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long tests be longer than in the suite; see docs/operating.md."""
    ours = parser.getgroup("yaoda")
    ours.addoption(
        "--faults", type=int, default=18, help="how many faults fall in tests/crash"
    )
    ours.addoption("--seed", type=int, default=1, help="where their chance begins")
    ours.addoption(
        "--reversals", type=int, default=100, help="reversed twice on each database"
    )
    ours.addoption(
        "--examples", type=int, default=0, help="lives that tests/stateful tries"
    )
    ours.addoption("--steps", type=int, default=0, help="steps of each of them")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Let each worker of several begin with what takes long."""
    if hasattr(config, "workerinput"):
        from tests.sharing_out import long_first

        long_first(items)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is imported: it stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out by files, where that is asked for; the timed ones to one worker."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.sharing_out import SharingOut

    return SharingOut(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures that tests have recorded as told."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told" and report.when == "call":
                terminalreporter.line(str(value))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start one PostgreSQL for this test process."""
    from tests.databases import start_postgres

    # Not below pytest's own folder: that is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="yaoda-pg-"))
    try:
        server = start_postgres(folder)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> str:
    """Create a database with all tables, which the tests use one after another."""
    from web import db, migrating

    postgres_server.create("yaoda")
    engine = db.open_engine(postgres_server.url("yaoda"))
    migrating.create(engine)
    engine.dispose()
    return "yaoda"


@pytest.fixture(scope="session")
def unsynced() -> Iterator[None]:
    """Let SQLite in this process leave it to the system when it writes to the disk.

    Nothing in the tests cuts the power off; the programs that they start sync as ever.
    """
    from web import db

    hurried = tuple(each.replace("=FULL", "=OFF") for each in db.SQLITE_PRAGMAS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "SQLITE_PRAGMAS", hurried)
        yield


@pytest.fixture(scope="session")
def sqlite_template(unsynced: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the tables once, in a file that the others are copied from."""
    from web import db, migrating

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = db.open_engine(f"sqlite:///{path}")
    migrating.create(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Give the address of a fresh SQLite file with all tables, empty."""
    path = tmp_path / "yaoda.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(
    postgres_server: PostgresServer, postgres_tables: str
) -> Iterator[str]:
    """Give the address of a PostgreSQL database with all tables, empty."""
    yield postgres_server.url(postgres_tables)
    postgres_server.empty(postgres_tables)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """Open a fresh SQLite database."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """Open a fresh PostgreSQL database."""
    yield from _opened(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Open a fresh database, once of each kind."""
    name = "sqlite_engine" if request.param == "sqlite" else "postgres_engine"
    opened: Engine = request.getfixturevalue(name)
    return opened


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], Engine]]:
    """Give a function that opens a new database without tables, once of each kind."""
    from web import db

    opened: list[Engine] = []

    def new() -> Engine:
        name = f"blank{next(_numbers)}"
        url = f"sqlite:///{tmp_path}/{name}.db"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            server.create(name)
            url = server.url(name)
        opened.append(db.open_engine(url, wait_s_max=WAIT_S_MAX))
        return opened[-1]

    yield new
    for engine in opened:
        engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Open one writing unit of work on a fresh database of each kind."""
    from web import db

    with db.open_session(engine) as opened:
        yield opened


@pytest.fixture
def live_server() -> Iterator[Start]:
    """Give a function that serves an app on loopback and returns its address."""
    from tests.serving import serving

    with ExitStack() as running:
        yield lambda app: running.enter_context(serving(app))


def _opened(url: str) -> Iterator[Engine]:
    from web import db

    engine = db.open_engine(url, wait_s_max=WAIT_S_MAX)
    yield engine
    engine.dispose()

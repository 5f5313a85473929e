"""What all tests share: databases, a served app, a browser, and no network."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine
from sqlmodel import Session

from tests.databases import PostgresServer, start_postgres
from tests.network import forbid_network
from web import db

# A unit of work that waits longer than this in a test waits for itself.
WAIT_S_MAX = 10
NUMBERS = count()

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
forbid_network()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start one PostgreSQL for this test process."""
    # Not below pytest's own folder: that is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="yaoda-pg-"))
    try:
        server = start_postgres(folder)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Create the tables once, in a database that the others are copied from."""
    postgres_server.create("yaoda_template")
    engine = db.open_engine(postgres_server.url("yaoda_template"))
    db.create_all(engine)
    engine.dispose()
    return "yaoda_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the tables once, in a file that the others are copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = db.open_engine(f"sqlite:///{path}")
    db.create_all(engine)
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
    postgres_server: PostgresServer, postgres_template: str
) -> Iterator[str]:
    """Give the address of a fresh PostgreSQL database with all tables, empty."""
    name = f"yaoda_{next(NUMBERS)}"
    postgres_server.create(name, postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


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


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Open one writing unit of work on a fresh database of each kind."""
    with db.open_session(engine) as opened:
        yield opened


def _opened(url: str) -> Iterator[Engine]:
    engine = db.open_engine(url, wait_s_max=WAIT_S_MAX)
    yield engine
    engine.dispose()

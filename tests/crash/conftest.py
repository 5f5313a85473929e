"""Towns on databases of their own, made to be killed."""

from __future__ import annotations

import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.databases import start_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.crash.storm import Place
    from tests.databases import PostgresServer

# What is acknowledged has to be on disk: this server keeps its promises.
LASTING = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
_numbers = count(1)


@pytest.fixture(scope="module")
def lasting_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL that is used by nobody else, with every promise kept."""
    folder = Path(tempfile.mkdtemp(prefix="yaoda-crash-"))
    try:
        server = start_postgres(folder)
        server.configure(*LASTING)
        server.restart("fast")
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place_on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """Give a function that builds a town on a database of a kind."""
    from tests.crash import town
    from tests.crash.storm import Place
    from web import db, migrating

    def build(kind: str) -> Place:
        if kind == "sqlite":
            url = request.getfixturevalue("sqlite_url")
            return Place(town.build(url, tmp_path))
        server: PostgresServer = request.getfixturevalue("lasting_server")
        name = f"town{next(_numbers)}"
        server.create(name)
        engine = db.open_engine(server.url(name))
        migrating.create(engine)
        engine.dispose()
        return Place(town.build(server.url(name), tmp_path), server, name)

    return build

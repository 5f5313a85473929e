"""An installation of each kind of database, made to be backed up, destroyed and restored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.restore.places import Installed, install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installed]:
    """Open the street on a database of its own, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/var/yaoda.db"
    else:
        server = request.getfixturevalue("postgres_server")
        # A restore renames databases: none that other tests use.
        name = f"restore_{uuid4().hex[:12]}"
        server.create(name)
        url = server.url(name)
    made = install(url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def sqlite_installed(tmp_path: Path) -> Iterator[Installed]:
    """Open the street on SQLite."""
    made = install(f"sqlite:///{tmp_path}/var/yaoda.db", tmp_path)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the caller's come in."""
    for name in os.environ:
        if name.startswith("YAODA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))

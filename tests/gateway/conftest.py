"""Streets whose counter talks to a sandbox over real HTTP, by each way of asking."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.gateway.street import Street, open_street
from tests.platform import platform

__all__ = ["platform"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=["sandbox", "national"])
def street(
    request: pytest.FixtureRequest, sqlite_engine: Engine, tmp_path: Path
) -> Iterator[Street]:
    """Open a street on SQLite; asked by number, and by the statement of the day."""
    with ExitStack() as running:
        yield open_street(sqlite_engine, tmp_path, running, region=request.param)


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Street]:
    """Open a street on SQLite whose counter asks by number."""
    with ExitStack() as running:
        yield open_street(sqlite_engine, tmp_path, running)

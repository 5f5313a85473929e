"""The platform on each kind of database, whose clock can be moved."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.platform import Platform, open_platform
from web.clock import Clock


@pytest.fixture(params=["sqlite", "postgresql"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    """Open the platform with the small world, once on each kind of database."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    opened = open_platform(request.getfixturevalue(name), tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


@pytest.fixture
def later(platform):
    """Give a function that moves the platform's clock on."""

    def move(**by: int) -> None:
        clock = platform.app.extensions["clock"]
        platform.app.extensions["clock"] = Clock(clock.shift + timedelta(**by))

    return move

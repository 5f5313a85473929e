"""A street whose insurer is asked by number: on SQLite, and on both databases."""

from contextlib import ExitStack

import pytest

from tests.gateway.conftest import platform, served
from tests.gateway.street import open_street

__all__ = ["platform", "served"]


@pytest.fixture
def anywhere(engine, tmp_path):
    """Open a street on each database."""
    with ExitStack() as running:
        yield open_street(engine, tmp_path, running)

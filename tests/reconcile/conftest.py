"""The street whose day is reconciled, and the platform that its faces are asked on."""

import pytest

from tests.platform import platform
from tests.reconcile.street import Street, open_street

__all__ = ["platform"]


@pytest.fixture
def street(engine, tmp_path) -> Street:
    """Open the street on each kind of database."""
    return open_street(engine, tmp_path)

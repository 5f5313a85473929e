"""The small world, for prescriptions that come in."""

import pytest

from dispensing.desk import Desk
from tests import world
from tests.platform import platform

__all__ = ["platform"]


@pytest.fixture
def desk() -> Desk:
    """Give a desk whose insurance platform answers."""
    return world.open_desk()


@pytest.fixture
def street(session, desk):
    """Give a database with the street, the cast and the keys."""
    world.populate(session, desk)
    return session

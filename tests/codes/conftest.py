"""A populated world with a desk, on each kind of database."""

import pytest
from sqlmodel import Session

from dispensing.desk import Desk
from tests import world


@pytest.fixture
def desk() -> Desk:
    """Open a desk whose platform always answers."""
    return world.open_desk()


@pytest.fixture
def street(session: Session, desk: Desk) -> Session:
    """Fill the database with the street and the cast."""
    world.populate(session, desk)
    return session

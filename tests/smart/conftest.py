"""A populated street with a desk, on each kind of database."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from fixtures import cast
from tests import world
from tests.dispensing.conftest import desk

__all__ = ["desk"]


@pytest.fixture
def street(session: Session, desk) -> Session:
    """Fill the database; alice has met her deductible, so the fund pays from the first fen."""
    people = [replace(cast.alice, used_deductible_fen=10_000), *cast.INSURED[1:]]
    world.populate(session, desk, people=people)
    return session

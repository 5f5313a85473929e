"""A street with a platform that answers as it is told, on each kind of database."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session

from tests.life.lives import Life, begin, in_state, open_town

Begin = Callable[..., Life]


@pytest.fixture
def begun(session: Session, tmp_path: Path) -> Begin:
    """Give a function that lets a hospital send one more prescription."""
    desk, platform = open_town(session, tmp_path)
    return partial(begin, session, desk, platform)


@pytest.fixture
def lived(session: Session, tmp_path: Path) -> Begin:
    """Give a function that brings one more prescription into a state."""
    desk, platform = open_town(session, tmp_path)
    return partial(in_state, session, desk, platform)

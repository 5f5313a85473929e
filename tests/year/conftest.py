"""The year, run through once for all tests of this folder."""

import shutil

import pytest

from tests.year.running import run_through
from web import db


@pytest.fixture(scope="package")
def year(sqlite_template, tmp_path_factory):
    """Run the year through on a database of its own; the tests only read it."""
    path = tmp_path_factory.mktemp("year") / "yaoda.db"
    shutil.copy(sqlite_template, path)
    engine = db.open_engine(f"sqlite:///{path}")
    with db.open_session(engine) as session:
        yield run_through(session)
    engine.dispose()

"""Lives of a counter, drawn by hypothesis: no book ever disagrees with another.

A failing life is printed step by step, shortened. `--examples 2000 --steps 50` tries more
and longer ones; `--hypothesis-seed N` draws others.
"""

import os
import shutil
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.lives import Life
from tests.stateful.people import populate
from web import db

# In the suite: how many lives on each kind of database, and how long.
LIVES = {"sqlite": (12, 30), "postgresql": (8, 30)}
# To shorten a failing life takes minutes, which continuous integration does not have.
PHASES = tuple(set(Phase) - ({Phase.shrink} if "CI" in os.environ else set()))
REACHED = {
    "settlement posted",
    "settlement reversed",
    "delivery_order placed",
    "life part_dispensed",
}


@pytest.fixture
def sqlite_life(sqlite_url, tmp_path):
    """Give lives on SQLite, each on a copy of one file."""
    template, numbers = tmp_path / "yaoda.db", count(1)
    engine = db.open_engine(sqlite_url)
    populate(engine)
    engine.dispose()

    def opened():
        folder = tmp_path / f"life{next(numbers)}"
        folder.mkdir()
        shutil.copy(template, folder / "yaoda.db")
        return db.open_engine(f"sqlite:///{folder}/yaoda.db"), folder

    def closed(engine):
        engine.dispose()
        shutil.rmtree(Path(str(engine.url.database)).parent)

    return life(opened, closed)


@pytest.fixture
def postgresql_life(postgres_server, tmp_path):
    """Give lives on PostgreSQL, each in a copy of one database."""
    from web import migrating

    numbers = count(1)
    postgres_server.create("lives")
    engine = db.open_engine(postgres_server.url("lives"))
    migrating.create(engine)
    populate(engine)
    engine.dispose()

    def opened():
        no = next(numbers)
        folder = tmp_path / f"life{no}"
        folder.mkdir()
        postgres_server.copy("lives", f"life{no}")
        return db.open_engine(postgres_server.url(f"life{no}")), folder

    def closed(engine):
        engine.dispose()
        postgres_server.drop(str(engine.url.database))

    yield life(opened, closed)
    postgres_server.drop("lives")


def life(opened, closed):
    return type(
        "Life",
        (Life,),
        {
            "opened": staticmethod(opened),
            "closed": staticmethod(closed),
            "seen": Counter(),
        },
    )


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("kind", LIVES)
def test_books_agree_after_every_step_of_any_life(
    request, pytestconfig, kind, record_property
):
    lives, steps = LIVES[kind]
    lives = pytestconfig.getoption("--examples") or lives
    steps = pytestconfig.getoption("--steps") or steps
    tried = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    machine = request.getfixturevalue(f"{kind}_life")
    run_state_machine_as_test(machine, settings=tried)
    told = ", ".join(f"{n} {what}" for what, n in machine.seen.most_common())
    record_property("told", f"{kind}, {lives} lives of {steps} steps: {told}")
    assert set(machine.seen) >= REACHED, told

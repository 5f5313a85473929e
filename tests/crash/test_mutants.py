"""Broken builds are caught by the very checks that the good one passes.

Each mutant takes one guard out of the real code or schema; the check named beside it has
to fail on it, and to pass without it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests import calls
from tests.concurrency import crowds
from tests.crash import mutants
from tests.crash.mutants import GOOD, MUTANTS
from tests.crash.scenes import ACTS, Scene
from tests.crash.storm import Storm
from tests.crash.test_nth_call import WAYS, cut_off_everywhere
from tests.dispensing import attacks

Check = Callable[[Engine, Path], object]
CROWD = 24


def cut_off(engine: Engine, folder: Path) -> None:
    scene = Scene(engine, attacks.open_street(engine, folder), folder)
    with calls.hooked(engine, scene.hook):
        cut_off_everywhere(scene, ACTS["reverse"], WAYS["killed"])


CHECKS: dict[str, Check] = {
    "no lock": lambda engine, folder: crowds.at_the_cap(engine, folder, CROWD),
    "cap read before lock": lambda engine, folder: crowds.at_the_cap(
        engine, folder, CROWD
    ),
    "commit in between": cut_off,
    "no unique index": lambda engine, folder: crowds.same_packs(engine, folder, 4),
    "rounding down": lambda engine, folder: crowds.at_the_cap(engine, folder, 4),
    "reversal without guard": lambda engine, folder: crowds.reversed_twice(
        engine, folder, 6, 3
    ),
}
ENGINES = {"sqlite": "sqlite_engine", "postgresql": "postgres_engine"}
STORMS = {"own key": {"worker": 1}, "answer before commit": {"restart": 1}}


def caught(check: Callable[[], object]) -> bool:
    """Tell whether a check fails, in whatever way it fails."""
    try:
        check()
    except Exception:
        return True
    return False


TRIED = [
    (name, kind)
    for name in CHECKS
    for kind in ENGINES
    # On SQLite the writer's turn is the lock: nothing can be read before it.
    if (name, kind) != ("cap read before lock", "sqlite")
]


@pytest.mark.parametrize(("name", "kind"), TRIED)
def test_mutant_is_caught(request, tmp_path, name, kind):
    engine = request.getfixturevalue(ENGINES[kind])
    mutants.touched.clear()
    with mutants.applied(name, engine):
        assert caught(lambda: CHECKS[name](engine, tmp_path))
    assert mutants.touched == {name}


# Those two are what test_nth_call and the tests beside it try at length.
QUICK = [name for name in CHECKS if name not in {"no lock", "commit in between"}]


@pytest.mark.parametrize("name", QUICK)
def test_mutant_checks_pass_on_the_good_build(engine, tmp_path, name):
    with mutants.applied(GOOD, engine):
        CHECKS[name](engine, tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", STORMS)
def test_mutant_under_load_is_caught(place_on, name):
    place = place_on("postgresql")
    if name == "answer before commit":
        place.server.configure("wal_writer_delay=10s")
        place.server.restart("fast")
    storm = Storm(place, 1, 4, mutant=name, weights=STORMS[name], settled_min=10)
    storm.run()
    assert storm.faults, storm.told()


def test_mutants_are_all_tried():
    assert {*CHECKS, *STORMS} == set(MUTANTS)
    assert len(MUTANTS) == 8

"""Killed at random under load: nothing lost, nothing doubled, every book agrees.

Workers get kill -9, processes of PostgreSQL too, and PostgreSQL is restarted without letting
anybody finish, at times drawn from a seed. `--faults N` lets more of them fall, `--seed N`
others.
"""

import pytest

from tests.crash.storm import Storm

SHARE = {"postgresql": 2, "sqlite": 1}  # of all faults, in thirds


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", SHARE)
def test_kill_at_random_under_load_loses_and_doubles_nothing(
    place_on, kind, pytestconfig, record_property
):
    faults = pytestconfig.getoption("--faults") * SHARE[kind] // 3
    seed = pytestconfig.getoption("--seed")
    storm = Storm(place_on(kind), seed, faults, settled_min=2 * faults).run()
    record_property("told", f"{kind}, {storm.told()}")
    assert not storm.faults, "\n".join([storm.told(), *storm.faults[:20]])
    assert sum(storm.fallen.values()) == faults
    assert storm.settlements >= 2 * faults
    assert storm.twice > 0
    assert storm.snapshots > faults // 10

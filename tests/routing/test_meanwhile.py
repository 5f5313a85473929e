"""Until the compiled search is there OR-Tools searches, and then it is relieved."""

import time

import pytest

from routing.solve import crew, improvers, kept
from routing.solve.crew import Crew
from tests.routing.test_crew import job

LONG_S = 120.0


@pytest.fixture
def nothing_kept(monkeypatch, tmp_path):
    """Point to an empty folder of compiled code."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_compiled_code_counts_once_all_of_it_is_there(nothing_kept, tmp_path):
    assert not kept.ready() and not improvers.at_once()
    kept.note_ready()
    assert not kept.ready()  # there is no folder for it
    assert kept.folder().is_relative_to(tmp_path)
    kept.note_ready()
    assert kept.ready() and improvers.at_once()


def test_compiled_code_of_other_files_or_another_machine_does_not_count(
    nothing_kept, monkeypatch
):
    kept.folder()
    kept.note_ready()
    monkeypatch.setattr(kept.platform, "node", lambda: "elsewhere")
    assert not kept.ready()


def test_without_numba_nothing_is_waited_for(nothing_kept, monkeypatch):
    monkeypatch.setattr(improvers.importlib.util, "find_spec", lambda _: None)
    assert improvers.at_once()


def ready(hands: Crew) -> Crew:
    """Wait until there is somebody to give a job to."""
    until_s = time.monotonic() + LONG_S
    while not hands.idle and time.monotonic() < until_s:
        time.sleep(0.01)
    return hands


def served(hands: Crew) -> tuple[int, int]:
    """Return the number of the first job of which orders are heard, and their stops."""
    until_s = time.monotonic() + LONG_S
    while time.monotonic() < until_s:
        for found in hands.heard(0.1):
            if found.told:
                return found.number, sum(map(len, found.told.values()))
    return 0, 0


def test_while_the_search_is_being_compiled_or_tools_plans(nothing_kept, monkeypatch):
    employ = Crew._employ
    monkeypatch.setattr(
        Crew,
        "_employ",
        lambda self, way, work: employ(self, way, work) if way == "spawn" else [],
    )
    with Crew(1) as hands:
        ready(hands).give(job(7, LONG_S))
        number, stops = served(hands)
        assert number == 7 and stops > 0
        assert len(hands._meanwhile) == 1


def test_who_works_meanwhile_is_relieved_with_the_job_in_hand(monkeypatch):
    monkeypatch.setattr(improvers, "at_once", lambda: False)
    until_s = time.monotonic() + LONG_S
    with Crew(1) as hands:
        (first,) = list(ready(hands)._hands.values())[:1]
        hands.give(job(7, 2 * LONG_S))
        while first in hands._hands.values() and time.monotonic() < until_s:
            list(hands.heard(0.05))
        assert not first.is_alive()
        assert hands.busy == {7}
        assert served(hands)[0] == 7


def test_two_may_start_workers_at_once(monkeypatch):
    main = vars(crew.sys.modules["__main__"])
    before = main.get("__spec__"), main.get("__file__")
    with crew._apart():
        with crew._apart():
            assert main["__spec__"] is None
        assert main["__spec__"] is None
    assert (main.get("__spec__"), main.get("__file__")) == before

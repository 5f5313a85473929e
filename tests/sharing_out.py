"""Which files of tests begin first, and which never run beside one another."""

from typing import TYPE_CHECKING

from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    import pytest

# They look at the clock, or start processes that have to answer in time: one worker
# runs them, one after another.
TIMED = (
    "tests/crash/test_kill.py",
    "tests/jobs/test_working.py",
    "tests/jobs/test_ending.py",
    "tests/notices/test_sending.py",
    "tests/notices/test_delivery.py",
    "tests/web/test_workers.py",
    "tests/routing/test_crew.py",
    "tests/web/test_crawl.py",
)
# A long file that begins last leaves the other workers with nothing to do.
LONG = (
    "tests/browser/test_faces.py",
    "tests/crash/test_nth_call.py",
    "tests/browser/test_counter.py",
    "tests/web/test_contract.py",
    "tests/stateful/test_lives.py",
    "tests/routing/test_solve.py",
    "tests/browser/test_receipts.py",
    "tests/dispensing/test_bulk.py",
    "tests/restore/test_killed.py",
    "tests/crash/test_mutants.py",
    "tests/browser/test_patient.py",
)


class SharingOut(LoadFileScheduling):
    """Gives each worker whole files, and all that are timed to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        path = super()._split_scope(nodeid)
        return "timed" if path in TIMED else path


def long_first(items: "list[pytest.Item]") -> None:
    """Put timed and long files before the others, which stay in their order."""
    ranks = {path: rank for rank, path in enumerate((*TIMED, *LONG))}
    items.sort(key=lambda item: ranks.get(item.nodeid.split("::")[0], len(ranks)))

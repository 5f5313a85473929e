"""The rules of smart audit over a made-up year: how long, how much memory, how right, by rule."""

from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispensing.smart_book.judging import Judged

LINES = 10_900_000  # of which about ten million come out
SEEN_LINES = 1_000_000  # a book each
SEEDS = (401, 402, 403, 404, 405)  # none of those on which thresholds were tried
Echo = Callable[[str], object]


def run(echo: Echo) -> None:
    """Audit some books of a million lines and hold the alarms to the truth; then one of ten."""
    told: dict[str, list[int]] = {}
    for seed in SEEDS:
        for one in _judged(SEEN_LINES, seed, echo):
            counted = told.setdefault(one.rule, [0, 0, 0, 0])
            for place, number in enumerate(
                (one.found, one.planted, one.true, one.alarms)
            ):
                counted[place] += number
    echo("made-up people and claims; what is planted is known")
    for rule, (found, planted, true, alarms) in told.items():
        echo(
            f"{rule}: recall {found}/{planted} = {found / max(1, planted):.3f},"
            f" precision {true}/{alarms} = {true / max(1, alarms):.3f}"
        )
    _judged(LINES, SEEDS[0], echo)
    echo(f"peak of the process {getrusage(RUSAGE_SELF).ru_maxrss // 1024} MB")


def _judged(lines: int, seed: int, echo: Echo) -> "tuple[Judged, ...]":
    from dispensing.claim_book.opened import shop
    from dispensing.smart.rules import shipped
    from dispensing.smart_book.judging import judged
    from dispensing.smart_book.opened import audit_files, truth_of
    from dispensing.smart_book.planted import write_planted

    with TemporaryDirectory(prefix="yaoda-audit-") as place:
        folder = Path(place)
        with shop() as connection:
            write_planted(connection, folder, lines=lines, year=2025, seed=seed)
        begun, worked = perf_counter(), process_time()
        found = audit_files(folder, shipped())
        echo(
            f"seed {seed}: {found.lines} lines, {len(found.alarms)} alarms,"
            f" {perf_counter() - begun:.1f} s, {process_time() - worked:.1f} s of CPU"
        )
        return judged(found.alarms, truth_of(folder))

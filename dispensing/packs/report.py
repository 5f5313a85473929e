"""`packs check`: every fault as a sentence that names the place, and a summary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dispensing.packs.carried import Carriage, weigh
from dispensing.packs.clauses import Weighed, try_cases
from dispensing.packs.cover import gaps
from dispensing.packs.shelf import Shelf, load_shelf
from dispensing.policy.pack import Pack
from dispensing.policy.whole import unfit

CASES = 2_000  # for each region
SEED = 2024
SECONDS_MAX = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """One document: how its figures are cited."""

    pack: str
    standing: str
    since: str
    figures: int
    quoted: int
    worded: int  # in our own words: a reading, a silence, or a text not shipped
    open: int
    shipped: bool  # the text is beside the pack, so that quotes could be compared

    @property
    def caution(self) -> str:
        """Say that nothing of a document could be compared with its text, where that is so."""
        if self.shipped:
            return ""
        return (
            f"{self.pack}: its texts are not shipped; all {self.worded} figures are in our "
            "own words, not quoted: compare them with the texts before relying on them"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of the packs found."""

    standings: tuple[Standing, ...]
    carriages: tuple[Carriage, ...]
    cases: int
    settled: tuple[str, ...]  # pairs of clauses that differ, and what decides
    faults: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Tell it line by line: the faults first, or the tables and the count."""
        yield from self.faults
        if not self.faults:
            yield from self._tables()
        faults = len(self.faults)
        yield "1 fault" if faults == 1 else f"{faults} faults"

    def _tables(self) -> Iterator[str]:
        yield _row("document", "standing", "since", *_COUNTS)
        for one in self.standings:
            counts = one.figures, one.quoted, one.worded, one.open
            yield _row(one.pack, one.standing, one.since, *counts)
        yield from (one.caution for one in self.standings if one.caution)
        yield ""
        yield _row("requirements", "", "", "acted on", "as data", "listed", "other")
        for each in self.carriages:
            yield _row(
                each.region, "", "", each.acted, each.data, each.listed, each.open
            )
        yield ""
        yield f"{self.cases} cases drawn; two clauses differ and one of them wins:"
        yield from (f"  {pair}" for pair in self.settled)


_COUNTS = ("figures", "quoted", "worded", "open")


def check(
    folder: Path,
    *,
    seed: int = SEED,
    cases: int = CASES,
    seconds_max: int = SECONDS_MAX,
    seconds: Callable[[], int],
) -> Report:
    """Check the packs of a folder; `seconds` tells how many have passed.

    `cases` dispensings are drawn by chance for each region, fewer where `seconds_max`
    are over before.
    """
    shelf = load_shelf(folder)
    carriages, unheld = weigh(shelf)
    found = Weighed()
    # Rules cannot be compiled while a pack is missing.
    holes = () if shelf.faults else tuple(one.said for one in unfit(shelf.packs))
    if not shelf.faults and not holes:
        found = try_cases(
            shelf, seed=seed, cases=cases, seconds_max=seconds_max, seconds=seconds
        )
    compiled = dict.fromkeys((*holes, *found.faults))
    faults = (*shelf.faults, *gaps(shelf), *compiled, *found.conflicts.values())
    return Report(
        standings=tuple(_standing(shelf, pack) for pack in shelf.packs),
        carriages=carriages,
        cases=found.cases,
        settled=tuple(sorted(found.settled)),
        faults=faults if shelf.faults else (*faults, *unheld),
    )


def _standing(shelf: Shelf, pack: Pack) -> Standing:
    figures = [one.figure for one in shelf.of(pack)]
    quoted = sum(bool(figure.cited.quote) for figure in figures)
    left = sum(bool(figure.left_to) for figure in figures)
    return Standing(
        pack.id,
        pack.standing,
        pack.effective_from.isoformat(),
        len(figures),
        quoted,
        len(figures) - quoted,
        left,
        shipped=bool(pack.text),
    )


def _row(name: str, *cells: str | int) -> str:
    widths = (10, 11, 9, 8, 7, 6)
    parts = [
        str(cell).ljust(width) if width > 9 else str(cell).rjust(width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    return "  ".join([name.ljust(22), *parts]).rstrip()

"""Every day since a text is in force has exactly one value of each figure."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby, pairwise

from dispensing.packs.shelf import Placed, Shelf
from dispensing.policy.pack import Pack

_DAY = timedelta(days=1)


def gaps(shelf: Shelf) -> Iterator[str]:
    """Name the days on which a figure has no value, with file, line and key.

    Two values on one day are refused when the pack is loaded.
    """
    for pack in shelf.packs:
        figures = sorted(shelf.of(pack), key=lambda one: one.figure.name)
        for _, group in groupby(figures, key=lambda one: one.figure.name):
            in_order = sorted(group, key=lambda one: one.figure.since)
            yield from _gaps(pack, in_order)


def _gaps(pack: Pack, figures: list[Placed]) -> Iterator[str]:
    begins = _begins(pack, figures)
    first, last = figures[0], figures[-1]
    if first.figure.since > begins:
        yield _missing(first, begins, first.figure.since - _DAY)
    for one, after in pairwise(figures):
        until = one.figure.until
        if until is not None and after.figure.since > until + _DAY:
            yield _missing(after, until + _DAY, after.figure.since - _DAY)
    ends, until = pack.effective_until, last.figure.until
    if until is not None and (ends is None or until < ends):
        yield _missing(last, until + _DAY, ends)


def _begins(pack: Pack, figures: list[Placed]) -> date:
    """Give the day from which the figure is owed: that of the first text cited."""
    days = dict(pack.texts)
    cited = (days.get(one.figure.cited.document) for one in figures)
    first = min(day or pack.effective_from for day in cited)
    return max(first, pack.effective_from)


def _missing(one: Placed, since: date, until: date | None) -> str:
    days = f"from {since}" + (f" to {until}" if until is not None else " on")
    field = "from" if one.figure.since > since else "until"
    return one.fault(f"expected a value for each day, got none {days}", field)

"""`packs show` and `packs diff`: the figures of a region on a day, clause beside value."""

from collections.abc import Iterator
from typing import cast

from dispensing.packs.telling import days_of, value_of, words_of
from dispensing.policy.figures import Figure, Row
from dispensing.policy.pack import Pack
from dispensing.policy.rules import Rules

OURS = "（大意，不是原文 / in our words, not the text）"


def show(rules: Rules, packs: tuple[Pack, ...]) -> Iterator[str]:
    """Tell the documents in force and each figure: value, clause, quote, layer, days."""
    for pack in packs:
        if pack.id in rules.policies:
            note = f" ({pack.note})" if pack.note else ""
            yield f"{pack.id}: {pack.title}, {pack.standing}{note}"
    for name in sorted(rules.figures):
        yield ""
        yield from _told(name, rules.figures[name])


def diff(before: Rules, after: Rules) -> Iterator[str]:
    """Tell the figures that differ between two sets of rules, the value of each."""
    for name in sorted({*before.figures, *after.figures}):
        left, right = before.figures.get(name), after.figures.get(name)
        if left is None and right is not None:
            yield f"+ {name}: {value_of(right)} ({_place(right)})"
        elif right is None and left is not None:
            yield f"- {name}: {value_of(left)} ({_place(left)})"
        elif left is not None and right is not None and _differ(left, right):
            yield (
                f"~ {name}: {value_of(left)} ({_place(left)}) → "
                f"{value_of(right)} ({_place(right)})"
            )


def _differ(left: Figure, right: Figure) -> bool:
    return (left.value, left.left_to) != (right.value, right.left_to)


def _told(name: str, figure: Figure) -> Iterator[str]:
    yield f"{name}: {value_of(figure)}"
    yield f"    {_place(figure)}, {figure.layer}, {days_of(figure.since, figure.until)}"
    words = words_of(figure)
    if words:
        ours = figure.layer != "overlay" and not figure.cited.quote
        yield f"    {words}{OURS if ours else ''}"
    if figure.layer == "overlay":
        label = f" [{figure.label}]" if figure.label else ""
        yield f"    {figure.source}{label}"
    if figure.unit == "rows":
        for row in cast("tuple[Row, ...]", figure.value or ()):
            yield f"    - {_row(row)}"


def _row(row: Row) -> str:
    """Write a row without its quote, which the file has."""
    cells = ((name, cell) for name, cell in row if name != "quote")
    return "; ".join(
        f"{name} {'、'.join(cell) if isinstance(cell, tuple) else cell}"
        for name, cell in cells
    )


def _place(figure: Figure) -> str:
    return f"{figure.cited.document} {figure.cited.clause}"

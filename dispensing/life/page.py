"""The table of the life of a prescription, written as it stands in docs/life.md."""

from collections.abc import Iterable, Iterator, Sequence

from dispensing.life.refusals import REFUSALS
from dispensing.life.states import STATES
from dispensing.life.table import OPERATIONS, cell


def written() -> str:
    """Write states, operations, every cell and every refusal as Markdown tables."""
    return "\n".join(
        (
            "## States",
            "",
            *_table(("state", "中文", "meaning"), _states()),
            "",
            "## Operations",
            "",
            *_table(("operation", "中文", "who", "may refuse besides"), _operations()),
            "",
            "## Cells",
            "",
            *_table(("state", "leads to", "refused"), _cells()),
            "",
            "## Refusals",
            "",
            *_table(("code", "中文", "English", "next"), _refusals()),
            "",
        )
    )


def _states() -> Iterator[Sequence[str]]:
    return ((f"`{slug}`", *said) for slug, said in STATES.items())


def _operations() -> Iterator[Sequence[str]]:
    for slug, one in OPERATIONS.items():
        yield f"`{slug}`", one.name, one.who, ", ".join(f"`{c}`" for c in one.also)


def _cells() -> Iterator[Sequence[str]]:
    """Tell of each state which operations lead on, and what refuses the others."""
    for state in STATES:
        found = [cell(operation, state) for operation in OPERATIONS]
        leads = [f"{one.operation} → {_to(one.to, state)}" for one in found if one.to]
        refused: dict[str, list[str]] = {}
        for one in found:
            if one.code is not None:
                refused.setdefault(one.code, []).append(one.operation)
        refusals = [f"`{code}`: {', '.join(names)}" for code, names in refused.items()]
        yield f"`{state}`", "<br>".join(leads), "<br>".join(refusals)


def _to(states: Iterable[str], state: str) -> str:
    return " or ".join("stays" if one == state else one for one in states)


def _refusals() -> Iterator[Sequence[str]]:
    for code, words in REFUSALS.items():
        yield f"`{code}`", words.zh, words.en, words.next_en


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"

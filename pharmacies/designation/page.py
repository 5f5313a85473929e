"""The table of the life of a designation, written as it stands in docs/designation.md."""

from collections.abc import Iterable, Iterator, Sequence

from pharmacies.designation.admission import ASKED, CHRONIC
from pharmacies.designation.refusals import REFUSALS
from pharmacies.designation.states import STATES
from pharmacies.designation.table import OPERATIONS, cell


def written() -> str:
    """Write states, conditions, acts, every cell and every refusal as Markdown tables."""
    parts = (
        ("States", ("state", "中文", "meaning"), _states()),
        ("Conditions", ("condition", "中文", "meaning", "of"), _conditions()),
        ("Acts", ("act", "中文", "who", "may refuse besides"), _operations()),
        ("Cells", ("state", "leads to", "refused"), _cells()),
        ("Refusals", ("code", "中文", "English", "next"), _refusals()),
    )
    lines: list[str] = []
    for title, heads, rows in parts:
        lines += [f"## {title}", "", *_table(heads, rows), ""]
    return "\n".join(lines)


def _states() -> Iterator[Sequence[str]]:
    return ((f"`{slug}`", *said) for slug, said in STATES.items())


def _conditions() -> Iterator[Sequence[str]]:
    for slug, one in ASKED.items():
        yield f"`{slug}`", one.zh, one.en, "指定药店" if slug in CHRONIC else "定点"


def _operations() -> Iterator[Sequence[str]]:
    for slug, one in OPERATIONS.items():
        yield f"`{slug}`", one.name, one.who, ", ".join(f"`{c}`" for c in one.also)


def _cells() -> Iterator[Sequence[str]]:
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
    for code, said in REFUSALS.items():
        yield f"`{code}`", said.zh, said.en, said.next_en


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"

"""A life as a table: what may be done in which state, for designations and prescriptions alike.

For each operation and each state: the states that it may lead to, or the code of the
refusal. What is not named under an operation is refused by the code of its `otherwise`,
else by that of the state, so that no cell is left empty.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pharmacies.errors import Words

STAYS = "="  # it is answered, and the state stays
Part = tuple[str, Sequence[str], Iterable[Sequence[str]]]  # its title, heads and rows


@dataclass(frozen=True, slots=True)
class Operation:
    """What somebody does: its Chinese name, who, where it leads, and what refuses it."""

    name: str
    who: str
    to: Mapping[str, tuple[str, ...]]
    refuses: Mapping[str, str]
    otherwise: str | None = None  # the code in states that neither of both names
    also: tuple[str, ...] = ()  # what may refuse it for another reason than the state


@dataclass(frozen=True, slots=True)
class Cell:
    """What an operation does in a state: leads to one of `to`, or is refused by a code."""

    operation: str
    state: str
    to: tuple[str, ...]
    code: str | None
    also: tuple[str, ...] = ()


def each(states: tuple[str, ...], *to: str) -> dict[str, tuple[str, ...]]:
    """Let an operation lead from each of some states to the same ones.

    >>> each(("received", "claimed"), STAYS, "revoked")
    {'received': ('received', 'revoked'), 'claimed': ('claimed', 'revoked')}
    """
    return {
        state: tuple(state if one == STAYS else one for one in to) for state in states
    }


def cell_of(
    operations: Mapping[str, Operation],
    of_state: Mapping[str, str],
    operation: str,
    state: str,
) -> Cell:
    """Tell what an operation does in a state; `of_state` is what else refuses it there."""
    told = operations[operation]
    if state in told.to:
        return Cell(operation, state, told.to[state], None, told.also)
    code = told.refuses.get(state) or told.otherwise or of_state[state]
    return Cell(operation, state, (), code)


def written(parts: Iterable[Part]) -> str:
    """Write each part under its title as a table in Markdown."""
    lines: list[str] = []
    for title, heads, rows in parts:
        lines += [f"## {title}", "", *_table(heads, rows), ""]
    return "\n".join(lines)


def states_part(states: Mapping[str, Sequence[str]]) -> Part:
    """List the states."""
    rows = ((f"`{slug}`", *said) for slug, said in states.items())
    return "States", ("state", "中文", "meaning"), rows


def operations_part(title: str, head: str, operations: Mapping[str, Operation]) -> Part:
    """List what may be done, by whom, and what may refuse it besides the state."""
    rows = (
        (f"`{slug}`", one.name, one.who, ", ".join(f"`{code}`" for code in one.also))
        for slug, one in operations.items()
    )
    return title, (head, "中文", "who", "may refuse besides"), rows


def cells_part(
    states: Iterable[str],
    operations: Iterable[str],
    cell: Callable[[str, str], Cell],
) -> Part:
    """Tell of each state which operations lead on, and what refuses the others."""
    rows = (_cells(state, [cell(one, state) for one in operations]) for state in states)
    return "Cells", ("state", "leads to", "refused"), rows


def refusals_part(refusals: Mapping[str, Words]) -> Part:
    """List the refusals with their words and the next step."""
    rows = ((f"`{code}`", it.zh, it.en, it.next_en) for code, it in refusals.items())
    return "Refusals", ("code", "中文", "English", "next"), rows


def _cells(state: str, found: Sequence[Cell]) -> Sequence[str]:
    leads = [f"{one.operation} → {_to(one.to, state)}" for one in found if one.to]
    refused: dict[str, list[str]] = {}
    for one in found:
        if one.code is not None:
            refused.setdefault(one.code, []).append(one.operation)
    refusals = [f"`{code}`: {', '.join(names)}" for code, names in refused.items()]
    return f"`{state}`", "<br>".join(leads), "<br>".join(refusals)


def _to(states: Iterable[str], state: str) -> str:
    return " or ".join("stays" if one == state else one for one in states)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"

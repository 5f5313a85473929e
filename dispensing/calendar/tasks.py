"""Tasks: what a text or a meeting asks somebody to do, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

State = Literal["open", "in_progress", "done", "late", "unrecorded"]
UNITS = ("bureau", "health", "institution")
# What is written down about a task; the last of begin, done and reopen tells its state.
ACTS = ("begin", "note", "evidence", "done", "reopen")
_TURNS: Mapping[str, State] = {"begin": "in_progress", "done": "done", "reopen": "open"}
# What was due longer ago, and nothing written down, may have been done elsewhere.
LATE_DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class Listed:
    """One task of a text's list: measure, task, responsible unit, deadline (L29)."""

    slug: str
    measure: str
    task: str
    of: tuple[str, ...]
    who: str
    until: date | None  # none: it goes on (持续推进)
    quote: str

    @property
    def key(self) -> str:
        """Name the task, the same for everybody."""
        return f"list:{self.slug}"


def listed(rows: Sequence[Mapping[str, Any]]) -> tuple[Listed, ...]:
    """Read the tasks from the rows of a text's list."""
    return tuple(
        Listed(
            slug=row["slug"],
            measure=row["measure"],
            task=row["task"],
            of=tuple(row["of"]),
            who=row["who"],
            until=date.fromisoformat(row["until"]) if "until" in row else None,
            quote=row["quote"],
        )
        for row in rows
    )


def state_of(acts: Sequence[str], due: date | None, today: date) -> State:
    """Tell how a task stands by what was written down, in its order.

    >>> state_of((), date(2025, 9, 2), date(2025, 9, 3))
    'late'
    >>> state_of(("begin", "evidence", "done"), date(2025, 9, 2), date(2025, 9, 3))
    'done'
    """
    turns = [_TURNS[act] for act in acts if act in _TURNS]
    state: State = turns[-1] if turns else "open"
    if state == "done" or due is None or due >= today:
        return state
    if not acts and (today - due).days > LATE_DAYS_MAX:
        return "unrecorded"
    return "late"

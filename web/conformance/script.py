"""Read scenarios as people write them: 场景, 依据, 需要, then 假如, 当, 那么, 并且.

A scenario names the text that it rests on; a step is one sentence, and a sentence that no
act is known for is told with its file and line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "scenarios"
_STEP = re.compile(r"(假如|当|那么|并且|最后)\s*(.+)")
_HEAD = re.compile(r"(功能|场景|依据|需要)[:：]\s*(.+)")


class BadScript(ValueError):
    """A file of scenarios is not fit to be run; names the line."""


class Missed(Exception):
    """A step did not find what it expects."""


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of a scenario."""

    line: int
    text: str


@dataclass(slots=True)
class Scenario:
    """One scenario: its name, what it rests on, what it needs, its steps."""

    name: str
    clause: str = ""
    needs: str = ""
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Act:
    """What is done where a sentence matches."""

    pattern: re.Pattern[str]
    do: Callable[..., None]


class Acts:
    """The sentences that one kind of implementation is asked by."""

    def __init__(self) -> None:
        self._known: list[Act] = []

    def step(
        self, pattern: str
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Name the sentence of a function; its groups are the arguments after the world."""

        def keep(do: Callable[..., None]) -> Callable[..., None]:
            self._known.append(Act(re.compile(pattern), do))
            return do

        return keep

    def find(self, text: str) -> tuple[Callable[..., None], tuple[Any, ...]] | None:
        """Find the act of a sentence and its arguments."""
        for act in self._known:
            match = act.pattern.fullmatch(text)
            if match:
                return act.do, match.groups()
        return None


def load(name: str, acts: Acts) -> tuple[Scenario, ...]:
    """Load the scenarios of a name, and hold each sentence against the acts."""
    path = FOLDER / f"{name}.txt"
    return read(path.read_text("utf-8"), path.name, acts)


def read(text: str, where: str, acts: Acts) -> tuple[Scenario, ...]:
    """Read scenarios; raises BadScript with file and line."""
    found: list[Scenario] = []
    for no, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            _take(line, no, found, acts)
        except ValueError as error:
            raise BadScript(f"{where}:{no}: {error}") from None
    for scenario in found:
        if not scenario.clause or not scenario.steps:
            raise BadScript(f"{where}: {scenario.name}: no 依据 or no steps")
    return tuple(found)


def _take(line: str, no: int, found: list[Scenario], acts: Acts) -> None:
    head = _HEAD.fullmatch(line)
    if head:
        _take_head(head[1], head[2].strip(), found)
        return
    step = _STEP.fullmatch(line)
    if step is None or not found:
        raise ValueError(f"{line!r} is no sentence of a scenario")
    text = step[2].strip()
    if acts.find(text) is None:
        raise ValueError(f"{text!r}: no such step")
    found[-1].steps.append(Step(no, text))


def _take_head(kind: str, words: str, found: list[Scenario]) -> None:
    if kind == "场景":
        if any(each.name == words for each in found):
            raise ValueError(f"{words!r} is there twice")
        found.append(Scenario(words))
    elif kind == "功能":
        return
    elif not found:
        raise ValueError(f"{kind} stands before every scenario")
    elif kind == "依据":
        found[-1].clause = words
    else:
        found[-1].needs = words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one scenario: passed, failed or left out, and why."""

    name: str
    clause: str
    state: str
    step: str = ""
    why: str = ""


def run(
    scenarios: Iterable[Scenario],
    acts: Acts,
    new_world: Callable[[], Any],
    has: Mapping[str, bool],
) -> tuple[Outcome, ...]:
    """Run scenarios one after another, each in a world of its own."""
    return tuple(_run_one(each, acts, new_world, has) for each in scenarios)


def _run_one(
    scenario: Scenario,
    acts: Acts,
    new_world: Callable[[], Any],
    has: Mapping[str, bool],
) -> Outcome:
    told = (scenario.name, scenario.clause)
    if scenario.needs and not has.get(scenario.needs):
        return Outcome(*told, "left out", why=f"需要{scenario.needs}")
    world = new_world()
    for step in scenario.steps:
        act = acts.find(step.text)
        assert act is not None, step
        do, given = act
        try:
            do(world, *given)
        except Missed as missed:
            return Outcome(*told, "failed", step.text, str(missed))
    return Outcome(*told, "passed")

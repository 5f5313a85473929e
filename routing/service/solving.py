"""Ask the planner, and let nothing pass that the independent checker objects to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from routing.plan import Plan
from routing.problem import Problem
from routing.solve import solve
from routing.timing import Stop
from routing.verify import verify

WORKERS = 2


class Objected(RuntimeError):
    """A plan broke a rule: it is never kept."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the planner may think, by which chance, and who watches."""

    seconds_max: float
    seed: int
    on_better: Callable[[Plan], None] | None = None
    cancelled: Callable[[], bool] | None = None


def planned(
    problem: Problem,
    effort: Effort,
    start: Mapping[str, Sequence[Stop]] | None = None,
) -> Plan:
    """Return the best plan found, checked."""
    found = solve(
        problem,
        seconds_max=effort.seconds_max,
        seed=effort.seed,
        workers=WORKERS,
        start=start,
        on_better=effort.on_better,
        cancelled=effort.cancelled,
    )
    check(problem, found)
    if effort.on_better is not None:
        effort.on_better(found)
    return found


def check(problem: Problem, plan: Plan) -> None:
    """Raise Objected with all that is wrong with a plan."""
    objections = verify(problem, plan)
    if objections:
        rules = ", ".join(sorted({each.rule for each in objections}))
        raise Objected(f"{len(objections)} objections: {rules}")

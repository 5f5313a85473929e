"""Ask the planner, and let nothing pass that the independent checker objects to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from routing.baseline import spent_fen
from routing.plan import Plan
from routing.problem import Problem
from routing.solve import solve
from routing.timing import Stop
from routing.verify import verify

WORKERS = 2
WARM_S_MAX = (
    60.0  # to load the search, or compile it: about half a minute on a quiet machine
)


class Objected(RuntimeError):
    """A plan broke a rule: it is never kept."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the planner may think, by which chance, and who watches."""

    seconds_max: float
    seed: int
    on_better: Callable[[Plan, int], None] | None = None  # the plan, and what is paid
    cancelled: Callable[[], bool] | None = None
    on_ready: Callable[[], None] | None = None  # from now on the time counts

    def ready(self) -> None:
        """Tell who watches that the time begins."""
        if self.on_ready is not None:
            self.on_ready()

    def tell(self, problem: Problem, plan: Plan) -> None:
        """Tell who watches of a plan and of what is really paid for it."""
        if self.on_better is not None:
            self.on_better(plan, spent_fen(problem, plan))


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
        on_better=partial(effort.tell, problem) if effort.on_better else None,
        cancelled=effort.cancelled,
        warm_s_max=WARM_S_MAX if effort.on_ready else 0.0,
        on_ready=effort.on_ready,
    )
    check(problem, found)
    effort.tell(problem, found)
    return found


def check(problem: Problem, plan: Plan) -> None:
    """Raise Objected with all that is wrong with a plan."""
    objections = verify(problem, plan)
    if objections:
        rules = ", ".join(sorted({each.rule for each in objections}))
        raise Objected(f"{len(objections)} objections: {rules}")

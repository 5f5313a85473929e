"""Plan a day or a slice of it: problem in, plan out, within the seconds given.

Workers improve pieces of the day side by side, by ruin and recreate; a day of up to some
hundred parcels is one piece, searched from several seeds. The routes that were seen on the
way are recombined by set partitioning, what is still left is tried in every gap of every
route, and what stays behind is told why.

The speed of the machine decides how far a search gets in its seconds: the same seed gives
the same plan only where it has ended by itself, which small days do.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from routing.plan import Plan
from routing.problem import Problem
from routing.solve.crew import prepare, warmed
from routing.solve.finishing import finish, plan_of
from routing.solve.foreman import Foreman
from routing.solve.watching import Watch
from routing.timing import Stop

__all__ = ["prepare", "solve"]


def solve(
    problem: Problem,
    *,
    seconds_max: float,
    seed: int,
    workers: int = 2,
    start: Mapping[str, Sequence[Stop]] | None = None,
    on_better: Callable[[Plan], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
    warm_s_max: float = 0.0,
    on_ready: Callable[[], object] | None = None,
) -> Plan:
    """Return the best plan found in `seconds_max`; every parcel served or explained.

    `start` are orders to begin with, by courier id; those that cannot be are left out.
    `on_better` hears of better plans on the way, about once a second; once `cancelled` says
    so, the best plan so far is returned at once. The time begins when a search can: loading or
    compiling it is waited for `warm_s_max` at most, then `on_ready` is told.
    """
    if not seconds_max > 0:
        raise ValueError(f"expected seconds_max above 0, got {seconds_max}")
    if workers < 1:
        raise ValueError(f"expected one worker or more, got {workers}")
    if warm_s_max and problem.parcels and problem.couriers:
        warmed(warm_s_max, cancelled)
    if on_ready is not None:
        on_ready()
    watch = Watch(time.monotonic(), seconds_max, on_better, cancelled)
    foreman = Foreman(problem, watch, seed=seed, workers=workers)
    foreman.pool.stopped = watch.stopped
    foreman.begin(start or {})
    foreman.improve()
    gaps = finish(foreman.board, watch)
    return plan_of(foreman.board, gaps, watch)

"""The figures of lived days as lines: each seed, then the median and the spread of all."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from fixtures.rounds.figures import DayFigures
from web.bench_day.dispatching import Log
from web.bench_day.lateness import Why


@dataclass(frozen=True, slots=True)
class Pair:
    """One day, lived at the platform and by hand."""

    seed: int
    platform: DayFigures
    hand: DayFigures
    log: Log
    spent_s: float
    faults: int
    late: Counter[Why] = field(default_factory=Counter)


Reading = Callable[[DayFigures], float]
_READ: tuple[tuple[str, Reading], ...] = (
    ("at the door in time, %", lambda it: 100 * it.in_time / it.orders),
    ("promise kept, %", lambda it: 100 * it.kept / it.orders),
    ("delivered", lambda it: it.delivered),
    ("to be tried again", lambda it: it.retried),
    ("returned", lambda it: it.returned),
    ("left at the counter", lambda it: it.left),
    ("km per parcel", lambda it: it.metres_per_parcel / 1000),
    ("couriers' hours at work", lambda it: it.work_s / 3600),
    ("couriers on the road", lambda it: it.couriers),
)
_PLANS: tuple[tuple[str, Callable[[Pair], float]], ...] = (
    ("plans of the whole rest", lambda it: it.log.modes["whole"]),
    ("plans that put in", lambda it: it.log.modes["insert"]),
    ("stops with their courier, %", lambda it: _kept(it.log, "courier")),
    ("stops in their order, %", lambda it: _kept(it.log, "order")),
    ("drafts made again", lambda it: it.log.outdated),
    ("batches of silent phones", lambda it: it.log.batches),
    ("positions taken", lambda it: it.log.positions),
    ("alerts told", lambda it: it.log.alerts.total()),
    ("ways in vain", lambda it: it.platform.in_vain),
    ("seconds to live it", lambda it: it.spent_s),
)


def lines(pairs: Sequence[Pair]) -> Iterator[str]:
    """Tell all days: a line for each figure, a column for each seed, then all together."""
    heads = (*(f"seed {it.seed}" for it in pairs), "median", "spread")
    yield _line("", heads)
    for name, read in _READ:
        for who in ("platform", "hand"):
            told = [read(getattr(it, who)) for it in pairs]
            yield _line(f"{name}, {'by hand' if who == 'hand' else who}", _told(told))
    for why in Why:
        yield _line(f"late, {why}", _told([it.late[why] for it in pairs]))
    for name, of_pair in _PLANS:
        yield _line(name, _told([of_pair(it) for it in pairs]))


def _told(values: Sequence[float]) -> tuple[str, ...]:
    spread = f"{min(values):.1f}-{max(values):.1f}"
    return (*(f"{it:.1f}" for it in values), f"{median(values):.1f}", spread)


def _line(name: str, told: Sequence[str]) -> str:
    return f"{name:<38}" + "".join(f"{it:>13}" for it in told)


def _kept(log: Log, what: str) -> float:
    """Tell the share of stops that stayed, of all that two versions had in common."""
    stops = sum(it.stops for it in log.kept)
    stayed: int = sum(getattr(it, what) for it in log.kept)
    return 100 * stayed / stops if stops else 100.0

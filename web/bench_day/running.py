"""Live some days, tell what they came to, and what in the database is not as it happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import getloadavg
from time import perf_counter

from fixtures.rounds.by_hand import live_by_hand
from fixtures.rounds.drawing import draw
from fixtures.rounds.figures import figures_of
from fixtures.rounds.given import Given
from routing.reserve import RESERVE_PERCENT
from web.bench_databases import DATABASES, empty
from web.bench_day import living
from web.bench_day.lateness import why_late
from web.bench_day.table import Pair, lines
from web.bench_day.town import opened

Echo = Callable[[str], object]
SEEDS = (1, 2, 3)
ORDERS, COURIERS = 240, 16
_TOLD_MAX = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: which seeds, how many orders and couriers, on which database."""

    seeds: Sequence[int] = SEEDS
    orders: int = ORDERS
    couriers: int = COURIERS
    database: str = DATABASES[0]
    reserve_percent: int = RESERVE_PERCENT  # of the platform's plans


class NotAsItHappened(RuntimeError):
    """The database does not say what happened."""


def run(asked: Asked, echo: Echo) -> None:
    """Live a day of each seed and tell the figures; raises NotAsItHappened."""
    words = f"{asked.orders} orders, {asked.couriers} couriers, {asked.database}"
    words += f", reserve {asked.reserve_percent} %"
    echo(f"a day of {words}; load {getloadavg()[0]:.1f}")
    pairs = [_lived(asked, seed, echo) for seed in asked.seeds]
    for line in lines(pairs):
        echo(line)
    faults = sum(it.faults for it in pairs)
    echo(f"{faults} things that are not as they happened")
    if faults:
        raise NotAsItHappened(f"{faults} faults")


def _lived(asked: Asked, seed: int, echo: Echo) -> Pair:
    day = draw(Given(seed=seed, orders=asked.orders, couriers=asked.couriers))
    hand = live_by_hand(day)
    begun = perf_counter()
    with empty(asked.database) as (folder, url), opened(day, folder, url) as town:
        lived = living.at_platform(town, reserve_percent=asked.reserve_percent)
    spent_s = perf_counter() - begun
    faults = list(lived.faults)
    if living.again(day, lived.log).text() != lived.truth.journal.text():
        faults.append("lived again by the same plans, it is another day")
    for fault in faults[:_TOLD_MAX]:
        echo(f"seed {seed}: {fault}")
    figures = figures_of(day, lived.truth.journal), figures_of(day, hand)
    late = why_late(day, lived.truth.journal, lived.log.planned_s)
    return Pair(seed, *figures, lived.log, spent_s, len(faults), late)

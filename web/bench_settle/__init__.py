"""How fast settlements are, beside pgbench and plain sqlite3 on the same machine."""

import os
import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from dispensing.desk import Desk
from dispensing.policy import WatchedOverlay
from dispensing.vault import Vault
from web import db, migrating
from web.bench_settle import endpoint, hot, lean, plain, town
from web.bench_settle.postgres import Postgres, postgres

Echo = Callable[[str], object]
REPEATS = 5
POSTED = 400  # in each repeat, by each way of posting
ANSWERED = 600
SETTLED = 400  # on SQLite, the first of them to warm up
SECONDS = "4"
_SEED = 7
# What is compared, with what, and what is promised.
RATIOS = (
    ("endpoint / pgbench, 4 statements, c=16", "endpoint", "lean four c=16", 0.40),
    ("posting by us / by pgbench, c=1", "posted by us", "posted by pgbench", 0.65),
    (
        "posting by us / lean single statement, c=1",
        "posted by us",
        "lean one c=1",
        None,
    ),
    ("batch / one by one", "in batches", "one by one", 5.0),
    ("SQLite posting by us / by sqlite3", "sqlite posted", "sqlite plain posted", 0.5),
    ("SQLite settled by us / by sqlite3", "sqlite settled", "sqlite plain", None),
)


@dataclass(slots=True)
class Seen:
    """The figures of each cell, repeat by repeat."""

    per_s: dict[str, list[float]] = field(default_factory=dict)
    spent_ms: dict[str, list[float]] = field(default_factory=dict)

    def note(self, cell: str, per_s: float) -> None:
        """Note how many a second a cell did."""
        self.per_s.setdefault(cell, []).append(per_s)


def run(echo: Echo) -> None:
    """Measure everything in one run: repeats interleaved, in an order drawn anew for each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="yaoda-bench-")))
        server = stack.enter_context(postgres())
        desk = Desk(
            WatchedOverlay(town.overlay()),
            hot.Prompt(":memory:"),
            Vault(b"v" * 32),
            b"c" * 32,
        )
        seen = Seen()
        cells = {
            **_on_postgres(stack, server, folder, seen),
            **_on_sqlite(folder, desk, seen),
        }
        _repeat(cells, echo)
        tell(seen, echo)


def _repeat(cells: dict[str, Callable[[], None]], echo: Echo) -> None:
    chance = random.Random(_SEED)
    echo(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the beginning")
    for no in range(1, REPEATS + 1):
        order = chance.sample(sorted(cells), len(cells))
        for cell in order:
            cells[cell]()
        echo(f"repeat {no} of {REPEATS}: load {os.getloadavg()[0]:.1f}")


def _on_postgres(
    stack: ExitStack, server: Postgres, folder: Path, seen: Seen
) -> dict[str, Callable[[], None]]:
    server.run("postgres", "CREATE DATABASE lean", "CREATE DATABASE town")
    server.run("lean", *lean.TABLES)
    engine = db.open_engine(server.url("town"))
    stack.callback(engine.dispose)
    migrating.create(engine)
    settings = endpoint.settings_for(server.url("town"), folder)
    desk = endpoint.open_town(engine, settings)
    bench = hot.Bench(engine, desk, count(1))
    bench.customers(20_000)  # others, who stay at home
    server.run("town", "VACUUM ANALYZE")
    port = stack.enter_context(endpoint.serving(settings))
    signed_in = endpoint.tokens(port)
    endpoint.load(port, signed_in, bench.customers(200))  # warm
    hot.posted_by_us(engine, bench.opened(50))

    def answered() -> None:
        done = endpoint.load(port, signed_in, bench.customers(ANSWERED))
        assert not done.failed, f"{done.failed} requests failed"
        seen.note("endpoint", done.answers_per_s)
        seen.spent_ms.setdefault("endpoint", []).extend(done.spent_ms)

    def lean_of(script: str, clients: int) -> float:
        more = ("-M", "prepared", "-j", "1", "-T", SECONDS)
        return server.pgbench("lean", script, "-c", str(clients), *more)

    return {
        "endpoint": answered,
        "lean four c=16": lambda: seen.note("lean four c=16", lean_of(lean.FOUR, 16)),
        "lean one c=1": lambda: seen.note("lean one c=1", lean_of(lean.ONE, 1)),
        "posted by us": lambda: seen.note(
            "posted by us", hot.posted_by_us(engine, bench.opened(POSTED))
        ),
        "posted by pgbench": lambda: seen.note(
            "posted by pgbench", hot.posted_by_pgbench(bench, server, "town", POSTED)
        ),
        "one by one": lambda: seen.note("one by one", hot.posted_alone(bench, POSTED)),
        "in batches": lambda: seen.note(
            "in batches", hot.posted_in_batches(bench, POSTED)
        ),
    }


def _on_sqlite(folder: Path, desk: Desk, seen: Seen) -> dict[str, Callable[[], None]]:
    path, people = plain.prepare(folder, desk, SETTLED)
    calls = plain.recorded(path, desk, people)
    counted = SETTLED - plain.WARM

    def settled() -> None:
        spent_ms = plain.settled_ms(path, desk, people)
        seen.note("sqlite settled", 1000 * len(spent_ms) / sum(spent_ms))
        seen.spent_ms.setdefault("sqlite settled", []).extend(spent_ms)

    def posted() -> None:
        seen.note("sqlite posted", plain.posted_by_us(path, desk, people))

    def by_sqlite() -> None:
        every_s, posted_s = plain.replayed_s(path, calls)
        seen.note("sqlite plain", counted / every_s)
        seen.note("sqlite plain posted", counted / posted_s)

    return {
        "sqlite settled": settled,
        "sqlite posted": posted,
        "sqlite plain": by_sqlite,
    }


def tell(seen: Seen, echo: Echo) -> None:
    """Tell the figures of every cell, then the ratios and whether they hold."""
    for cell, figures in sorted(seen.per_s.items()):
        low, high = min(figures), max(figures)
        echo(f"{cell}: median {median(figures):.0f}/s ({low:.0f} to {high:.0f})")
    for cell, spent in sorted(seen.spent_ms.items()):
        echo(f"{cell}: {_spread(sorted(spent))}")
    for words, mine, other, promised in RATIOS:
        ratio = median(
            a / b for a, b in zip(seen.per_s[mine], seen.per_s[other], strict=True)
        )
        held = "" if promised is None else _held(ratio, promised)
        echo(f"{words}: {ratio:.2f}{held}")


def _held(ratio: float, promised: float) -> str:
    return f" ({'held' if ratio >= promised else 'MISSED'}: {promised} was promised)"


def _spread(spent_ms: Sequence[float]) -> str:
    return (
        f"median {median(spent_ms):.1f} ms, 99 % within"
        f" {spent_ms[len(spent_ms) * 99 // 100]:.1f} ms, longest {spent_ms[-1]:.1f} ms"
    )

"""Days of many cities on the command line: each a job that any worker takes."""

import csv
import io
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import typer

from fixtures.city.wenzhou import COURIERS_MAX, ORDERS_MAX, OUTLETS_MAX
from web import create_app
from web.cities.given import City, alike, read_cities, run_of
from web.commands.given import BadInput, readable, settings
from web.commands.route.options import Seconds, Seed, seconds_in_bounds
from web.commands.route.stopping import stoppable
from web.commands.writing import write_whole
from web.jobs import cities as planning
from web.jobs import running
from web.jobs.cities import Standing
from web.jobs.port import Jobs

LOOK_S = 0.25
TELL_S = 5.0
COLUMNS = (
    *("number", "name", "orders", "seed", "state", "tries", "worker"),
    *("couriers", "served", "left", "on_time", "km", "yuan"),
    *("planned_s", "first_full_s", "rules_broken"),
)


def cities(
    file: Annotated[Path | None, typer.Argument(help="A TOML file of cities.")] = None,
    *,
    count: Annotated[
        int | None, typer.Option(help="So many cities, instead of a file.")
    ] = None,
    orders: Annotated[int, typer.Option(min=1, max=ORDERS_MAX, help="Of each.")] = 500,
    outlets: Annotated[
        int, typer.Option(min=1, max=OUTLETS_MAX, help="Of each.")
    ] = 378,
    couriers: Annotated[
        int | None,
        typer.Option(min=1, max=COURIERS_MAX, help="Of each; else one for 12 orders."),
    ] = None,
    seed: Seed = 1,
    seconds: Seconds = 30.0,
    here: Annotated[
        bool, typer.Option("--here", help="Work here, too, until all are done.")
    ] = False,
    out: Annotated[Path, typer.Option(help="The folder for plans and the table.")],
) -> None:
    """Plan the days of many cities as jobs; 1 where one failed or a plan breaks a rule.

    Asked again, it goes on where it stands: what is handed in is planned once.
    """
    seconds_in_bounds(seconds)
    if not out.is_dir():
        raise BadInput(f"{out}: no such folder")
    if (file is None) == (count is None):
        raise BadInput("expected a file of cities or --count, one of them")
    usual = City("city", orders, outlets, couriers, seed, seconds)
    asked = (
        alike(count, usual) if count is not None else read_cities(_file(file), usual)
    )
    run = run_of(asked)
    with _platform() as (platform, jobs, ends), stoppable() as stopped:
        planning.hand_in(platform, jobs, run, asked)
        with _working(jobs, ends) if here else nullcontext():
            done = _watched(platform, jobs, run, stopped)
        _gather(platform, run, out)
    for line in _table(done):
        typer.echo(line)
    if any(each.told is None or each.told.rules_broken for each in done):
        raise typer.Exit(1)


def _file(path: Path | None) -> Path:
    assert path is not None
    return readable(path)


@contextmanager
def _platform() -> Iterator[tuple[Any, Jobs, Event]]:
    platform, ends = create_app(settings()), Event()
    jobs = running.jobs_of(platform, ends)
    try:
        yield platform, jobs, ends
    finally:
        jobs.close()
        platform.extensions["engine"].dispose()


@contextmanager
def _working(jobs: Jobs, ends: Event) -> Iterator[None]:
    """Be a worker beside; ended with the block, what is in hand is left to others."""
    worker = Thread(target=jobs.work, args=(ends,), daemon=True)
    worker.start()
    try:
        yield
    finally:
        ends.set()
        worker.join(running.ENDS_S_MAX)


def _watched(platform: Any, jobs: Jobs, run: str, stopped: Any) -> tuple[Standing, ...]:
    """Wait for the cities of a run; tell how far they are when that changes."""
    before, told_s = "", float("-inf")
    while True:
        found = planning.standings(platform, run)
        words = _progress(found)
        if (words != before and time.monotonic() - told_s >= TELL_S) or not before:
            typer.echo(words)
            before, told_s = words, time.monotonic()
        if stopped() or _over(found, jobs, run):
            if words != before:
                typer.echo(words)
            return found
        time.sleep(LOOK_S)


def _over(found: Sequence[Standing], jobs: Jobs, run: str) -> bool:
    left = [each for each in found if each.state != "done"]
    if any(each.state != "failed" for each in left):
        return False
    dead = {each.key for each in jobs.dead()} if left else set()
    return all(planning.key_of(run, each.number) in dead for each in left)


def _progress(found: Sequence[Standing]) -> str:
    states = Counter(each.state for each in found)
    return (
        f"{states['done']} of {len(found)} cities done, {states['running']} under way,"
        f" {states['waiting']} waiting, {states['failed']} failed"
    )


def _gather(platform: Any, run: str, out: Path) -> None:
    """Write the plan of each city that is done, and the table of all."""
    table = io.StringIO()
    rows = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for each in planning.standings(platform, run):
        rows.writerow(_row(each))
        if each.told is not None:
            day = planning.day_of(platform, run, each.number)
            write_whole(out / f"{each.number:04}.json", day.encode())
    write_whole(out / "cities.csv", table.getvalue().encode())


def _row(each: Standing) -> dict[str, object]:
    told, city = each.told, each.city
    row: dict[str, object] = {
        "number": each.number,
        "name": city.name,
        "orders": city.orders,
        "seed": city.seed,
        "state": each.state,
        "tries": each.tries,
        "worker": each.worker,
    }
    if told is not None:
        row |= {
            "couriers": told.couriers,
            "served": told.served,
            "left": told.left,
            "on_time": told.on_time,
            "km": f"{told.distance_m / 1000:.1f}",
            "yuan": f"{told.cost_fen / 100:.2f}",
            "planned_s": told.planned_s,
            "first_full_s": told.first_full_s,
            "rules_broken": told.rules_broken,
        }
    return row


def _table(found: Sequence[Standing]) -> Iterator[str]:
    """Write a line for each city, in columns."""
    cells = [list(COLUMNS)]
    cells += [[str(_row(each).get(it, "")) for it in COLUMNS] for each in found]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        words = (word.ljust(width) for word, width in zip(row, widths, strict=True))
        yield "  ".join(words).rstrip()

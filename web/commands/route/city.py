"""A made-up day of a whole city on the command line: drawn, planned, checked, told."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fixtures.city.wenzhou import COURIERS_MAX, ORDERS_MAX, OUTLETS_MAX, wenzhou_day
from routing.pictures.told import day_json
from routing.plan import Kind, Plan
from routing.problem import Problem
from routing.solve import solve
from routing.verify import verify
from routing.watch import Watch
from web.commands.given import place_for, settings
from web.commands.route.options import Seconds, Seed, Workers, seconds_in_bounds
from web.commands.route.stopping import stoppable
from web.commands.writing import write_whole
from web.roads import travel_of


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds until the day was drawn, planned, and first planned in full."""

    drawn_s: float
    planned_s: float
    first_full_s: float | None


def city(
    *,
    orders: Annotated[int, typer.Option(min=1, max=ORDERS_MAX, help="How many.")],
    outlets: Annotated[
        int, typer.Option(min=1, max=OUTLETS_MAX, help="How many.")
    ] = 378,
    couriers: Annotated[
        int | None,
        typer.Option(min=1, max=COURIERS_MAX, help="Else one for 12 orders."),
    ] = None,
    seed: Seed = 1,
    seconds: Seconds = 30.0,
    workers: Workers = 2,
    out: Annotated[Path | None, typer.Option(help="The JSON file to write.")] = None,
) -> None:
    """Draw a Wenzhou-like day, plan it, and tell what came of it; 1 where a rule is broken."""
    seconds_in_bounds(seconds)
    if out is not None:
        place_for(out)
    travel = travel_of(settings())
    begun = time.monotonic()
    day = wenzhou_day(
        travel, orders=orders, outlets=outlets, couriers=couriers, seed=seed
    )
    drawn = time.monotonic()
    watch = Watch(time.monotonic)
    with stoppable() as stopped:
        plan = solve(
            day.problem,
            seconds_max=seconds,
            seed=seed,
            workers=workers,
            on_better=watch,
            cancelled=stopped,
        )
    watch(plan)
    spent = _Spent(drawn - begun, time.monotonic() - drawn, watch.first_full_s())
    typer.echo(f"ways: {day.source}")
    for line in _told(day.problem, plan, spent):
        typer.echo(line)
    if out is not None:
        write_whole(out, day_json(plan, day.points, watch.better).encode())
    broken = verify(day.problem, plan)
    for each in broken[:20]:
        typer.echo(f"{each.rule}: {each.words}")
    typer.echo(
        f"{len(broken)} rules broken" if broken else "checked: no rule is broken"
    )
    if broken:
        raise typer.Exit(1)


def _told(problem: Problem, plan: Plan, spent: _Spent) -> Iterator[str]:
    """Tell a day in a few lines."""
    doors = [it for _, it in plan.visits() if it.kind is Kind.DROPOFF]
    late = sum(1 for it in doors if it.late_s)
    worked_s = sum(route.duration_s for route in plan.routes)
    peak_kib = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    yield f"orders: {len(problem.parcels)}, {2 * len(problem.parcels)} stops"
    yield f"couriers: {len(plan.routes)} of {len(problem.couriers)}"
    yield f"served: {plan.served}, left behind: {len(plan.unserved)}"
    yield f"on time: {len(doors) - late} of {len(doors)}"
    yield f"way: {plan.distance_m / 1000:.1f} km, work: {worked_s / 3600:.1f} h"
    yield f"cost: {plan.cost_fen / 100:.2f} yuan"
    yield f"drawn in {spent.drawn_s:.1f} s, planned in {spent.planned_s:.1f} s"
    first = spent.first_full_s
    yield "no full plan" if first is None else f"first full plan: {first} s"
    yield f"peak memory of one process: {peak_kib / 1024:.0f} MB"

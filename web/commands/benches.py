"""The measurements on the command line."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from fixtures.rounds.given import COURIERS_MAX, ORDERS_MAX
from routing.reserve import RESERVE_PERCENT
from web import bench, bench_carriers, bench_network, bench_routing, clock
from web.bench_databases import DATABASES
from web.bench_day import running as bench_day
from web.bench_routing.works import SOLVERS, Work
from web.commands.given import BadInput, existing, settings

NETWORK = "network"
ROUTING = "routing"
DAY = "day"
CARRIERS = "carriers"
NAMES = (*bench.NAMES, ROUTING, DAY, CARRIERS)


Areas = Annotated[
    list[int] | None,
    typer.Option(min=1, help="network: pooling areas; several, from few to many."),
]
People = Annotated[int, typer.Option(min=2, help="network: how many ask at each size.")]
Seed = Annotated[int | None, typer.Option(min=1, help="day: this seed alone.")]
Orders = Annotated[int, typer.Option(min=1, max=ORDERS_MAX, help="day: orders.")]
Couriers = Annotated[int, typer.Option(min=1, max=COURIERS_MAX, help="day: couriers.")]
Reserve = Annotated[
    int, typer.Option(min=0, max=100, help="day: what plans leave free, in percent.")
]
Database = Annotated[
    str, typer.Option(help=f"day, carriers: one of {', '.join(DATABASES)}.")
]


def command(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")],
    *,
    work: Annotated[Work, typer.Option(help="routing: which line of the table.")] = (
        Work.SMALL
    ),
    seeds: Annotated[
        int, typer.Option(min=1, max=100, help="routing: runs of each; day: days.")
    ] = 3,
    seed: Seed = None,
    orders: Orders = bench_day.ORDERS,
    couriers: Couriers = bench_day.COURIERS,
    database: Database = DATABASES[0],
    reserve: Reserve = RESERVE_PERCENT,
    seconds_scale: Annotated[
        float, typer.Option(min=0.01, max=100, help="routing: times the usual seconds.")
    ] = 1.0,
    instances: Annotated[
        Path | None, typer.Option(help="routing: a folder of files by format.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="routing: part of a case's name.")
    ] = None,
    solver: Annotated[
        list[str] | None, typer.Option(help="routing: one of several, else all.")
    ] = None,
    areas: Areas = None,
    people: People = bench_network.ASKED,
) -> None:
    """Measure one thing that was promised, and tell the figures."""
    _reject_unknown(name, database, solver or ())
    if name == NETWORK:
        sizes = sorted(set(areas or bench_network.AREAS))
        bench_network.run(typer.echo, sizes, asked=people)
        return
    if name == DAY:
        lived = (seed,) if seed else tuple(range(1, seeds + 1))
        asked_day = bench_day.Asked(lived, orders, couriers, database, reserve)
        bench_day.run(asked_day, typer.echo)
        return
    if name == CARRIERS:
        bench_carriers.run(typer.echo, database=database)
        return
    if name != ROUTING:
        bench.run(name, echo=typer.echo)
        return
    stamp = clock.Clock().now().strftime("%Y%m%d-%H%M%S")
    asked = bench_routing.Asked(
        work=work,
        seeds=seeds,
        seconds_scale=seconds_scale,
        instances=instances and existing(instances),
        only=tuple(only or ()),
        solvers=tuple(solver or ()),
        keep=settings().var_dir / "bench" / f"routing-{work}-{stamp}.json",
    )
    bench_routing.run(asked, typer.echo)


def _reject_unknown(name: str, database: str, solvers: Collection[str]) -> None:
    if name not in NAMES:
        raise BadInput(f"{name}: expected one of {', '.join(NAMES)}")
    if database not in DATABASES:
        known = " or ".join(DATABASES)
        raise BadInput(f"--database {database}: expected {known}")
    unknown = set(solvers) - set(SOLVERS)
    if unknown:
        raise BadInput(
            f"--solver {unknown.pop()}: expected one of {', '.join(SOLVERS)}"
        )

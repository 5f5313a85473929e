"""The planner beside VROOM, PyVRP and OR-Tools: the same cores, the same wall time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web.bench_routing import running, table
from web.bench_routing.works import Work, best_known, jobs

Echo = Callable[[str], object]
CORES = 2
DAY_SEED = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, and where every run is kept."""

    work: Work
    seeds: int
    seconds_scale: float
    instances: Path | None
    only: tuple[str, ...]
    solvers: tuple[str, ...]  # of those that the work has; none named: all
    keep: Path


def run(asked: Asked, echo: Echo) -> None:
    """Run every solver on every case, seed by seed, and tell the table."""
    results: list[dict[str, Any]] = []
    asked.keep.parent.mkdir(parents=True, exist_ok=True)
    for spec in _specs(asked):
        result = running.run(spec)
        results.append(_timed(result))
        asked.keep.write_text(_json(results), "utf-8")
        echo(_line(result))
    if not results:
        echo("no case: give --instances a folder with the files")
        return
    for line in lines(asked.work, results, best_known(asked.instances)):
        echo(line)
    echo(f"every run: {asked.keep}")


def lines(
    work: Work, results: list[dict[str, Any]], known: dict[str, tuple[int, float]]
) -> Iterator[str]:
    """Yield the table of a work."""
    if work is Work.GROWTH:
        yield from table.growth_lines(results)
    elif work is Work.CITY:
        yield from table.day_lines(results)
    else:
        yield from table.instance_lines(results, known)


def _specs(asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield the runs, a case at a time, so that a slow moment hits every solver alike."""
    for job in jobs(asked.work, asked.instances, asked.only):
        for seed in range(1, asked.seeds + 1):
            for solver in job.solvers:
                if asked.solvers and solver not in asked.solvers:
                    continue
                yield {
                    "name": job.name,
                    "solver": solver,
                    **job.spec,
                    "day_seed": DAY_SEED + seed - 1,
                    "seconds": job.seconds * asked.seconds_scale,
                    "seed": seed,
                    "workers": CORES,
                }


def _timed(result: dict[str, Any]) -> dict[str, Any]:
    full = [at for at, _, left in result.get("better", ()) if left == 0]
    return {**result, "first_full_s": full[0]} if full else result


def _line(result: dict[str, Any]) -> str:
    head = f"{result['name']} {result['solver']} seed {result['seed']}: "
    if "said" in result:
        return head + str(result["said"])
    faults = f", {result['fault_count']} faults" if result["fault_count"] else ""
    return (
        f"{head}{result['vehicles']} vehicles, {result['distance']:.1f},"
        f" {result['unserved']} unserved{faults}, {result['wall_s']:.1f} s,"
        f" {result['peak_mb']} MB"
    )


def _json(results: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(it) for it in results) + "\n]\n"

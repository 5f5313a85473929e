"""Gaps and medians of the runs, as lines to read; a run without an answer is a miss."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

Result = Mapping[str, Any]
GROWN_SHARE = 0.05  # how near to its final cost a growing day is awaited


def good(result: Result) -> bool:
    """Tell whether a run gave an answer without a fault and left nothing behind."""
    return (
        "said" not in result
        and not result["fault_count"]
        and not result["unserved"]
        and result["vehicles"] > 0
    )


def gap(result: Result, best: tuple[int, float]) -> float:
    """Return the balanced gap: 50·(vehicles/best + distance/best) − 100, in percent."""
    vehicles, distance = best
    ratio = result["vehicles"] / vehicles + result["distance"] / distance
    return float(50 * ratio - 100)


def best_of(results: Iterable[Result], known: tuple[int, float] | None) -> Any:
    """Return the best-known answer, else the best of the run: vehicles, then distance."""
    if known is not None:
        return known
    found = [(it["vehicles"], it["distance"]) for it in results if good(it)]
    return min(found, default=None)


def instance_lines(
    results: Sequence[Result], known: Mapping[str, tuple[int, float]]
) -> Iterator[str]:
    """Tell each file's medians and gaps, and the median gap of every solver."""
    gaps: dict[str, list[float]] = {}
    missed: dict[str, int] = {}
    for name in _names(results, "name"):
        runs = [it for it in results if it["name"] == name]
        best = best_of(runs, known.get(name))
        cells = []
        for solver in _names(runs, "solver"):
            mine = [it for it in runs if it["solver"] == solver]
            told = [gap(it, best) for it in mine if good(it)]
            missed[solver] = missed.get(solver, 0) + len(mine) - len(told)
            cells.append(f"{solver} {_cell(mine, told)}")
            if told:
                gaps.setdefault(solver, []).append(median(told))
        yield f"{name} (best {_best_words(best)}): " + ", ".join(cells)
    for solver in _names(results, "solver"):
        told = gaps.get(solver, [])
        words = f"{median(told):.1f} %" if told else "nothing"
        tail = (
            f", {missed[solver]} runs without a full answer" if missed[solver] else ""
        )
        yield f"median balanced gap, {solver}: {words} over {len(told)} files{tail}"


def gaps_of(
    results: Sequence[Result], known: Mapping[str, tuple[int, float]]
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return the gaps of every solver's full answers, and how many runs it had."""
    gaps: dict[str, list[float]] = {}
    runs: dict[str, int] = {}
    for name in _names(results, "name"):
        mine = [it for it in results if it["name"] == name]
        best = best_of(mine, known.get(name))
        for it in mine:
            solver = str(it["solver"])
            runs[solver] = runs.get(solver, 0) + 1
            gaps.setdefault(solver, [])
            if good(it):
                gaps[solver].append(gap(it, best))
    return gaps, runs


def _cell(mine: Sequence[Result], told: Sequence[float]) -> str:
    if not told:
        return _why(mine)
    best = min(
        (it for it in mine if good(it)), key=lambda it: (it["vehicles"], it["distance"])
    )
    return f"{best['vehicles']}/{best['distance']:.0f} ({median(told):+.1f} %)"


def _best_words(best: tuple[int, float] | None) -> str:
    return "unknown" if best is None else f"{best[0]}/{best[1]:.0f}"


def day_lines(results: Sequence[Result]) -> Iterator[str]:
    """Tell each day's median cost, seconds and memory, and ours against the others."""
    for name in _names(results, "name"):
        runs = [it for it in results if it["name"] == name]
        costs: dict[str, float] = {}
        for solver in _names(runs, "solver"):
            mine = [it for it in runs if it["solver"] == solver]
            full = [it["distance"] for it in mine if good(it)]
            if full:
                costs[solver] = median(full)
            yield f"{name}, {solver}: {_day(mine, full)}"
        for solver, cost in costs.items():
            if solver != "ours" and "ours" in costs:
                yield f"{name}: ours / {solver} {costs['ours'] / cost:.3f}"


def _day(mine: Sequence[Result], full: Sequence[float]) -> str:
    told = [it for it in mine if "said" not in it]
    if not told:
        return _why(mine)
    cost = median(full) if full else median(it["distance"] for it in told)
    wall_s = max(it["wall_s"] for it in told)
    peak_mb = max(it["peak_mb"] for it in told)
    words = f"{cost / 1000:.1f}k s, wall {wall_s:.0f} s, {peak_mb} MB"
    first = [it["first_full_s"] for it in told if it.get("first_full_s")]
    words += f", first full plan after {median(first):.1f} s" if first else ""
    return words if len(full) == len(mine) else f"{words}; {_why(mine)}"


def growth_lines(results: Sequence[Result]) -> Iterator[str]:
    """Tell how the time to come near the final cost grows with the stops, beside n·log n."""
    measured: list[tuple[int, float]] = []
    for name in _names(results, "name"):
        runs = [it for it in results if it["name"] == name]
        times = [near for it in runs if (near := near_s(it["better"])) is not None]
        if times:
            measured.append((int(runs[0]["stops"]), median(times)))
    for stops, near in measured:
        first, first_s = measured[0]
        fair = stops * math.log(stops) / (first * math.log(first))
        yield (
            f"{stops} stops: within {GROWN_SHARE:.0%} of the final cost after {near:.1f} s,"
            f" {near / first_s:.1f} times the first, n·log n {fair:.1f} times"
        )
    if not measured:
        yield "no run told its better plans"


def near_s(better: Sequence[Sequence[float]]) -> float | None:
    """Return when a run first came near its final cost, with as few left behind."""
    if not better:
        return None
    _, cost, left = better[-1]
    near = (at for at, fen, behind in better if _near(fen, cost) and behind <= left)
    return next(near)


def _near(fen: float, cost: float) -> bool:
    return fen <= cost * (1 + GROWN_SHARE)


def _why(mine: Sequence[Result]) -> str:
    """Say what is missing from the runs that are no full answer."""
    bad = [it for it in mine if not good(it)]
    first = bad[0]
    if "said" in first:
        words = str(first["said"])
    elif first["fault_count"]:
        words = f"{first['fault_count']} rules broken ({first['faults'][0]})"
    elif first["unserved"]:
        words = f"{first['unserved']} unserved"
    else:
        words = "no route"
    return f"{len(bad)} of {len(mine)} runs: {words}"


def _names(results: Iterable[Result], key: str) -> list[str]:
    return list(dict.fromkeys(str(it[key]) for it in results))

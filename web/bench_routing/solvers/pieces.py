"""PyVRP inside a decomposition: pieces of the town first, then neighbouring routes again.

What the decomposition alone is worth: the same way of cutting a day up that a planner of
whole towns needs, with PyVRP in every piece.
"""

import multiprocessing
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from routing.problem import Kind, Problem
from web.bench_routing.case import Stop
from web.bench_routing.solvers import pyvrp
from web.bench_routing.solvers.base import Found

PIECE_STOPS = 250
AGAIN_STOPS, AGAIN_ROUTES_MAX, AGAIN_S = 100, 6, 0.8
_FIRST_SHARE = 0.45
_ROUNDS = 12

Tours = dict[int, list[Stop]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A piece: couriers and parcels by number, seconds, and the routes as they stand."""

    couriers: tuple[int, ...]
    parcels: tuple[int, ...]
    seconds: float
    seed: int
    start: Tours | None


_problem: list[Problem] = []  # in a worker: the day whose pieces it plans


def run(problem: Problem, *, seconds: float, seed: int, workers: int) -> Found:
    """Plan the pieces side by side, then neighbouring routes until the time is over."""
    begun = time.monotonic()
    ends = begun + seconds
    chance = random.Random(seed)
    pieces = list(_pieces(problem, seed, seconds * _FIRST_SHARE, workers))
    tours: Tours = {}
    forked: Any = multiprocessing.get_context("fork")
    _problem[:] = [problem]
    with forked.Pool(workers) as pool:
        failed: list[Asked] = []
        for asked, done in pool.imap_unordered(_answered, pieces):
            if done is None:
                failed.append(asked)
            tours |= done or {}
        first_s = time.monotonic() - begun
        again = 0
        running: dict[Any, Asked] = {}
        while time.monotonic() < ends - AGAIN_S:
            busy = {it for asked in running.values() for it in asked.couriers}
            free = {it: tours[it] for it in tours if it not in busy}
            if len(running) < workers and failed:
                once_more = failed.pop()
                slower = replace(once_more, seconds=2 * once_more.seconds)
                running[pool.apply_async(_planned, (slower,))] = slower
                continue
            if len(running) < workers and len(free) > 1:
                asked = _neighbours(problem, free, chance)
                running[pool.apply_async(_planned, (asked,))] = asked
                continue
            again += _taken(problem, tours, running)
            time.sleep(0.005)
        for result in running:
            result.wait(max(0.0, ends + 1 - time.monotonic()))
        again += _taken(problem, tours, running)
    return Found(tours, (), {"first_s": round(first_s, 1), "again": again})


def _taken(problem: Problem, tours: Tours, running: dict[Any, Asked]) -> int:
    """Take over what has been planned better meanwhile; tell how many were."""
    ready = [result for result in running if result.ready()]
    better = 0
    for result in ready:
        asked, found = running.pop(result), result.get()
        if found is None:
            continue
        before = {it: tours.get(it, []) for it in asked.couriers}
        if asked.start is None or _cost(problem, found) < _cost(problem, before):
            for it in asked.couriers:
                tours[it] = found.get(it, [])
            better += 1
    return better


def _answered(asked: Asked) -> tuple[Asked, Tours | None]:
    return asked, _planned(asked)


def _planned(asked: Asked) -> Tours | None:
    """Plan one piece by PyVRP; None where it breaks a rule."""
    problem = _piece(_problem[0], asked)
    number = {it: at for at, it in enumerate(asked.parcels)}
    at = {it: place for place, it in enumerate(asked.couriers)}
    start = None
    if asked.start:
        start = {
            at[courier]: [(number[parcel], kind) for parcel, kind in stops]
            for courier, stops in asked.start.items()
        }
    feasible, _, tours = pyvrp.alone(
        problem, seconds=asked.seconds, seed=asked.seed, start=start
    )
    if not feasible:
        return None
    return {
        asked.couriers[courier]: [(asked.parcels[it], kind) for it, kind in stops]
        for courier, stops in tours.items()
    }


def _piece(problem: Problem, asked: Asked) -> Problem:
    """Return a problem of some couriers and parcels, with the places that they touch."""
    couriers = [problem.couriers[it] for it in asked.couriers]
    parcels = [problem.parcels[it] for it in asked.parcels]
    places = {place for it in couriers for place in (it.start, it.end)}
    places |= {it.dropoff for it in parcels}
    places |= {it.pickup for it in parcels if it.pickup is not None}
    rows = sorted(places)
    at = {place: row for row, place in enumerate(rows)}
    ways = problem.travel_s[np.ix_(rows, rows)]
    return replace(
        problem,
        travel_s=ways,
        distance_m=ways,
        couriers=tuple(
            replace(it, start=at[it.start], end=at[it.end]) for it in couriers
        ),
        parcels=tuple(
            replace(
                it,
                pickup=None if it.pickup is None else at[it.pickup],
                dropoff=at[it.dropoff],
            )
            for it in parcels
        ),
    )


def _pieces(
    problem: Problem, seed: int, seconds: float, workers: int
) -> Iterator[Asked]:
    """Cut a day into compact pieces, each with the nearest couriers for its share."""
    doors = np.array([it.dropoff for it in problem.parcels])
    count = max(1, round(2 * len(doors) / PIECE_STOPS))
    owner = _clusters(problem, doors, count, np.random.default_rng(seed))
    groups = [np.flatnonzero(owner == each) for each in range(count)]
    groups = sorted((it for it in groups if len(it)), key=len, reverse=True)
    free, left = set(range(len(problem.couriers))), len(doors)
    each_s = max(0.7, seconds * workers / len(groups))
    for group in groups:
        share = max(1, round(len(free) * len(group) / left))
        left -= len(group)
        middle = _middle(problem, doors[group])
        near = _nearest(problem, free, middle)
        taken = near[: share if left else len(near)]
        free -= set(taken)
        yield Asked(tuple(taken), tuple(int(it) for it in group), each_s, seed, None)


def _nearest(problem: Problem, couriers: set[int], place: int) -> list[int]:
    return sorted(
        couriers, key=lambda it: problem.way_s(problem.couriers[it].start, place)
    )


def _clusters(
    problem: Problem, doors: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Cluster doors around doors of their midst (k-medoids), by the ways between them."""
    middles = rng.choice(doors, count, replace=False)
    for _ in range(_ROUNDS):
        owner = problem.travel_s[np.ix_(doors, middles)].argmin(axis=1)
        groups = [doors[owner == each] for each in range(count)]
        middles = np.array(
            [
                _middle(problem, group) if len(group) else middle
                for group, middle in zip(groups, middles, strict=True)
            ]
        )
    return np.asarray(problem.travel_s[np.ix_(doors, middles)].argmin(axis=1))


def _middle(problem: Problem, places: np.ndarray) -> int:
    ways = problem.travel_s[np.ix_(places, places)]
    return int(places[int(ways.sum(axis=1, dtype=np.int64).argmin())])


def _neighbours(problem: Problem, free: Tours, chance: random.Random) -> Asked:
    """Choose a route and the routes around it, up to so many stops."""
    seed = chance.choice([it for it, stops in free.items() if stops] or list(free))
    here = _middle_of(problem, seed, free[seed])
    near = sorted(
        free,
        key=lambda it: (
            problem.way_s(here, _middle_of(problem, it, free[it]))
            * chance.uniform(0.7, 1.3)
        ),
    )
    chosen: list[int] = []
    stops = 0
    for each in near[:AGAIN_ROUTES_MAX]:
        stops += len(free[each])
        if stops > AGAIN_STOPS and len(chosen) > 1:
            break
        chosen.append(each)
    parcels = sorted({parcel for each in chosen for parcel, _ in free[each]})
    start = {each: free[each] for each in chosen}
    seconds, number = AGAIN_S, chance.randrange(2**31)
    return Asked(tuple(chosen), tuple(parcels), seconds, number, start)


def _middle_of(problem: Problem, courier: int, stops: list[Stop]) -> int:
    doors = [problem.parcels[it].dropoff for it, kind in stops if kind is Kind.DROPOFF]
    return doors[len(doors) // 2] if doors else problem.couriers[courier].start


def _cost(problem: Problem, tours: Tours) -> int:
    total_s = 0
    for number, stops in tours.items():
        courier = problem.couriers[number]
        parcels = [(problem.parcels[it], kind) for it, kind in stops]
        places = [
            it.counter if kind is Kind.PICKUP else it.dropoff for it, kind in parcels
        ]
        if places:
            way = [courier.start, *places, courier.end]
            total_s += sum(problem.way_s(here, there) for here, there in pairwise(way))
    return total_s

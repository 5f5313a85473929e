"""The measurements that `yaoda bench` knows, on made-up work of a stated size."""

import random
from collections.abc import Callable
from time import perf_counter
from types import MappingProxyType

from pharmacies.places import Point
from routing.problem import Courier, Parcel, Problem
from routing.solve import solve
from routing.travel import GeodesicTravel
from routing.verify import verify

Echo = Callable[[str], object]
SLICES = ((40, 4), (120, 10), (300, 24))  # parcels, couriers
CENTRE = Point(120.655, 28.015)
HOUR_S = 3600


def run(name: str, *, echo: Echo) -> None:
    """Run one measurement by name and tell its figures."""
    _ALL[name](echo)


def _plan(echo: Echo) -> None:
    """Plan slices of three sizes and tell seconds, kilometres and parcels left behind."""
    for parcels, couriers in SLICES:
        problem = city_slice(parcels, couriers, seed=7)
        begun = perf_counter()
        plan = solve(problem, seed=1, seconds_max=20)
        spent_s = perf_counter() - begun
        objections = verify(problem, plan)
        assert not objections, objections
        echo(
            f"{parcels} parcels, {couriers} couriers: {spent_s:.1f} s,"
            f" {plan.distance_m / 1000:.1f} km, {len(plan.unserved)} unserved"
        )


def city_slice(parcels: int, couriers: int, *, seed: int) -> Problem:
    """Draw an afternoon of a city: shops near the centre, doors further out."""
    chance = random.Random(seed)
    shops = [_near(chance, 0.03) for _ in range(max(4, parcels // 8))]
    doors = [_near(chance, 0.06) for _ in range(parcels)]
    travel_s, distance_m = GeodesicTravel().matrices([CENTRE, *shops, *doors])
    drawn = tuple(
        Parcel(
            id=f"parcel-{no}",
            pickup=1 + chance.randrange(len(shops)),
            dropoff=1 + len(shops) + no,
            ready_s=12 * HOUR_S,
            open_s=opens_s,
            close_s=opens_s + 2 * HOUR_S,
            cold=chance.random() < 0.1,
        )
        for no in range(parcels)
        for opens_s in [chance.choice((13, 14, 15, 16)) * HOUR_S]
    )
    riders = tuple(
        Courier(f"courier-{no}", 0, 0, 12 * HOUR_S, 19 * HOUR_S, 30, 6)
        for no in range(couriers)
    )
    return Problem(travel_s, distance_m, drawn, riders)


def _near(chance: random.Random, spread_deg: float) -> Point:
    lon = chance.gauss(CENTRE.lon, spread_deg)
    return Point(lon, chance.gauss(CENTRE.lat, spread_deg))


_ALL = MappingProxyType({"plan": _plan})
NAMES = tuple(_ALL)

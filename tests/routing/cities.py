"""Random mornings in a made-up city around Wenzhou: outlets, doors, couriers."""

import random

from pharmacies.places import Point
from routing.problem import Courier, Parcel, Problem
from routing.travel import GeodesicTravel

LUCHENG = Point(lon=120.70, lat=28.00)
AREAS = ("330302", "330303", "330304")
HOUR_S = 3600
OPEN_S, CLOSE_S = 8 * HOUR_S, 13 * HOUR_S


def random_city(
    n_parcels: int,
    seed: int,
    *,
    n_couriers: int | None = None,
    n_outlets: int | None = None,
    late_s_max: int = 0,
) -> Problem:
    """Draw one slice from 8 to 13 h: a tenth cold, most doors with 2 h windows."""
    chance = random.Random(seed)
    n_couriers = n_couriers or max(2, n_parcels // 14)
    n_outlets = n_outlets or max(2, min(60, n_parcels // 5))
    outlets = [_near(chance, LUCHENG, 0.06) for _ in range(n_outlets)]
    served_by = [chance.randrange(n_outlets) for _ in range(n_parcels)]
    doors = [_near(chance, outlets[outlet], 0.02) for outlet in served_by]
    yards = [_near(chance, chance.choice(outlets), 0.01) for _ in range(n_couriers)]
    travel_s, distance_m = GeodesicTravel().matrices([*outlets, *doors, *yards])
    return Problem(
        travel_s=travel_s,
        distance_m=distance_m,
        parcels=tuple(
            _parcel(chance, number, outlet, n_outlets + number)
            for number, outlet in enumerate(served_by)
        ),
        couriers=tuple(
            _courier(chance, number, n_outlets + n_parcels + number)
            for number in range(n_couriers)
        ),
        late_s_max=late_s_max,
    )


def _near(chance: random.Random, point: Point, spread_deg: float) -> Point:
    return Point(
        lon=round(point.lon + chance.uniform(-spread_deg, spread_deg), 6),
        lat=round(point.lat + chance.uniform(-spread_deg, spread_deg), 6),
    )


def _parcel(chance: random.Random, number: int, outlet: int, door: int) -> Parcel:
    open_s, close_s = OPEN_S, CLOSE_S
    if chance.random() < 0.6:
        open_s = chance.randrange(OPEN_S, CLOSE_S - 2 * HOUR_S, 900)
        close_s = open_s + 2 * HOUR_S
    cold = chance.random() < 0.1
    return Parcel(
        id=f"parcel-{number:03}",
        pickup=outlet,
        dropoff=door,
        ready_s=chance.randrange(OPEN_S - HOUR_S, open_s + 1, 300),
        open_s=open_s,
        close_s=close_s,
        area=AREAS[outlet % len(AREAS)],
        cold=cold,
        out_of_fridge_s_max=HOUR_S if cold else None,
    )


def _courier(chance: random.Random, number: int, yard: int) -> Courier:
    return Courier(
        id=f"courier-{number:02}",
        start=yard,
        end=yard,
        start_s=OPEN_S - 1800,
        end_s=CLOSE_S + 1800,
        capacity_parcels=12,
        cold_capacity_parcels=4 if number % 2 == 0 else 0,
        areas=frozenset(AREAS[:2]) if number % 5 == 4 else None,
    )

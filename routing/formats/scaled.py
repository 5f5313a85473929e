"""An instance as a Problem in whole numbers, so that what fits there fits the file.

A unit of the file is 10,000 of the problem's seconds, metres and fen; ways and
services are rounded up, windows inwards. Li & Lim's and Solomon's straight lines keep
four decimals that way, whole numbers stay exact. A file with its own matrix is whole
already and is taken as it is.
"""

import math
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from routing.formats.instance import Instance, Node
from routing.formats.lines import BadFile
from routing.plan import Kind, Plan
from routing.problem import AMOUNT_MAX, INSTANT_S_MAX, Courier, Parcel, Prices, Problem

SCALE = 10_000
# Vehicles first: more than the distance that sparing a vehicle ever adds, and so much
# less than leaving a parcel that no parcel stays behind to spare one.
_VEHICLE_FEN_MAX = 400_000_000
# Doubles of whole ways may come out a trifle above them.
_TRIFLE = 1e-6
_ROWS_AT_ONCE = 256


class Objective(StrEnum):
    """What a good answer is: few vehicles and then a short way, or the way alone."""

    VEHICLES = "vehicles"
    DISTANCE = "distance"


def problem_of(instance: Instance, objective: Objective) -> Problem:
    """Return the instance as a problem; places are node numbers, nothing needs set-up."""
    scale = _scale(instance)
    ways = _ways(instance, scale)
    depot = instance.depot
    ends_s = math.floor(depot.close * scale + _TRIFLE)
    starts_s = _up((depot.open + depot.service) * scale)
    if starts_s > ends_s:
        raise BadFile(f"{instance.name}: expected a depot open longer than its service")
    parcels = _parcels(instance, scale, starts_s)
    # No vehicle drives empty: a fleet of millions is no larger than what it carries.
    fleet = min(instance.vehicles, len(parcels))
    couriers = tuple(
        Courier(f"vehicle-{number:04}", 0, 0, starts_s, ends_s, instance.capacity)
        for number in range(1, fleet + 1)
    )
    return Problem(
        travel_s=ways,
        distance_m=ways,
        parcels=parcels,
        couriers=couriers,
        pickup_setup_s=0,
        dropoff_setup_s=0,
        prices=_prices(ways, objective),
    )


def routes_of(plan: Plan) -> list[list[int]]:
    """Return the nodes of a plan's routes; a place of the problem is a node."""
    stops = (Kind.PICKUP, Kind.DROPOFF)
    return [
        [visit.place for visit in route.visits if visit.kind in stops]
        for route in plan.routes
    ]


def _prices(ways: npt.NDArray[np.int32], objective: Objective) -> Prices:
    longest = int(ways.max(axis=1).astype(np.int64).sum())
    vehicle_fen = min(2 * longest + 1, _VEHICLE_FEN_MAX)
    return Prices(
        unserved_fen=AMOUNT_MAX,
        courier_fen=vehicle_fen if objective is Objective.VEHICLES else 0,
        moving_fen_per_s=1,
        late_fen_per_s=1,
    )


def _parcels(instance: Instance, scale: int, starts_s: int) -> tuple[Parcel, ...]:
    nodes = instance.nodes
    if instance.pairs:
        pairs = [
            (nodes[pickup], nodes[delivery]) for pickup, delivery in instance.pairs
        ]
        return tuple(_paired(pickup, delivery, scale) for pickup, delivery in pairs)
    return tuple(
        Parcel(
            id=f"node-{node.number:05}",
            pickup=None,
            dropoff=node.number,
            ready_s=starts_s,
            open_s=_up(node.open * scale),
            close_s=_close_s(node, scale),
            size_parcels=node.demand,
            dropoff_service_s=_up(node.service * scale),
        )
        for node in nodes[1:]
    )


def _paired(pickup: Node, delivery: Node, scale: int) -> Parcel:
    return Parcel(
        id=f"node-{pickup.number:05}-{delivery.number:05}",
        pickup=pickup.number,
        dropoff=delivery.number,
        ready_s=_up(pickup.open * scale),
        pickup_close_s=_close_s(pickup, scale),
        open_s=_up(delivery.open * scale),
        close_s=_close_s(delivery, scale),
        size_parcels=pickup.demand,
        pickup_service_s=_up(pickup.service * scale),
        dropoff_service_s=_up(delivery.service * scale),
    )


def _close_s(node: Node, scale: int) -> int:
    # A window between two of the problem's instants is taken as the later one.
    return max(_up(node.open * scale), math.floor(node.close * scale + _TRIFLE))


def _scale(instance: Instance) -> int:
    """Return how many of the problem's units one of the file's is."""
    if instance.ways is not None and _all_whole(instance):
        return 1
    scale = SCALE
    while scale > 1 and _largest(instance) * scale > INSTANT_S_MAX / 2:
        scale //= 10
    if _largest(instance) * scale > INSTANT_S_MAX / 2:
        raise BadFile(f"{instance.name}: expected smaller windows and coordinates")
    return scale


def _all_whole(instance: Instance) -> bool:
    clocks = ((node.open, node.close, node.service) for node in instance.nodes)
    return all(number.is_integer() for clock in clocks for number in clock)


def _largest(instance: Instance) -> float:
    if instance.ways is not None:
        far = float(instance.ways.max())
    else:
        xs = [node.x for node in instance.nodes]
        ys = [node.y for node in instance.nodes]
        far = math.hypot(max(xs) - min(xs), max(ys) - min(ys))
    return max(far, *(max(node.close, node.service) for node in instance.nodes))


def _ways(instance: Instance, scale: int) -> npt.NDArray[np.int32]:
    if instance.ways is not None:
        if scale == 1:
            return instance.ways
        ways = instance.ways * np.int32(scale)
    else:
        ways = _straight(instance, scale)
    ways.setflags(write=False)
    return ways


def _straight(instance: Instance, scale: int) -> npt.NDArray[np.int32]:
    """Return the straight lines, rounded up, some rows at a time for the memory's sake."""
    xs = np.array([node.x for node in instance.nodes], np.float64)
    ys = np.array([node.y for node in instance.nodes], np.float64)
    ways = np.empty((len(xs), len(xs)), np.int32)
    for first in range(0, len(xs), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        far = np.hypot(xs[rows, None] - xs, ys[rows, None] - ys)
        ways[rows] = np.ceil(far * scale - _TRIFLE)
    return ways


def _up(number: float) -> int:
    return math.ceil(number * 1.0 - _TRIFLE)

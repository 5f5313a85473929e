"""Part a day into pieces of neighbours: couriers with their routes, idle ones, parcels left."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.problem import Courier, Parcel
from routing.solve.board import Board


@dataclass(frozen=True, slots=True)
class Item:
    """Something that goes into one piece as a whole: a courier with his parcels, or a parcel."""

    places: npt.NDArray[np.int64]
    parcels: tuple[Parcel, ...]
    courier: Courier | None


@dataclass(frozen=True, slots=True)
class Part:
    """The couriers and parcels of one piece."""

    couriers: tuple[Courier, ...]
    parcels: tuple[Parcel, ...]


def parts(board: Board, parcels_max: int, chance: random.Random) -> list[Part]:
    """Part a day into pieces of at most some parcels, each time along other lines."""
    items = _items(board)
    travel = board.problem.travel_s
    halves = [items]
    done: list[Part] = []
    while halves:
        some = halves.pop()
        weight = sum(len(item.parcels) for item in some)
        if weight <= parcels_max or len(some) < 2:
            done.append(_part(some))
        else:
            halves += _halved(some, travel, chance)
    return [part for part in done if part.parcels and part.couriers]


def _items(board: Board) -> list[Item]:
    items = []
    for courier in board.problem.couriers:
        stops = board.orders.get(courier.id, ())
        places = [stop.place for stop in stops] or [courier.start]
        own = {stop.parcel.id: stop.parcel for stop in stops}
        items.append(Item(np.array(places), tuple(own.values()), courier))
    for parcel in board.unserved:
        way = np.array([parcel.fetched, parcel.dropoff])
        items.append(Item(way, (parcel,), None))
    return items


def _halved(
    items: Sequence[Item], travel: npt.NDArray[np.int32], chance: random.Random
) -> list[list[Item]]:
    """Halve items between two far places; couriers and parcels each in half."""
    pivot = int(chance.choice(items).places[0])
    few = chance.sample(list(items), min(len(items), 50))
    west = _farthest(few, travel[pivot])
    east = _farthest(few, travel[west])
    lean = travel[west].astype(np.int64) - travel[east]
    ordered = sorted(items, key=lambda it: float(np.median(lean[it.places])))
    total = sum(len(item.parcels) for item in items)
    halves: list[list[Item]] = [[], []]
    weight = 0
    for item in ordered:
        if len(item.parcels) or item.courier is None:
            halves[2 * weight >= total].append(item)
            weight += len(item.parcels)
    idle = [it for it in ordered if not it.parcels]
    share = _idle_share(halves, idle)
    halves[0] += idle[:share]
    halves[1] += idle[share:]
    return halves


def _idle_share(halves: Sequence[Sequence[Item]], idle: Sequence[Item]) -> int:
    """Return how many idle couriers the first half gets: as it has parcels without one."""
    left = [sum(it.courier is None for it in half) for half in halves]
    if not sum(left):
        return len(idle) // 2
    return round(len(idle) * left[0] / sum(left))


def _farthest(items: Sequence[Item], row: npt.NDArray[np.int32]) -> int:
    return max((int(it.places[-1]) for it in items), key=lambda place: row[place])


def _part(items: Sequence[Item]) -> Part:
    couriers = tuple(it.courier for it in items if it.courier is not None)
    own = {courier.id for courier in couriers}
    parcels = tuple(
        parcel
        for it in items
        for parcel in it.parcels
        if parcel.courier_id is None or parcel.courier_id in own
    )
    return Part(couriers, parcels)

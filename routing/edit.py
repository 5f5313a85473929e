"""Move a parcel by hand: what it would cost, and which limits it would break by how much. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.insertion import Gaps, best_insertion
from routing.problem import INSTANT_S_MAX, Courier, Kind, Parcel, Problem, able
from routing.replan import Orders
from routing.timing import (
    Stop,
    cost_fen,
    earliest_starts,
    fits,
    length_m,
    stops_of,
    work_s,
)
from routing.timing.leaving import ending_s

_LOOSE_S = INSTANT_S_MAX - 1
_SHARP_S = 1  # how exactly the excess of a limit is told


@dataclass(frozen=True, slots=True)
class Move:
    """A parcel that goes to a courier; without positions, to the cheapest place.

    Positions count the stops of the route without the parcel: 0 is before the first. Both
    may be the same: then it is picked up and handed over one after the other. With that of
    the hand-over alone it is fetched where that is cheapest before.
    """

    parcel_id: str
    courier_id: str
    pickup: int | None = None
    dropoff: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A limit that a route would break, and by how much: seconds, parcels, or 0."""

    rule: str
    courier_id: str
    parcel_id: str | None = None
    by: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """Orders after a move, the limits they would break, and what they cost more."""

    orders: Orders
    faults: tuple[Fault, ...]
    more_fen: int
    more_m: int
    more_s: int


class Misplaced(ValueError):
    """A move that names a place which the route does not have."""


def moved(problem: Problem, orders: Mapping[str, Sequence[Stop]], move: Move) -> Orders:
    """Return the orders of the routes that a move changes; raises Misplaced."""
    after = {
        name: [it for it in stops if it.parcel.id != move.parcel_id]
        for name, stops in orders.items()
        if name == move.courier_id
        or any(it.parcel.id == move.parcel_id for it in stops)
    }
    stands = after.get(move.courier_id, [])
    after[move.courier_id] = _placed(problem, stands, move)
    return after


def judged(
    problem: Problem, orders: Mapping[str, Sequence[Stop]], after: Orders
) -> Judged:
    """Say what changed routes cost more than before, and what they would break."""
    couriers = {it.id: it for it in problem.couriers}
    faults: list[Fault] = []
    more = [0, 0, 0]
    for name, stops in after.items():
        courier = couriers[name]
        faults += _faults(problem, courier, stops)
        new = _price(problem, courier, stops)
        old = _price(problem, courier, orders.get(name, []))
        more = [total + n - o for total, n, o in zip(more, new, old, strict=True)]
    return Judged(after, tuple(faults), *more)


def _placed(problem: Problem, stands: Sequence[Stop], move: Move) -> list[Stop]:
    """Put a parcel where the move says, or where it is cheapest, or else at the end."""
    parcel = _parcel(problem, move.parcel_id)
    stops = stops_of(problem, parcel)
    dropoff = move.dropoff
    if dropoff is None:
        return _cheapest(problem, stands, move, stops)
    pickup = dropoff if move.pickup is None else move.pickup
    if move.pickup is None and 0 <= dropoff <= len(stands) and len(stops) > 1:
        return _fetched(problem, stands, move.courier_id, stops, dropoff=dropoff)
    if not 0 <= pickup <= dropoff <= len(stands):
        raise Misplaced(f"expected 0 <= {pickup} <= {dropoff} <= {len(stands)}")
    if len(stops) == 1:
        pickup = dropoff
    head, middle, tail = stands[:pickup], stands[pickup:dropoff], stands[dropoff:]
    return [*head, *stops[:-1], *middle, stops[-1], *tail]


def _fetched(
    problem: Problem,
    stands: Sequence[Stop],
    courier_id: str,
    stops: Sequence[Stop],
    *,
    dropoff: int,
) -> list[Stop]:
    """Hand a parcel over where it was put, and fetch it where that is cheapest before.

    Looked at are the places beside a stop at the same counter, the first one that is not
    fixed, and right before the door; the latest of equals is taken,
    and the last where none keeps all limits.
    """
    courier = next(it for it in problem.couriers if it.id == courier_id)
    counter, door = stops
    first = min(len(courier.fixed), dropoff)
    beside = {
        no + 1 for no, it in enumerate(stands[:dropoff]) if it.place == counter.place
    }
    tried = [
        [*stands[:gap], counter, *stands[gap:dropoff], door, *stands[dropoff:]]
        for gap in sorted({first, dropoff, *(it for it in beside if it >= first)})[::-1]
    ]
    held = [it for it in tried if _holds(problem, courier, it)]
    return min(held, key=lambda it: _price(problem, courier, it)[0], default=tried[0])


def _cheapest(
    problem: Problem, stands: Sequence[Stop], move: Move, stops: Sequence[Stop]
) -> list[Stop]:
    courier = next(it for it in problem.couriers if it.id == move.courier_id)
    if _holds(problem, courier, stands):
        best = best_insertion(Gaps(problem, courier, stands), tuple(stops))
        if best is not None:
            return list(best.stops)
    return [*stands, *stops]


def _parcel(problem: Problem, name: str) -> Parcel:
    found = next((it for it in problem.parcels if it.id == name), None)
    if found is None:
        raise Misplaced(f"no parcel {name} is left to be moved")
    return found


def _faults(
    problem: Problem, courier: Courier, stops: Sequence[Stop]
) -> Iterator[Fault]:
    """List what a route would break: who may carry, what stays, room, and the clock."""
    for parcel in {it.parcel.id: it.parcel for it in stops}.values():
        if not able(courier, parcel):
            yield Fault(_unable(courier, parcel), courier.id, parcel.id)
    first = [(it.parcel.id, it.kind) for it in stops[: len(courier.fixed)]]
    if first != list(courier.fixed):
        yield Fault("locked", courier.id)
    elif not fits(courier, stops):
        yield Fault("room", courier.id, by=_excess(courier, stops))
    if earliest_starts(problem, courier, stops) is None:
        yield from _late(problem, courier, stops)


def _unable(courier: Courier, parcel: Parcel) -> str:
    if parcel.courier_id not in (None, courier.id):
        return "named_courier"
    if not courier.licensed_for(parcel.area):
        return "licence"
    if parcel.cold and courier.cold_capacity_parcels < parcel.size_parcels:
        return "cold_box"
    return "skill_or_size"


def _excess(courier: Courier, stops: Sequence[Stop]) -> int:
    """Return by how many parcels the room, or the cold box, is too small at most."""
    aboard = [it.parcel for it in stops if it.parcel.pickup is None]
    load = sum(it.size_parcels for it in aboard)
    cold = sum(it.size_parcels for it in aboard if it.cold)
    most = max(load - courier.capacity_parcels, cold - courier.cold_capacity_parcels)
    for stop in stops:
        load, cold = load + stop.more_parcels, cold + stop.more_cold
        over = load - courier.capacity_parcels
        most = max(most, over, cold - courier.cold_capacity_parcels)
    return max(0, most)


def _late(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> Iterator[Fault]:
    """Tell by how much doors, shift and limits on board are missed."""
    loose = [replace(it, close_s=_LOOSE_S) for it in stops]
    patient = replace(courier, end_s=_LOOSE_S)
    starts = earliest_starts(problem, patient, loose)
    if starts is None:
        excess_s = _over_limit_s(problem, patient, loose)
        if excess_s is None:
            yield Fault("break", courier.id)
            return
        yield Fault("aboard", courier.id, by=excess_s)
        loose = [replace(it, limit_s=None) for it in loose]
        starts = earliest_starts(problem, patient, loose)
        assert starts is not None, courier.id
    for stop, start_s in zip(stops, starts, strict=True):
        if start_s > stop.close_s:
            rule = "window" if stop.kind is Kind.DROPOFF else "pickup_closed"
            late_s = start_s - stop.close_s
            yield Fault(rule, courier.id, stop.parcel.id, late_s)
    over_s = ending_s(problem, patient, loose, starts) - courier.end_s
    if over_s > 0:
        yield Fault("shift", courier.id, by=over_s)


def _over_limit_s(
    problem: Problem, courier: Courier, stops: Sequence[Stop]
) -> int | None:
    """Return by how much the limits on board must grow at least; None where none helps."""

    def holds(more_s: int) -> bool:
        longer = [
            it if it.limit_s is None else replace(it, limit_s=it.limit_s + more_s)
            for it in stops
        ]
        return earliest_starts(problem, courier, longer) is not None

    low_s, high_s = 0, 24 * 3600
    if not holds(high_s):
        return None
    while high_s - low_s > _SHARP_S:
        middle_s = (low_s + high_s) // 2
        low_s, high_s = (low_s, middle_s) if holds(middle_s) else (middle_s, high_s)
    return high_s


def _holds(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> bool:
    return fits(courier, stops) and earliest_starts(problem, courier, stops) is not None


def _price(
    problem: Problem, courier: Courier, stops: Sequence[Stop]
) -> tuple[int, int, int]:
    """Return fen, metres and seconds of work, also of a route that breaks limits."""
    if not stops:
        return 0, 0, 0
    starts = earliest_starts(problem, courier, stops)
    if starts is None:
        stops = [replace(it, close_s=_LOOSE_S, limit_s=None) for it in stops]
        courier = replace(courier, end_s=_LOOSE_S, breaks=())
        starts = earliest_starts(problem, courier, stops)
        assert starts is not None, courier.id
    return (
        cost_fen(problem, courier, stops, starts),
        length_m(problem, courier, stops),
        work_s(problem, courier, stops, starts),
    )

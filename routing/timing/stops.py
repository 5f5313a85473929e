"""A pickup or a drop-off as the clock and the scales see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from routing.problem import INSTANT_S_MAX, Courier, Kind, Parcel, Problem

# A way of INSTANT_S_MAX is none, and no door is open so late.
_LAST_S = INSTANT_S_MAX - 1


@dataclass(frozen=True, slots=True)
class Stop:
    """One pickup or drop-off; `close_s` is the last start, lateness included.

    `limit_s` is how long before its start a parcel's pickup may have ended (only of
    drop-offs whose pickup is a stop as well). `more_parcels`, `more_cold` and
    `more_g` are what the stop adds to the load: below 0 at the door.
    """

    parcel: Parcel
    kind: Kind
    place: int
    open_s: int
    close_s: int
    setup_s: int
    service_s: int
    limit_s: int | None = None
    more_parcels: int = 0
    more_cold: int = 0
    more_g: int = 0


def stops_of(problem: Problem, parcel: Parcel) -> tuple[Stop, ...]:
    """Return pickup and drop-off of a parcel; of one on board the drop-off alone."""
    close_s, limit_s = parcel.close_s + problem.lateness_s_max(parcel), parcel.limit_s
    if parcel.pickup is None and limit_s is not None:
        close_s, limit_s = min(close_s, parcel.ready_s + limit_s), None
    size = parcel.size_parcels
    dropoff = Stop(
        parcel=parcel,
        kind=Kind.DROPOFF,
        place=parcel.dropoff,
        open_s=parcel.open_s,
        close_s=min(close_s, _LAST_S),
        setup_s=problem.dropoff_setup_s,
        service_s=problem.service_s(parcel),
        limit_s=limit_s,
        more_parcels=-size,
        more_cold=-size if parcel.cold else 0,
        more_g=-parcel.weight_g,
    )
    if parcel.pickup is None:
        return (dropoff,)
    return _pickup(problem, parcel), dropoff


def _pickup(problem: Problem, parcel: Parcel) -> Stop:
    closes_s = parcel.pickup_close_s
    return Stop(
        parcel=parcel,
        kind=Kind.PICKUP,
        place=parcel.counter,
        open_s=parcel.ready_s,
        close_s=_LAST_S if closes_s is None else min(closes_s, _LAST_S),
        setup_s=problem.pickup_setup_s,
        service_s=problem.handling_s(parcel),
        more_parcels=parcel.size_parcels,
        more_cold=parcel.size_parcels if parcel.cold else 0,
        more_g=parcel.weight_g,
    )


def step_s(problem: Problem, origin: int, stop: Stop) -> int:
    """Return travel and set-up from a place to the start of a stop, in seconds."""
    if origin == stop.place:
        return 0
    return problem.way_s(origin, stop.place) + stop.setup_s


def fits(courier: Courier, stops: Sequence[Stop]) -> bool:
    """Tell whether a route keeps the courier's room all the way, and the fixed stops."""
    full = _peak(stops, [stop.more_parcels for stop in stops])
    if full > courier.capacity_parcels:
        return False
    if full > courier.cold_capacity_parcels:
        cold = _peak(stops, [stop.more_cold for stop in stops])
        if cold > courier.cold_capacity_parcels:
            return False
    if courier.capacity_g is not None:
        heavy_g = _peak(stops, [stop.more_g for stop in stops])
        if heavy_g > courier.capacity_g:
            return False
    return not courier.fixed or keeps_fixed(courier, stops)


def keeps_fixed(courier: Courier, stops: Sequence[Stop]) -> bool:
    """Tell whether a route begins with the courier's fixed stops, in their order."""
    begun = tuple((it.parcel.id, it.kind) for it in stops[: len(courier.fixed)])
    return begun == courier.fixed


def _peak(stops: Sequence[Stop], steps: Sequence[int]) -> int:
    """Return the greatest load of one kind; what is on board counts from the leaving."""
    first = -sum(
        step
        for stop, step in zip(stops, steps, strict=True)
        if stop.parcel.pickup is None
    )
    return max(accumulate(steps, initial=first))

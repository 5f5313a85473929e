"""When a courier is where, for a given order of stops: the earliest schedule there is.

A route's limits are all of the form "this instant is so many seconds after
that one", so one schedule is the earliest at every stop at once, and with it
the least late. Pure; knows nothing of the solver.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.plan import Kind, Route, Visit
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem


@dataclass(frozen=True, slots=True)
class Stop:
    """One pickup or drop-off as the clock sees it; `close_s` is the last start."""

    parcel: Parcel
    kind: Kind
    place: int
    open_s: int
    close_s: int
    setup_s: int
    service_s: int


def stops_of(problem: Problem, parcel: Parcel) -> tuple[Stop, Stop]:
    """Return the pickup and the drop-off of a parcel as stops."""
    pickup = Stop(
        parcel=parcel,
        kind=Kind.PICKUP,
        place=parcel.counter,
        open_s=parcel.ready_s,
        close_s=INSTANT_S_MAX,
        setup_s=problem.pickup_setup_s,
        service_s=problem.pickup_service_s,
    )
    dropoff = Stop(
        parcel=parcel,
        kind=Kind.DROPOFF,
        place=parcel.dropoff,
        open_s=parcel.open_s,
        close_s=parcel.close_s + problem.late_s_max,
        setup_s=problem.dropoff_setup_s,
        service_s=problem.service_s(parcel),
    )
    return pickup, dropoff


def step_s(problem: Problem, origin: int, stop: Stop) -> int:
    """Return travel and set-up from a place to the start of a stop, in seconds."""
    if origin == stop.place:
        return 0
    return problem.way_s(origin, stop.place) + stop.setup_s


def earliest_starts(
    problem: Problem, courier: Courier, stops: Sequence[Stop]
) -> list[int] | None:
    """Return the earliest start of every stop in seconds of the day, or None.

    None means that no schedule keeps windows, shift and limits out of the
    fridge in this order.
    """
    starts = [stop.open_s for stop in stops]
    lags = _fridge_lags(stops)
    if any(_gap_s(problem, stops[p : d + 1]) > lag_s for p, d, lag_s in lags):
        return None
    # Without such a gap the limits never contradict each other, so this ends.
    while True:
        if not _push(problem, courier, stops, starts):
            return None
        earliest = [(pickup, starts[door] - lag_s) for pickup, door, lag_s in lags]
        early = [(pickup, at_s) for pickup, at_s in earliest if at_s > starts[pickup]]
        if not early:
            return starts
        # The box must be filled later: wait at the outlet, then push on again.
        for pickup, at_s in early:
            starts[pickup] = max(starts[pickup], at_s)


def fits(courier: Courier, stops: Sequence[Stop]) -> bool:
    """Tell whether the load stays within the courier's room all the way."""
    load = cold = 0
    for stop in stops:
        step = 1 if stop.kind is Kind.PICKUP else -1
        load += step
        cold += step if stop.parcel.cold else 0
        if load > courier.capacity_parcels or cold > courier.cold_capacity_parcels:
            return False
    return True


def late_s(stops: Sequence[Stop], starts: Sequence[int]) -> int:
    """Return the seconds by which hand-overs begin after their windows close."""
    return sum(
        max(0, start_s - stop.parcel.close_s)
        for stop, start_s in zip(stops, starts, strict=True)
        if stop.kind is Kind.DROPOFF
    )


def moving_s(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> int:
    """Return travel and set-up of a whole route, in seconds."""
    total_s, place = 0, courier.start
    for stop in stops:
        total_s += step_s(problem, place, stop)
        place = stop.place
    return total_s + problem.way_s(place, courier.end)


def cost_fen(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> int:
    """Return what a route costs: the courier, the moving and the lateness."""
    if not stops:
        return 0
    prices = problem.prices
    return (
        prices.courier_fen
        + prices.moving_fen_per_s * moving_s(problem, courier, stops)
        + prices.late_fen_per_s * late_s(stops, starts)
    )


def timed_route(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> Route:
    """Write out a route visit by visit; the courier leaves as late as is harmless."""
    leave_s = courier.start_s
    if stops:
        leave_s = starts[0] - step_s(problem, courier.start, stops[0])
    visits = [
        Visit(Kind.START, courier.start, None, 0, 0, leave_s, leave_s, leave_s, 0, 0)
    ]
    for stop, start_s in zip(stops, starts, strict=True):
        visits.append(_visit(problem, visits[-1], stop, start_s))
    last = visits[-1]
    travel_s = problem.way_s(last.place, courier.end)
    end_s = last.depart_s + travel_s
    visits.append(
        replace(
            last,
            kind=Kind.END,
            place=courier.end,
            parcel_id=None,
            travel_s=travel_s,
            distance_m=problem.way_m(last.place, courier.end),
            arrive_s=end_s,
            start_s=end_s,
            depart_s=end_s,
            late_s=0,
        )
    )
    return Route(courier.id, tuple(visits))


def _visit(problem: Problem, before: Visit, stop: Stop, start_s: int) -> Visit:
    step = 1 if stop.kind is Kind.PICKUP else -1
    travel_s = problem.way_s(before.place, stop.place)
    late = start_s - stop.parcel.close_s if stop.kind is Kind.DROPOFF else 0
    return Visit(
        kind=stop.kind,
        place=stop.place,
        parcel_id=stop.parcel.id,
        travel_s=travel_s,
        distance_m=problem.way_m(before.place, stop.place),
        arrive_s=before.depart_s + travel_s,
        start_s=start_s,
        depart_s=start_s + stop.service_s,
        load_parcels=before.load_parcels + step,
        cold_parcels=before.cold_parcels + (step if stop.parcel.cold else 0),
        late_s=max(0, late),
    )


def _fridge_lags(stops: Sequence[Stop]) -> list[tuple[int, int, int]]:
    """List (pickup, drop-off, most seconds between their starts) by position."""
    picked: dict[str, int] = {}
    lags = []
    for position, stop in enumerate(stops):
        limit_s = stop.parcel.out_of_fridge_s_max
        if limit_s is None:
            continue
        if stop.kind is Kind.PICKUP:
            picked[stop.parcel.id] = position
        elif stop.parcel.id in picked:
            pickup = picked[stop.parcel.id]
            lags.append((pickup, position, stops[pickup].service_s + limit_s))
    return lags


def _gap_s(problem: Problem, stops: Sequence[Stop]) -> int:
    """Return the least seconds from the first start to the last, without a wait."""
    return sum(
        before.service_s + step_s(problem, before.place, stop)
        for before, stop in pairwise(stops)
    )


def _push(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: list[int]
) -> bool:
    """Move every start as late as the one before demands; False if one cannot be."""
    free_s, place = courier.start_s, courier.start
    for position, stop in enumerate(stops):
        start_s = free_s + step_s(problem, place, stop)
        if start_s < starts[position]:
            start_s = starts[position]
        if start_s > stop.close_s:
            return False
        starts[position] = start_s
        free_s, place = start_s + stop.service_s, stop.place
    return free_s + problem.way_s(place, courier.end) <= courier.end_s

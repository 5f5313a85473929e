"""The rest of a day that has begun, as a problem: what stands, what is free, what is gone. Pure.

Stops that were begun or locked stay: they are the first of their courier's route. What is
on board stays with its courier. Whoever falls out gives back what was not picked up yet;
what that courier has on board is met by another on the spot, or comes back to its counter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.problem import (
    INSTANT_S_MAX,
    PRIORITY_MAX,
    Courier,
    Fixed,
    Kind,
    Parcel,
    Problem,
)
from routing.timing import Stop, earliest_starts, fits, stops_of

DAY_S = 24 * 3600
Orders = dict[str, list[Stop]]


@dataclass(frozen=True, slots=True)
class Underway:
    """One courier's route as it stands; `stops` are those left to do, in their order.

    `place` is where the courier was seen last, `free_s` since when; `moving` says that
    the first of the stops was set out for. The first `locked` stops stay where they are.
    `aboard` tells of each parcel on board when it left its counter, in seconds of the day.
    """

    courier: Courier
    place: int
    free_s: int
    stops: tuple[Fixed, ...] = ()
    moving: bool = False
    locked: int = 0
    aboard: Mapping[str, int] = field(default_factory=dict)

    @property
    def fixed(self) -> tuple[Fixed, ...]:
        """Return the stops that stay: those locked, and the one set out for."""
        return self.stops[: max(self.locked, int(self.moving))]


@dataclass(frozen=True, slots=True)
class Gone:
    """A courier who is no longer there from a second of the day on.

    `met`: another courier takes over on the spot what is on board; otherwise it is
    brought back to its counter and is free again from there, but for cold parcels:
    those are never handed out again.
    """

    at_s: int
    met: bool = True


@dataclass(frozen=True, slots=True)
class Reopened:
    """The problem of what is left to do, and the orders in which it stands now."""

    problem: Problem
    start: Orders


def reopened(
    town: Problem,
    underway: Sequence[Underway],
    gone: Mapping[str, Gone],
    now_s: int,
) -> Reopened:
    """Draw what is left of a day at a second of it.

    `town` has all parcels that are not handed over as if they were at their counters,
    and the roads between all places; `underway` is every courier of the day.
    """
    parcels = {parcel.id: parcel for parcel in town.parcels}
    staying = []
    for each in underway:
        leaves = gone.get(each.courier.id)
        if leaves is not None and leaves.at_s <= now_s:
            back = _given_back(town, each, leaves, now_s)
            for name in each.aboard.keys() - back.keys():
                del parcels[name]  # nobody else may have it: it is returned for good
            parcels |= back
            continue
        parcels |= _kept_aboard(each, parcels)
        staying.append(each)
    couriers = [
        _on_the_way(town, each, gone.get(each.courier.id), now_s) for each in staying
    ]
    problem = replace(town, parcels=tuple(parcels.values()), couriers=tuple(couriers))
    problem = _bearable(problem)
    return Reopened(
        problem, started(problem, {it.courier.id: it.stops for it in staying})
    )


def started(problem: Problem, routes: Mapping[str, Sequence[Fixed]]) -> Orders:
    """Turn routes into orders that a search can start from; what fits no longer is left out."""
    stops = {
        (parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    orders = {}
    for courier in problem.couriers:
        listed = [stops[it] for it in routes.get(courier.id, ()) if it in stops]
        kept = _feasible(problem, courier, listed)
        if kept:
            orders[courier.id] = kept
    return orders


def changed(before: Mapping[str, Sequence[Fixed]], after: Orders) -> set[str]:
    """Name the couriers whose stops are others, or in another order, than before."""
    told = {
        name: [(it.parcel.id, it.kind) for it in stops] for name, stops in after.items()
    }
    names = set(before) | set(told)
    return {it for it in names if list(before.get(it, ())) != told.get(it, [])}


def _kept_aboard(each: Underway, parcels: Mapping[str, Parcel]) -> dict[str, Parcel]:
    """Parcels on board stay with their courier; late is better than not at all."""
    return {
        name: replace(
            parcels[name],
            pickup=None,
            ready_s=left_s,
            pickup_close_s=None,
            courier_id=each.courier.id,
            late_s_max=DAY_S,
            priority=PRIORITY_MAX,
        )
        for name, left_s in each.aboard.items()
    }


def _given_back(
    town: Problem, each: Underway, gone: Gone, now_s: int
) -> dict[str, Parcel]:
    """What a courier who is gone has on board waits on the spot, or at its counter again."""
    parcels = {parcel.id: parcel for parcel in town.parcels}
    back = {}
    for name, left_s in each.aboard.items():
        parcel = parcels[name]
        if gone.met:
            back[name] = _met(parcel, each.place, left_s, now_s)
        elif not parcel.cold:
            ride_s = town.way_s(each.place, parcel.counter)
            back[name] = replace(parcel, ready_s=now_s + ride_s)
    return back


def _met(parcel: Parcel, place: int, left_s: int, now_s: int) -> Parcel:
    """A parcel that is taken over where its courier stands.

    The limit out of the fridge has run since it left its counter: what is left of it
    counts from now on, as if the parcel left the box at once.
    """
    limit_s, close_s = parcel.out_of_fridge_s_max, parcel.close_s
    late_s_max, reserve_s = parcel.late_s_max, parcel.reserve_s
    if limit_s is not None:
        ends_s = max(left_s + limit_s, parcel.open_s)
        limit_s = max(1, left_s + limit_s - now_s)
        reserve_s = max(0, min(close_s, ends_s) - parcel.due_s)
        close_s, late_s_max = min(close_s, ends_s), 0
    return replace(
        parcel,
        pickup=place,
        ready_s=now_s,
        close_s=close_s,
        late_s_max=late_s_max,
        reserve_s=reserve_s,
        out_of_fridge_s_max=limit_s,
        priority=PRIORITY_MAX,
    )


def _on_the_way(
    town: Problem, each: Underway, gone: Gone | None, now_s: int
) -> Courier:
    """The courier from where he or she is; a way that was begun is gone as far as can be."""
    courier = each.courier
    start_s = max(each.free_s, now_s)
    if each.moving and each.stops:
        goal = _place(town, each.stops[0])
        start_s = max(each.free_s, now_s - town.way_s(each.place, goal))
    end_s = courier.end_s if gone is None else min(courier.end_s, gone.at_s)
    return replace(
        courier,
        start=each.place,
        start_s=start_s,
        end_s=max(end_s, start_s),
        fixed=each.fixed,
    )


def _place(town: Problem, stop: Fixed) -> int:
    parcel = next(it for it in town.parcels if it.id == stop[0])
    return parcel.counter if stop[1] is Kind.PICKUP else parcel.dropoff


def _bearable(problem: Problem) -> Problem:
    """Widen what fixed stops would break: they are done whatever it costs."""
    fixed = {name for it in problem.couriers for name, _ in it.fixed}
    parcels = [
        replace(it, late_s_max=DAY_S) if it.id in fixed else it
        for it in problem.parcels
    ]
    problem = replace(problem, parcels=tuple(parcels))
    strained = {it.id for it in problem.couriers if it.fixed and not _free(problem, it)}
    unlimited = {
        name for it in problem.couriers if it.id in strained for name, _ in it.fixed
    }
    parcels = [
        replace(it, out_of_fridge_s_max=None, aboard_s_max=None)
        if it.id in unlimited
        else it
        for it in problem.parcels
    ]
    problem = replace(problem, parcels=tuple(parcels))
    couriers = [_longer(problem, it) if it.fixed else it for it in problem.couriers]
    return replace(problem, couriers=tuple(couriers))


def _free(problem: Problem, courier: Courier) -> bool:
    """Tell whether a courier's fixed stops keep all but the shift."""
    late = replace(courier, end_s=INSTANT_S_MAX)
    return earliest_starts(problem, late, _fixed_stops(problem, courier)) is not None


def _longer(problem: Problem, courier: Courier) -> Courier:
    """Lengthen a shift that ends before the fixed stops do."""
    stops = _fixed_stops(problem, courier)
    late = replace(courier, end_s=INSTANT_S_MAX)
    starts = earliest_starts(problem, late, stops)
    if starts is None:
        late = replace(late, breaks=())
        starts = earliest_starts(problem, late, stops)
        courier = replace(courier, breaks=())
    assert starts is not None, courier.id
    last = stops[-1]
    ends_s = starts[-1] + last.service_s + problem.way_s(last.place, courier.end)
    return replace(courier, end_s=max(courier.end_s, ends_s))


def _fixed_stops(problem: Problem, courier: Courier) -> list[Stop]:
    names = {name for name, _ in courier.fixed}
    stops = {
        (it.id, stop.kind): stop
        for it in problem.parcels
        if it.id in names
        for stop in stops_of(problem, it)
    }
    return [stops[it] for it in courier.fixed]


def _feasible(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> list[Stop]:
    """Leave out, from the end, what a route no longer has time or room for."""
    kept = list(stops)
    fixed = {name for name, _ in courier.fixed}
    loose = [it.parcel.id for it in kept if it.parcel.id not in fixed]
    loose = list(dict.fromkeys(loose))
    while kept and not _holds(problem, courier, kept):
        if not loose:
            return []
        last = loose.pop()
        kept = [it for it in kept if it.parcel.id != last]
    return kept


def _holds(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> bool:
    return fits(courier, stops) and earliest_starts(problem, courier, stops) is not None

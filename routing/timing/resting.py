"""The earliest schedule of a route with breaks: which of them on which leg.

A break (休息) delays what comes after it, so it matters where it is taken: the
clock walks from stop to stop with every number of breaks taken so far, and
leaves out what cannot be of use. Pure; knows nothing of the solver.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

from routing.plan import Rest
from routing.problem import Break, Courier, Kind, Problem
from routing.timing.clock import boxed_late, lags, last_end_s, over_breaks
from routing.timing.stops import Stop

# Where limits aboard and breaks meet, every choice of legs is tried, but no more
# than so many at a time: with one or two breaks there are never as many.
_WALKS_MAX = 256


class Walk(NamedTuple):
    """A route up to a stop: breaks taken, lateness so far, begin and end of the stop."""

    taken: int
    late_s: int
    start_s: int
    free_s: int
    before: Optional["Walk"]


class Home(NamedTuple):
    """A whole route: its lateness, its end, the breaks taken, and the walk to it."""

    late_s: int
    end_s: int
    taken: int
    walk: Walk


def breaks_of(courier: Courier) -> tuple[Break, ...]:
    """Return the breaks of a courier's shift; those over when it begins are past."""
    return tuple(it for it in courier.breaks if it.close_s >= courier.start_s)


def rested(
    problem: Problem, courier: Courier, stops: Sequence[Stop], leave_s: int
) -> list[int] | None:
    """Return the starts of the least late schedule with breaks, then the earliest end."""
    homes = _homes(problem, courier, stops, leave_s, every=False)
    if not homes:
        return None
    best, starts = homes[0], _starts(homes[0].walk)
    if not lags(stops):
        return starts
    late_s = _boxed_late_s(problem, courier, stops, best, starts=starts)
    if late_s == best.late_s:
        return starts
    return _best_of_all(problem, courier, stops, leave_s)


def _best_of_all(
    problem: Problem, courier: Courier, stops: Sequence[Stop], leave_s: int
) -> list[int] | None:
    """Try every choice of legs for the breaks, where limits aboard depend on it."""
    found: tuple[int, int, list[int]] | None = None
    for home in _homes(problem, courier, stops, leave_s, every=True):
        if found is not None and (home.late_s, home.end_s) >= found[:2]:
            break
        starts = _starts(home.walk)
        late_s = _boxed_late_s(problem, courier, stops, home, starts=starts)
        if late_s is None:
            continue
        if found is None or (late_s, home.end_s) < found[:2]:
            found = late_s, home.end_s, starts
    return found and found[2]


def _homes(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    leave_s: int,
    *,
    every: bool,
) -> list[Home]:
    """List whole routes without limits aboard, the least late and earliest first."""
    breaks = breaks_of(courier)
    early = within(breaks, courier.start_s, leave_s, leave_s - courier.start_s)
    walks = [Walk(len(early), 0, leave_s, leave_s, None)]
    place, way_s = courier.start, problem.travel_s.item
    for stop in stops:
        travel_s, setup_s = way_s(place, stop.place), stop.setup_s
        if place == stop.place:
            setup_s = 0
        place = stop.place
        if not every and len(walks) == 1:
            then = _restless(breaks, walks[0], stop, travel_s + setup_s)
            if then is not None:
                walks = [then]
                continue
        walks = [
            then
            for walk in walks
            for then in _onward(
                breaks, walk, stop, travel_s=travel_s, setup_s=setup_s, every=every
            )
        ]
        walks = _narrowed(walks) if every else _undominated(walks)
    home_s = way_s(place, courier.end)
    homes = [_home(breaks, walk, home_s) for walk in walks]
    last_s = last_end_s(courier)
    in_time = [it for it in homes if it is not None and it.end_s <= last_s]
    return sorted(in_time, key=lambda it: it[:3])


def _restless(
    breaks: Sequence[Break], walk: Walk, stop: Stop, there_s: int
) -> Walk | None:
    """Return the walk to a stop that is over before the next break, if there is one."""
    start_s = walk.free_s + there_s
    if start_s < stop.open_s:
        start_s = stop.open_s
    free_s, taken = start_s + stop.service_s, walk.taken
    if start_s > stop.close_s:
        return None
    if taken < len(breaks) and free_s > breaks[taken].open_s:
        return None
    late_s = walk.late_s
    if stop.kind is Kind.DROPOFF and start_s > stop.parcel.due_s:
        late_s += start_s - stop.parcel.due_s
    return Walk(taken, late_s, start_s, free_s, walk)


def _onward(
    breaks: Sequence[Break],
    walk: Walk,
    stop: Stop,
    *,
    travel_s: int,
    setup_s: int,
    every: bool,
) -> Iterator[Walk]:
    """Yield the walks to the next stop, with no break on the way and with more."""
    for taken in range(walk.taken, len(breaks) + 1):
        there_s = over_breaks(walk.free_s, travel_s, breaks[walk.taken : taken])
        if there_s is None or there_s + setup_s > stop.close_s:
            return
        start_s = max(stop.open_s, there_s + setup_s)
        if start_s > stop.close_s:
            return
        free_s = start_s + stop.service_s
        # The route goes on after the next break had to begin: it can never be taken.
        if taken < len(breaks) and free_s > breaks[taken].close_s:
            continue
        late_s = walk.late_s
        if stop.kind is Kind.DROPOFF and start_s > stop.parcel.due_s:
            late_s += start_s - stop.parcel.due_s
        yield Walk(taken, late_s, start_s, free_s, walk)
        # The stop is over before the next break opens: to rest first brings nothing.
        if not every and taken < len(breaks) and free_s <= breaks[taken].open_s:
            return


def _home(breaks: Sequence[Break], walk: Walk, home_s: int) -> Home | None:
    """End a walk with as few breaks on the way home as are due."""
    for taken in range(walk.taken, len(breaks) + 1):
        end_s = over_breaks(walk.free_s, home_s, breaks[walk.taken : taken])
        if end_s is None:
            return None
        if taken == len(breaks) or end_s <= breaks[taken].close_s:
            return Home(walk.late_s, end_s, taken, walk)
    return None


def _undominated(walks: list[Walk]) -> list[Walk]:
    """Leave out walks that are no better in anything than another one."""
    if len(walks) < 2:
        return walks
    kept: list[Walk] = []
    for walk in sorted(walks, key=lambda it: (-it.taken, it.free_s, it.late_s)):
        if not any(
            it.free_s <= walk.free_s and it.late_s <= walk.late_s for it in kept
        ):
            kept.append(walk)
    return kept


def _narrowed(walks: list[Walk]) -> list[Walk]:
    if len(walks) <= _WALKS_MAX:
        return walks
    return sorted(walks, key=lambda it: (it.late_s, it.free_s))[:_WALKS_MAX]


def _starts(walk: Walk) -> list[int]:
    starts = []
    while walk.before is not None:
        starts.append(walk.start_s)
        walk = walk.before
    return starts[::-1]


def _boxed_late_s(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    home: Home,
    *,
    starts: list[int],
) -> int | None:
    """Keep the limits aboard with the breaks where they are; return the lateness then."""
    breaks = breaks_of(courier)
    legs: list[Sequence[Break]] = []
    walk = home.walk
    while walk.before is not None:
        legs.append(breaks[walk.before.taken : walk.taken])
        walk = walk.before
    if not boxed_late(problem, stops, starts, legs[::-1]):
        return None
    return late_s(stops, starts)


def late_s(stops: Sequence[Stop], starts: Sequence[int]) -> int:
    """Return the seconds by which hand-overs begin after they are due, in their reserve or late."""
    return sum(
        start_s - stop.parcel.due_s
        for stop, start_s in zip(stops, starts, strict=True)
        if stop.kind is Kind.DROPOFF and start_s > stop.parcel.due_s
    )


def rests_of(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    starts: Sequence[int],
    *,
    leave_s: int,
) -> tuple[tuple[Rest, ...], int]:
    """Return the breaks of a schedule, each as early as it leaves room, and its end."""
    legs, end_s = rests_by_leg(problem, courier, stops, starts, leave_s=leave_s)
    return tuple(rest for rests in legs for rest in rests), end_s


def rests_by_leg(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    starts: Sequence[int],
    *,
    leave_s: int,
) -> tuple[list[list[Rest]], int]:
    """Return the breaks before leaving, on the way to each stop and home, and the end."""
    breaks = breaks_of(courier)
    legs = [within(breaks, courier.start_s, leave_s, leave_s - courier.start_s)]
    taken, free_s, place = len(legs[0]), leave_s, courier.start
    for stop, start_s in zip(stops, starts, strict=True):
        by_s = start_s if place == stop.place else start_s - stop.setup_s
        idle_s = by_s - free_s - problem.way_s(place, stop.place)
        legs.append(within(breaks[taken:], free_s, by_s, idle_s))
        taken += len(legs[-1])
        free_s, place = start_s + stop.service_s, stop.place
    walk = Walk(taken, 0, 0, free_s, None)
    home = _home(breaks, walk, problem.way_s(place, courier.end))
    assert home is not None, f"no breaks fit into the route of {courier.id}"
    legs.append([])
    for each in breaks[taken : home.taken]:
        free_s = max(free_s, each.open_s) + each.length_s
        legs[-1].append(Rest(free_s - each.length_s, free_s))
    return legs, home.end_s


def within(breaks: Sequence[Break], free_s: int, by_s: int, idle_s: int) -> list[Rest]:
    """Take the breaks in turn that fit between two instants with time to spare."""
    rests: list[Rest] = []
    for each in breaks:
        free_s = max(free_s, each.open_s)
        ends_s, idle_s = free_s + each.length_s, idle_s - each.length_s
        if free_s > each.close_s or ends_s > by_s or idle_s < 0:
            break
        rests.append(Rest(free_s, ends_s))
        free_s = ends_s
    return rests

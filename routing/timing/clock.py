"""The earliest and the latest schedule of a route whose breaks are on given legs.

Its limits are all of the form "this instant is so many seconds after that one",
so one schedule is the earliest at every stop at once, and with it the least
late. Pure; knows nothing of the solver.
"""

from collections.abc import Sequence

from routing.problem import INSTANT_S_MAX, Break, Courier, Kind, Problem
from routing.timing.stops import Stop, step_s

Lag = tuple[int, int, int]
"""(drop-off, pickup, most seconds between their starts), both by position."""


def pushed(
    problem: Problem, courier: Courier, stops: Sequence[Stop], leave_s: int
) -> list[int] | None:
    """Return the earliest starts without breaks and limits aboard; None if one is late."""
    way_s = problem.travel_s.item
    free_s, place = leave_s, courier.start
    starts = []
    for stop in stops:
        goal = stop.place
        if goal != place:
            free_s += way_s(place, goal) + stop.setup_s
            place = goal
        if free_s < stop.open_s:
            free_s = stop.open_s
        if free_s > stop.close_s:
            return None
        starts.append(free_s)
        free_s += stop.service_s
    home_s = free_s + way_s(place, courier.end)
    return None if home_s > last_end_s(courier) else starts


def last_end_s(courier: Courier) -> int:
    """Return the last instant at which a route may end; no way takes so long."""
    return min(courier.end_s, INSTANT_S_MAX - 1)


def lags(stops: Sequence[Stop]) -> list[Lag]:
    """List the limits of the time aboard, by position of their drop-offs."""
    found: list[Lag] = []
    for door, stop in enumerate(stops):
        if stop.limit_s is None:
            continue
        for pickup in range(door - 1, -1, -1):
            if stops[pickup].parcel.id == stop.parcel.id:
                lag_s = stops[pickup].service_s + stop.limit_s
                found.append((door, pickup, lag_s))
                break
    return found


def over_breaks(free_s: int, travel_s: int, breaks: Sequence[Break]) -> int | None:
    """Return when a courier is there with breaks on the way; None if one is too late."""
    there_s = free_s + travel_s
    for each in breaks:
        free_s = max(free_s, each.open_s)
        if free_s > each.close_s:
            return None
        free_s += each.length_s
        there_s += each.length_s
    return max(there_s, free_s)


def boxed_late(
    problem: Problem,
    stops: Sequence[Stop],
    starts: list[int],
    legs: Sequence[Sequence[Break]] = (),
) -> bool:
    """Move pickups so late that no limit aboard is broken; False if one must be.

    To wait at the counter delays what lies before the door, never the door itself,
    or else the way alone is too long. So the last doors come first, and once is
    enough. `legs` are the breaks on the way to each stop.
    """
    for door, pickup, lag_s in reversed(lags(stops)):
        at_s = starts[door] - lag_s
        if at_s <= starts[pickup]:
            continue
        if at_s > stops[pickup].close_s:
            return False
        starts[pickup] = at_s
        for number in range(pickup + 1, door + 1):
            on_way = legs[number] if legs else ()
            start_s = _next_s(problem, stops, starts, number, on_way=on_way)
            if start_s is None or (number == door and start_s > starts[door]):
                return False
            if start_s <= starts[number]:
                break
            starts[number] = start_s
    return True


def _next_s(
    problem: Problem,
    stops: Sequence[Stop],
    starts: Sequence[int],
    number: int,
    *,
    on_way: Sequence[Break],
) -> int | None:
    """Return when a stop can begin after the one before it; None if that is too late."""
    before, stop = stops[number - 1], stops[number]
    travel_s = problem.way_s(before.place, stop.place)
    there_s = over_breaks(starts[number - 1] + before.service_s, travel_s, on_way)
    if there_s is None:
        return None
    start_s = there_s if before.place == stop.place else there_s + stop.setup_s
    return None if start_s > stop.close_s else start_s


def before_breaks(by_s: int, travel_s: int, breaks: Sequence[Break]) -> int:
    """Return when to set off at the latest, to be there in time with breaks on the way."""
    off_s = by_s - travel_s
    for each in reversed(breaks):
        by_s = min(by_s - each.length_s, each.close_s)
        off_s -= each.length_s
    return min(off_s, by_s)


def pulled(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    starts: Sequence[int],
    *,
    end_s: int,
    legs: Sequence[Sequence[Break]] = (),
) -> int:
    """Return the latest leaving with which the route ends in time, no later anywhere.

    `starts` are the earliest ones, and tell how late each hand-over is at least.
    `legs` are the breaks on the way to each stop, and last those on the way home.
    """
    legs = legs or [()] * (len(stops) + 1)
    latest = [
        max(start_s, min(stop.close_s, stop.parcel.due_s))
        if stop.kind is Kind.DROPOFF
        else stop.close_s
        for stop, start_s in zip(stops, starts, strict=True)
    ]
    last = stops[-1]
    home_s = before_breaks(end_s, problem.way_s(last.place, courier.end), legs[-1])
    latest[-1] = min(latest[-1], home_s - last.service_s)
    _hastened(problem, stops, latest, legs, last=len(stops) - 1, whole=True)
    for door, pickup, lag_s in sorted(lags(stops), key=lambda lag: lag[1]):
        if latest[door] > latest[pickup] + lag_s:
            latest[door] = latest[pickup] + lag_s
            _hastened(problem, stops, latest, legs, last=door)
    return _off_s(problem, courier.start, stops[0], latest[0], on_way=legs[0])


def _hastened(
    problem: Problem,
    stops: Sequence[Stop],
    latest: list[int],
    legs: Sequence[Sequence[Break]],
    *,
    last: int,
    whole: bool = False,
) -> None:
    """Pull forward what comes before a stop that has to begin sooner now."""
    for here in range(last - 1, -1, -1):
        stop, then = stops[here], stops[here + 1]
        by_s = _off_s(
            problem, stop.place, then, latest[here + 1], on_way=legs[here + 1]
        )
        if by_s - stop.service_s < latest[here]:
            latest[here] = by_s - stop.service_s
        elif not whole:
            return


def _off_s(
    problem: Problem,
    place: int,
    stop: Stop,
    start_s: int,
    *,
    on_way: Sequence[Break],
) -> int:
    """Return when to set off from a place, at the latest, to begin a stop in time."""
    if on_way:
        setup_s = 0 if place == stop.place else stop.setup_s
        travel_s = problem.way_s(place, stop.place)
        return before_breaks(start_s - setup_s, travel_s, on_way)
    return start_s - step_s(problem, place, stop)

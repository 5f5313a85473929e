"""When a courier leaves: as late as is harmless, and cold boxes are filled late. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from routing.plan import Rest
from routing.problem import INSTANT_S_MAX, Courier, Kind, Problem
from routing.timing.clock import boxed_late, pulled, pushed
from routing.timing.resting import (
    breaks_of,
    late_s,
    rested,
    rests_by_leg,
    rests_of,
    within,
)
from routing.timing.stops import Stop, step_s


def earliest_starts(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    leave_s: int | None = None,
) -> list[int] | None:
    """Return the earliest start of every stop in seconds of the day, or None.

    None means that no schedule keeps windows, shift, breaks and limits aboard in
    this order. Where breaks could be taken on several legs, it is the least late
    schedule, and among those the one that ends first. `leave_s` is when the courier
    leaves at the earliest, if not when the shift begins.
    """
    if not stops:
        return []
    leave_s = courier.start_s if leave_s is None else leave_s
    if courier.breaks and breaks_of(courier):
        return rested(problem, courier, stops, leave_s)
    starts = pushed(problem, courier, stops, leave_s)
    if starts is None or not boxed_late(problem, stops, starts):
        return None
    return starts


def ending_s(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> int:
    """Return when a route that holds some stops at some starts is at its end."""
    if courier.breaks:
        return rests_of(problem, courier, stops, starts, leave_s=courier.start_s)[1]
    last = stops[-1]
    return starts[-1] + last.service_s + problem.way_s(last.place, courier.end)


def leaving_s(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> int:
    """Return the last instant to leave with no hand-over later and no later end.

    `starts` are the earliest ones. With breaks the clock is asked again for
    instants in between, because another leg may then be the better one for a break.
    What was timed for a longer shift is reckoned with that.
    """
    end_s = ending_s(problem, courier, stops, starts)
    if end_s > courier.end_s:
        courier = replace(courier, end_s=end_s)
    last_s = pulled(problem, courier, stops, starts, end_s=end_s)
    if not breaks_of(courier):
        return last_s
    told = late_s(stops, starts), end_s
    if told[0]:
        last_s = end_s  # With a break elsewhere another hand-over may be the late one.
    for first_s in reversed(_set_offs(courier)):
        if first_s <= last_s:
            between = first_s, last_s
            leave_s = _latest(problem, courier, stops, between=between, told=told)
            if leave_s is not None:
                return leave_s
            last_s = first_s - 1
    # The starts are of wider windows than these stops have: then only they are known.
    return _as_rested(problem, courier, stops, starts, leave_s=courier.start_s)


def _set_offs(courier: Courier) -> list[int]:
    """List the begin of the shift, and where one break more can be over before leaving."""
    far_s = INSTANT_S_MAX * 2
    rests = within(breaks_of(courier), courier.start_s, far_s, far_s)
    return [courier.start_s, *(rest.end_s for rest in rests)]


def _latest(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    *,
    between: tuple[int, int],
    told: tuple[int, int],
) -> int | None:
    """Return the last harmless leaving between two instants; None if even the first is not.

    As many breaks are taken before leaving all the while, so it is harmless up to
    one instant. With the breaks on the legs that they are on, that can be reckoned;
    if one second more is harmless, then with a break elsewhere, and so on.
    """
    first_s, last_s = between
    found = _harmless(problem, courier, stops, leave_s=first_s, told=told)
    if found is None:
        return None
    first_s = max(first_s, _as_rested(problem, courier, stops, found, leave_s=first_s))
    while first_s < last_s:
        leave_s = first_s + 1
        found = _harmless(problem, courier, stops, leave_s=leave_s, told=told)
        if found is None:
            break
        as_rested = _as_rested(problem, courier, stops, found, leave_s=leave_s)
        first_s = max(leave_s, as_rested)
    return min(first_s, last_s)


def _as_rested(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    starts: Sequence[int],
    *,
    leave_s: int,
) -> int:
    """Return the last harmless leaving with every break on the leg that it is on."""
    rests, end_s = rests_by_leg(problem, courier, stops, starts, leave_s=leave_s)
    breaks, taken, legs = breaks_of(courier), len(rests[0]), []
    for on_leg in rests[1:]:
        legs.append(breaks[taken : taken + len(on_leg)])
        taken += len(on_leg)
    return pulled(problem, courier, stops, starts, end_s=end_s, legs=legs)


def _harmless(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    *,
    leave_s: int,
    told: tuple[int, int],
) -> list[int] | None:
    """Return the starts of leaving at an instant, if lateness and end are as told."""
    starts = earliest_starts(problem, courier, stops, leave_s)
    if starts is None:
        return None
    _, end_s = rests_of(problem, courier, stops, starts, leave_s=leave_s)
    return starts if told == (late_s(stops, starts), end_s) else None


def boxed_last(
    problem: Problem,
    stops: Sequence[Stop],
    starts: list[int],
    rests: Sequence[Rest],
) -> None:
    """Move cold pickups as late as is possible with every hand-over where it is.

    A wait at a cold parcel's door, or between, is waited at the outlet instead; other
    pickups on the way from there make way.
    """
    chilled, cold = [], False
    for stop in stops:
        cold = stop.kind is Kind.PICKUP and (cold or stop.parcel.cold)
        chilled.append(cold)
    for number in range(len(stops) - 2, -1, -1):
        if chilled[number]:
            stop, then = stops[number], stops[number + 1]
            by_s = starts[number + 1] - step_s(problem, stop.place, then)
            free_s = starts[number] + stop.service_s
            on_way = [it for it in rests if free_s <= it.start_s < starts[number + 1]]
            by_s -= sum(it.end_s - it.start_s for it in on_way)
            by_s = min([by_s, *(it.start_s for it in on_way)]) - stop.service_s
            starts[number] = max(starts[number], min(by_s, stop.close_s))

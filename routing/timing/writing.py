"""Write a route out visit by visit, as a plan tells it. Pure."""

from collections.abc import Sequence

from routing.plan import Rest, Route, Visit
from routing.problem import Courier, Kind, Problem
from routing.timing.leaving import boxed_last, earliest_starts, leaving_s
from routing.timing.resting import rests_of
from routing.timing.stops import Stop


def timed_route(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> Route:
    """Write out a route; the courier leaves as late as is harmless.

    `starts` are the earliest ones. Whatever leaving later spares is spared; nothing
    is handed over later than it must be, and the end is the earliest one.
    """
    leave_s = leaving_s(problem, courier, stops, starts)
    told = earliest_starts(problem, courier, stops, leave_s)
    assert told is not None, courier.id
    rests, _ = rests_of(problem, courier, stops, told, leave_s=leave_s)
    boxed_last(problem, stops, told, rests)
    rests, end_s = rests_of(problem, courier, stops, told, leave_s=leave_s)
    visits = [_leaving(courier, stops, leave_s)]
    for stop, start_s in zip(stops, told, strict=True):
        visits.append(_visit(problem, visits[-1], stop, start_s=start_s, rests=rests))
    visits.append(_end(problem, courier, visits[-1], end_s))
    return Route(courier.id, tuple(visits), rests)


def _leaving(courier: Courier, stops: Sequence[Stop], leave_s: int) -> Visit:
    on_board = [stop for stop in stops if stop.parcel.pickup is None]
    return Visit(
        kind=Kind.START,
        place=courier.start,
        parcel_id=None,
        travel_s=0,
        distance_m=0,
        arrive_s=leave_s,
        start_s=leave_s,
        depart_s=leave_s,
        load_parcels=-sum(stop.more_parcels for stop in on_board),
        cold_parcels=-sum(stop.more_cold for stop in on_board),
    )


def _visit(
    problem: Problem,
    before: Visit,
    stop: Stop,
    *,
    start_s: int,
    rests: Sequence[Rest],
) -> Visit:
    travel_s = problem.way_s(before.place, stop.place)
    late_s = start_s - stop.parcel.close_s if stop.kind is Kind.DROPOFF else 0
    return Visit(
        kind=stop.kind,
        place=stop.place,
        parcel_id=stop.parcel.id,
        travel_s=travel_s,
        distance_m=problem.way_m(before.place, stop.place),
        arrive_s=_there_s(before.depart_s, travel_s, rests),
        start_s=start_s,
        depart_s=start_s + stop.service_s,
        load_parcels=before.load_parcels + stop.more_parcels,
        cold_parcels=before.cold_parcels + stop.more_cold,
        late_s=max(0, late_s),
    )


def _end(problem: Problem, courier: Courier, before: Visit, end_s: int) -> Visit:
    return Visit(
        kind=Kind.END,
        place=courier.end,
        parcel_id=None,
        travel_s=problem.way_s(before.place, courier.end),
        distance_m=problem.way_m(before.place, courier.end),
        arrive_s=end_s,
        start_s=end_s,
        depart_s=end_s,
        load_parcels=before.load_parcels,
        cold_parcels=before.cold_parcels,
    )


def _there_s(depart_s: int, travel_s: int, rests: Sequence[Rest]) -> int:
    """Return the arrival: the way takes longer by the breaks that begin on it."""
    there_s = depart_s + travel_s
    for rest in rests:
        if depart_s <= rest.start_s < there_s:
            there_s += rest.end_s - rest.start_s
    return there_s

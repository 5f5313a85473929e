"""What a route costs. Pure; knows nothing of the solver."""

from collections.abc import Sequence

from routing.problem import Courier, Problem
from routing.timing.leaving import earliest_starts, ending_s, leaving_s
from routing.timing.resting import late_s
from routing.timing.stops import Stop, fits


def moving_s(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> int:
    """Return travel and set-up of a whole route, in seconds."""
    way_s = problem.travel_s.item
    total_s, place = 0, courier.start
    for stop in stops:
        if place != stop.place:
            total_s += way_s(place, stop.place) + stop.setup_s
            place = stop.place
    return total_s + int(way_s(place, courier.end))


def length_m(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> int:
    """Return the length of a whole route, in metres."""
    way_m = problem.distance_m.item
    total_m, place = 0, courier.start
    for stop in stops:
        total_m += way_m(place, stop.place)
        place = stop.place
    return total_m + int(way_m(place, courier.end))


def cost_fen(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> int:
    """Return what a route costs: courier, moving, metres, lateness and long work.

    `starts` are the earliest ones.
    """
    if not stops:
        return 0
    prices = problem.prices
    total_fen = problem.courier_fen(courier)
    total_fen += prices.moving_fen_per_s * moving_s(problem, courier, stops)
    total_fen += prices.late_fen_per_s * late_s(stops, starts)
    if prices.fen_per_km:
        length = length_m(problem, courier, stops)
        total_fen += prices.fen_per_km * length // 1000
    if prices.overwork_fen_per_s and courier.fair_work_s is not None:
        over_s = _overwork_s(
            problem, courier, stops, starts, fair_s=courier.fair_work_s
        )
        total_fen += prices.overwork_fen_per_s * over_s
    return total_fen


def route_fen(problem: Problem, courier: Courier, stops: Sequence[Stop]) -> int | None:
    """Return what a route costs, or None if it breaks a limit of clock or room."""
    if not fits(courier, stops):
        return None
    starts = earliest_starts(problem, courier, stops)
    return None if starts is None else cost_fen(problem, courier, stops, starts)


def work_s(
    problem: Problem, courier: Courier, stops: Sequence[Stop], starts: Sequence[int]
) -> int:
    """Return the time from leaving, as late as is harmless, to the end of a route."""
    if not stops:
        return 0
    leave_s = leaving_s(problem, courier, stops, starts)
    return ending_s(problem, courier, stops, starts) - leave_s


def _overwork_s(
    problem: Problem,
    courier: Courier,
    stops: Sequence[Stop],
    starts: Sequence[int],
    *,
    fair_s: int,
) -> int:
    """Return the work beyond the fair share; a short shift is not looked at closely."""
    if ending_s(problem, courier, stops, starts) - courier.start_s <= fair_s:
        return 0
    return max(0, work_s(problem, courier, stops, starts) - fair_s)

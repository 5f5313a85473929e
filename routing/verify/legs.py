"""Rules of one leg: the way from one visit to the next is that of the matrices."""

from collections.abc import Callable

from routing.problem import INSTANT_S_MAX
from routing.verify.values import Leg

LegRule = Callable[[Leg], str | None]


def _way_s(leg: Leg) -> int:
    return leg.ride.case.problem.way_s(leg.before.place, leg.visit.place)


def _no_way(leg: Leg) -> str | None:
    if _way_s(leg) < INSTANT_S_MAX:
        return None
    return f"no way from place {leg.before.place} to place {leg.visit.place}"


def _travel(leg: Leg) -> str | None:
    travel_s = _way_s(leg)
    if leg.visit.travel_s == travel_s:
        return None
    return f"{leg.visit.travel_s} s told, {travel_s} s by the matrix"


def _distance(leg: Leg) -> str | None:
    metres = leg.ride.case.problem.way_m(leg.before.place, leg.visit.place)
    if leg.visit.distance_m == metres:
        return None
    return f"{leg.visit.distance_m} m told, {metres} m by the matrix"


def _arrival(leg: Leg) -> str | None:
    """The way takes its time and the breaks that begin on it."""
    there_s = leg.before.depart_s + _way_s(leg)
    for rest in leg.rests:
        if rest.start_s < there_s:
            there_s += rest.end_s - rest.start_s
    if leg.visit.arrive_s == there_s:
        return None
    return f"arrives at {leg.visit.arrive_s} s, the way takes until {there_s} s"


def _setup(leg: Leg) -> str | None:
    if leg.visit.start_s >= leg.visit.arrive_s + leg.setup_s:
        return None
    return "no time for set-up"


LEG_RULES: dict[str, LegRule] = {
    "no_way": _no_way,
    "travel": _travel,
    "distance": _distance,
    "arrival": _arrival,
    "setup": _setup,
}

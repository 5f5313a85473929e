"""When a courier is where, for a given order of stops, and what the route costs.

The schedule is the earliest there is, so the least late; the courier leaves as
late as that allows. Pure; knows nothing of the solver.
"""

from routing.timing.leaving import earliest_starts, leaving_s
from routing.timing.prices import cost_fen, length_m, moving_s, route_fen, work_s
from routing.timing.resting import late_s, rests_of
from routing.timing.stops import Stop, fits, keeps_fixed, step_s, stops_of
from routing.timing.writing import timed_route

__all__ = [
    "Stop",
    "cost_fen",
    "earliest_starts",
    "fits",
    "keeps_fixed",
    "late_s",
    "leaving_s",
    "length_m",
    "moving_s",
    "rests_of",
    "route_fen",
    "step_s",
    "stops_of",
    "timed_route",
    "work_s",
]

"""Where one more parcel fits into a route that stands: every pair of places is tried.

Used to serve what the search overlooked, and to find out why a parcel stays
behind. Pure; knows nothing of the solver.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from routing.problem import Courier, Problem, able
from routing.timing import Stop, cost_fen, earliest_starts, fits, step_s

# With a price on lateness the cheapest detour need not be the cheapest route:
# so many of the cheapest detours are reckoned out in full.
_TRIALS_MAX = 5


@dataclass(frozen=True, slots=True)
class Insertion:
    """A route with one parcel more, and what that adds to the plan's cost."""

    courier: Courier
    stops: tuple[Stop, ...]
    cost_fen: int


class Gaps:
    """The gaps of a route that stands: before each stop, and before the end.

    What is reckoned once for a route serves for every parcel tried in it.
    """

    def __init__(
        self, problem: Problem, courier: Courier, stops: Sequence[Stop]
    ) -> None:
        starts = earliest_starts(problem, courier, stops)
        if starts is None:
            raise ValueError(f"the route of {courier.id} is infeasible already")
        self.problem, self.courier = problem, courier
        self.stops, self.starts = stops, starts
        self.cost_fen = cost_fen(problem, courier, stops, starts)
        self.latest = [courier.end_s]
        for number in range(len(stops) - 1, -1, -1):
            stop = stops[number]
            need_s = stop.service_s + self.onward_s(stop.place, number + 1)
            self.latest.append(min(stop.close_s, self.latest[-1] - need_s))
        self.latest.reverse()

    def onward_s(self, place: int, gap: int) -> int:
        """Return the seconds from a place to the stop, or the end, after a gap."""
        if gap < len(self.stops):
            return step_s(self.problem, place, self.stops[gap])
        return self.problem.way_s(place, self.courier.end)

    def before(self, gap: int) -> tuple[int, int]:
        """Return when the courier is free before a gap, and where."""
        if gap == 0:
            return self.courier.start_s, self.courier.start
        stop = self.stops[gap - 1]
        return self.starts[gap - 1] + stop.service_s, stop.place


def best_insertion(gaps: Gaps, pair: tuple[Stop, Stop]) -> Insertion | None:
    """Return the cheapest way to take a parcel along, or None if there is none."""
    if not able(gaps.courier, pair[0].parcel):
        return None
    trials = islice(_trials(gaps, pair), _TRIALS_MAX)
    best = min(trials, key=lambda it: it[0], default=None)
    return best and Insertion(gaps.courier, best[1], best[0] - gaps.cost_fen)


def _trials(
    gaps: Gaps, pair: tuple[Stop, Stop]
) -> Iterator[tuple[int, tuple[Stop, ...]]]:
    """Yield (cost, stops) of the routes that keep every limit, least detour first."""
    stops, problem, courier = gaps.stops, gaps.problem, gaps.courier
    for _, first, second in sorted(_spots(gaps, pair)):
        tried = (*stops[:first], pair[0], *stops[first:second], pair[1])
        tried += tuple(stops[second:])
        starts = earliest_starts(problem, courier, tried)
        if starts is not None and fits(courier, tried):
            yield cost_fen(problem, courier, tried, starts), tried


def _spots(gaps: Gaps, pair: tuple[Stop, Stop]) -> Iterator[tuple[int, int, int]]:
    """Yield (detour fen, gap of the pickup, gap of the drop-off) in time.

    Limits out of the fridge and room are left to the full trial; here only the
    clock decides, by how far each stop may still be pushed back. Taken for
    granted: no way is made shorter by a stop in between.
    """
    pickup = pair[0]
    for first in range(len(gaps.stops) + 1):
        free_s, place = gaps.before(first)
        there_s = step_s(gaps.problem, place, pickup)
        start_s = max(pickup.open_s, free_s + there_s)
        if start_s > pickup.close_s:
            return
        onward_s = gaps.onward_s(pickup.place, first)
        if start_s + pickup.service_s + onward_s > gaps.latest[first]:
            continue
        detour_s = there_s + onward_s - gaps.onward_s(place, first)
        detour_fen = detour_s * gaps.problem.prices.moving_fen_per_s
        for more_fen, second in _doors(gaps, pair, first, start_s + pickup.service_s):
            yield detour_fen + more_fen, first, second


def _doors(
    gaps: Gaps, pair: tuple[Stop, Stop], first: int, free_s: int
) -> Iterator[tuple[int, int]]:
    """Yield (detour fen, gap of the drop-off) once the parcel is on board."""
    place, dropoff, prices = pair[0].place, pair[1], gaps.problem.prices
    for second in range(first, len(gaps.stops) + 1):
        there_s = step_s(gaps.problem, place, dropoff)
        onward_s = gaps.onward_s(dropoff.place, second)
        door_s = max(dropoff.open_s, free_s + there_s)
        next_s = door_s + dropoff.service_s + onward_s
        straight_s = gaps.onward_s(place, second)
        if door_s <= dropoff.close_s and next_s <= gaps.latest[second]:
            late_s = max(0, door_s - dropoff.parcel.close_s)
            detour_fen = (there_s + onward_s - straight_s) * prices.moving_fen_per_s
            yield detour_fen + late_s * prices.late_fen_per_s, second
        if second == len(gaps.stops) or free_s + straight_s > gaps.latest[second]:
            return
        stop = gaps.stops[second]
        free_s = max(gaps.starts[second], free_s + straight_s) + stop.service_s
        place = stop.place

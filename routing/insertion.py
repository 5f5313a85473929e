"""Where one more parcel fits into a route that stands: every pair of places is tried.

Used to serve what the search overlooked, and to find out why a parcel stays
behind. Pure; knows nothing of the solver.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from routing.problem import Courier, Parcel, Problem, able
from routing.timing import Stop, cost_fen, earliest_starts, fits, step_s

# With a price on lateness the cheapest detour need not be the cheapest route:
# so many of the cheapest detours that keep every limit are reckoned out in full.
_TRIALS_MAX = 5

_FEN_MAX = 10**18

Spot = tuple[int, int, int]
"""(detour fen, gap of the pickup, gap of the drop-off); on board is gap 0."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """A route with one parcel more, and what that adds to the plan's cost."""

    courier: Courier
    stops: tuple[Stop, ...]
    cost_fen: int


class Door(NamedTuple):
    """A drop-off seen from each gap: the way to it and on from it, and room till then."""

    stop: Stop
    to_s: list[int]
    onward_s: list[int]
    held: list[bool]


class Gaps:
    """The gaps of a route that stands: before each stop, and before the end.

    What is reckoned once for a route serves for every parcel tried in it. `least`
    and `latest` are bounds without breaks and limits aboard: what they rule out is
    impossible, what they let through is tried in full.
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
        self.straight_s = [
            self.onward_s(self.place(gap), gap) for gap in range(len(stops) + 1)
        ]
        self.least = self._least()
        self.latest = self._latest()
        self.room = self._room()

    def place(self, gap: int) -> int:
        """Return the place that a gap leads away from."""
        return self.stops[gap - 1].place if gap else self.courier.start

    def onward_s(self, place: int, gap: int) -> int:
        """Return the seconds from a place to the stop, or the end, after a gap."""
        if gap < len(self.stops):
            return step_s(self.problem, place, self.stops[gap])
        return self.problem.way_s(place, self.courier.end)

    def onward_m(self, place: int, gap: int) -> int:
        """Return the metres from a place to the stop, or the end, after a gap."""
        inside = gap < len(self.stops)
        goal = self.stops[gap].place if inside else self.courier.end
        return self.problem.way_m(place, goal)

    def _least(self) -> list[int]:
        """List when the courier is free before each gap at the earliest."""
        free = [self.courier.start_s]
        for gap, stop in enumerate(self.stops):
            start_s = max(stop.open_s, free[-1] + self.straight_s[gap])
            free.append(start_s + stop.service_s)
        return free

    def _latest(self) -> list[int]:
        """List how late what comes after each gap may begin."""
        latest = [self.courier.end_s]
        for gap in range(len(self.stops), 0, -1):
            stop = self.stops[gap - 1]
            need_s = stop.service_s + self.straight_s[gap]
            latest.append(min(stop.close_s, latest[-1] - need_s))
        return latest[::-1]

    def _room(self) -> list[tuple[int, int, int | None]]:
        """List the places, cold places and grams that are free in each gap."""
        stops, courier = self.stops, self.courier
        ahead = [stop for stop in stops if stop.parcel.pickup is None]
        parcels = accumulate(
            (stop.more_parcels for stop in stops),
            initial=-sum(stop.more_parcels for stop in ahead),
        )
        cold = accumulate(
            (stop.more_cold for stop in stops),
            initial=-sum(stop.more_cold for stop in ahead),
        )
        grams = accumulate(
            (stop.more_g for stop in stops),
            initial=-sum(stop.more_g for stop in ahead),
        )
        most_g = courier.capacity_g
        return [
            (
                courier.capacity_parcels - load,
                courier.cold_capacity_parcels - box,
                None if most_g is None else most_g - weight,
            )
            for load, box, weight in zip(parcels, cold, grams, strict=True)
        ]

    def holds(self, parcel: Parcel, gap: int) -> bool:
        """Tell whether a parcel has room in a gap beside what is on board there."""
        places, box, grams = self.room[gap]
        return (
            parcel.size_parcels <= places
            and not (parcel.cold and parcel.size_parcels > box)
            and not (grams is not None and parcel.weight_g > grams)
        )


def best_insertion(
    gaps: Gaps, stops: Sequence[Stop], *, below_fen: int | None = None
) -> Insertion | None:
    """Return the cheapest way to take a parcel along, or None if there is none.

    `stops` are its pickup and drop-off, or the drop-off alone if it is on board.
    With `below_fen` a way that cannot add less is not looked at.
    """
    if not able(gaps.courier, stops[0].parcel):
        return None
    most_fen = _FEN_MAX
    if below_fen is not None:
        sent_fen = 0 if gaps.stops else gaps.problem.courier_fen(gaps.courier)
        most_fen = below_fen - sent_fen
    trials = islice(_trials(gaps, stops, most_fen), _TRIALS_MAX)
    best = min(trials, key=lambda it: it[0], default=None)
    if best is None:
        return None
    more_fen = best[0] - gaps.cost_fen
    if below_fen is not None and more_fen >= below_fen:
        return None
    return Insertion(gaps.courier, best[1], more_fen)


def cheapest_insertion(
    routes: Iterable[Gaps], stops: Sequence[Stop]
) -> Insertion | None:
    """Return the cheapest way to take a parcel along on any of some routes.

    Far quicker than each route by itself: what is found on one spares others the search.
    """
    best: Insertion | None = None
    for gaps in routes:
        below_fen = None if best is None else best.cost_fen
        best = best_insertion(gaps, stops, below_fen=below_fen) or best
    return best


def _trials(
    gaps: Gaps, added: Sequence[Stop], most_fen: int
) -> Iterator[tuple[int, tuple[Stop, ...]]]:
    """Yield (cost, stops) of the routes that keep every limit, least detour first."""
    stops, problem, courier = gaps.stops, gaps.problem, gaps.courier
    for fen, first, second in sorted(_spots(gaps, added, most_fen)):
        if fen >= most_fen:
            return
        tried = (*stops[:first], *added[:-1], *stops[first:second], added[-1])
        tried += tuple(stops[second:])
        starts = earliest_starts(problem, courier, tried)
        if starts is not None and fits(courier, tried):
            yield cost_fen(problem, courier, tried, starts), tried


def _spots(gaps: Gaps, added: Sequence[Stop], most_fen: int) -> Iterator[Spot]:
    """Yield where a parcel fits by clock and room, breaks and limits aboard aside.

    A gap from where the pickup alone costs too much is left out.
    """
    begun, door = len(gaps.courier.fixed), _door(gaps, added[-1])
    if len(added) == 1:
        for fen, second in _walk(gaps, door, 0, gaps.courier.start_s):
            if second >= begun:
                yield fen + _metres_fen(gaps, added, 0, second), 0, second
        return
    for first in range(begun, len(gaps.stops) + 1):
        if door.held[first] and _least_fen(gaps, added[0], door, first) < most_fen:
            for fen, second in _fetched(gaps, added[0], door, first):
                yield fen + _metres_fen(gaps, added, first, second), first, second


def _door(gaps: Gaps, stop: Stop) -> Door:
    numbers = range(len(gaps.stops) + 1)
    return Door(
        stop=stop,
        to_s=[step_s(gaps.problem, gaps.place(gap), stop) for gap in numbers],
        onward_s=[gaps.onward_s(stop.place, gap) for gap in numbers],
        held=[gaps.holds(stop.parcel, gap) for gap in numbers],
    )


def _least_fen(gaps: Gaps, pickup: Stop, door: Door, first: int) -> int:
    """Return what a pickup in a gap costs at least, with ways as they usually are."""
    there_s = step_s(gaps.problem, gaps.place(first), pickup) - gaps.straight_s[first]
    on_s = gaps.onward_s(pickup.place, first)
    straight_s = step_s(gaps.problem, pickup.place, door.stop) + door.onward_s[first]
    return (there_s + min(on_s, straight_s)) * gaps.problem.prices.moving_fen_per_s


def _fetched(
    gaps: Gaps, pickup: Stop, door: Door, first: int
) -> Iterator[tuple[int, int]]:
    """Yield (detour fen, gap of the drop-off) of a parcel picked up in a gap."""
    there_s = step_s(gaps.problem, gaps.place(first), pickup)
    start_s = max(pickup.open_s, gaps.least[first] + there_s)
    if start_s > pickup.close_s:
        return
    free_s, moving_fen = (
        start_s + pickup.service_s,
        gaps.problem.prices.moving_fen_per_s,
    )
    more_s = there_s - gaps.straight_s[first]
    straight_s = step_s(gaps.problem, pickup.place, door.stop)
    fen = _late_fen(gaps, door, first, free_s + straight_s)
    limit_s = door.stop.limit_s
    if fen is not None and (limit_s is None or straight_s <= limit_s):
        detour_s = more_s + straight_s + door.onward_s[first]
        yield fen + detour_s * moving_fen, first
    if first < len(gaps.stops):
        stop, on_s = gaps.stops[first], gaps.onward_s(pickup.place, first)
        start_s = max(stop.open_s, free_s + on_s)
        if start_s <= stop.close_s:
            free_s, carried_s = start_s + stop.service_s, on_s + stop.service_s
            for fen, second in _walk(
                gaps, door, first + 1, free_s, carried_s=carried_s
            ):
                yield fen + (more_s + on_s) * moving_fen, second


def _walk(
    gaps: Gaps, door: Door, gap: int, free_s: int, *, carried_s: int = 0
) -> Iterator[tuple[int, int]]:
    """Yield (detour fen, gap of the drop-off) from a gap on, with the parcel on board.

    What is on the way home later is not asked for its slack: with set-up once per
    place, a stop in between may even save time.
    """
    stops, straight_s, to_s = gaps.stops, gaps.straight_s, door.to_s
    limit_s, moving_fen = door.stop.limit_s, gaps.problem.prices.moving_fen_per_s
    for second in range(gap, len(stops) + 1):
        if not door.held[second]:
            return
        there_s, on_s = to_s[second], straight_s[second]
        if limit_s is None or carried_s + there_s <= limit_s:
            fen = _late_fen(gaps, door, second, free_s + there_s)
            if fen is not None:
                detour_s = there_s + door.onward_s[second] - on_s
                yield fen + detour_s * moving_fen, second
        if second == len(stops):
            return
        stop = stops[second]
        start_s = max(stop.open_s, free_s + on_s)
        if start_s > stop.close_s:
            return
        free_s, carried_s = start_s + stop.service_s, carried_s + on_s + stop.service_s


def _late_fen(gaps: Gaps, door: Door, gap: int, there_s: int) -> int | None:
    """Return the price of the lateness at the door; None if it, or what follows, is shut."""
    stop = door.stop
    start_s = there_s if there_s > stop.open_s else stop.open_s
    end_s = start_s + stop.service_s + door.onward_s[gap]
    if start_s > stop.close_s or end_s > gaps.latest[gap]:
        return None
    return max(0, start_s - stop.parcel.due_s) * gaps.problem.prices.late_fen_per_s


def _metres_fen(gaps: Gaps, added: Sequence[Stop], first: int, second: int) -> int:
    """Return the price of the metres that a parcel adds to a route."""
    fen_per_km = gaps.problem.prices.fen_per_km
    if not fen_per_km:
        return 0
    route, way_m = gaps.stops, gaps.problem.way_m
    places = [gaps.place(first), *(stop.place for stop in added[:-1])]
    places += [stop.place for stop in route[first:second]] + [added[-1].place]
    more_m = sum(way_m(here, there) for here, there in pairwise(places))
    more_m += gaps.onward_m(added[-1].place, second)
    less_m = sum(
        gaps.onward_m(gaps.place(gap), gap) for gap in range(first, second + 1)
    )
    return fen_per_km * (more_m - less_m) // 1000

"""The routes as they stand and the couriers alone, and which of them are near. Pure."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from routing.insertion import Gaps
from routing.plan import Kind
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem, able
from routing.timing import Stop, earliest_starts, step_s, stops_of


class Standing:
    """Routes of couriers, looked up by how near they come to a parcel."""

    def __init__(self, problem: Problem, gaps: Collection[Gaps]) -> None:
        self._problem = problem
        self._routes = {it.courier.id: it for it in gaps}
        self._bases: dict[str, Gaps] = {}
        couriers = problem.couriers
        self._number = {it.id: number for number, it in enumerate(couriers)}
        self._starts = np.array([it.start for it in couriers], np.int64)
        self._ends = np.array([it.end for it in couriers], np.int64)
        self._start_s = np.array([it.start_s for it in couriers], np.int64)
        self._end_s = np.array([it.end_s for it in couriers], np.int64)
        self._begun = np.array([bool(it.fixed) for it in couriers], bool)
        self._legs = self._legs_of(couriers)

    def near(
        self,
        parcel: Parcel,
        couriers: Sequence[Courier],
        most: int,
        *,
        alone: bool = False,
    ) -> list[Gaps]:
        """Return the gaps of the nearest couriers who may carry a parcel.

        Couriers may have been changed by a remedy: their routes are then timed anew,
        and left out where they cannot be.
        """
        if not alone and not self._routes:
            return []
        apart_s = self._apart_s(parcel, alone=alone)
        able_ones = [it for it in couriers if able(it, parcel)]
        able_ones.sort(key=lambda it: (apart_s[self._number[it.id]], it.id))
        return [self._gaps(it, alone=alone) for it in able_ones[:most]]

    def alone(
        self, parcel: Parcel, most: int | None = None, *, possible: bool = True
    ) -> Iterator[Gaps]:
        """Yield couriers with their fixed stops alone, nearest first.

        With `possible` those are left out who cannot be there in time whatever they do.
        """
        couriers = self._problem.couriers
        if not couriers:
            return
        apart_s = self._apart_s(parcel, alone=True)
        may = self._in_time(parcel) if possible else None
        chosen = [
            number
            for number, courier in enumerate(couriers)
            if (may is None or may[number]) and able(courier, parcel)
        ]
        chosen.sort(key=lambda number: (apart_s[number], couriers[number].id))
        for number in chosen[:most]:
            yield self._gaps(couriers[number], alone=True)

    def reachable(self, courier: Courier, parcel: Parcel) -> bool:
        """Tell whether roads lead a courier to a parcel's stops and home again."""
        places = [courier.start, *(it.place for it in stops_of(self._problem, parcel))]
        places.append(courier.end)
        return able(courier, parcel) and all(
            self._problem.way_s(*way) < INSTANT_S_MAX for way in pairwise(places)
        )

    def first_s(self, parcel: Parcel) -> int:
        """Return when any courier could hand over a parcel that is on board."""
        (door,) = stops_of(self._problem, parcel)
        return min(
            it.start_s + step_s(self._problem, it.start, door)
            for it in self._problem.couriers
            if able(it, parcel)
        )

    def _gaps(self, courier: Courier, *, alone: bool) -> Gaps:
        mine = self._problem.couriers[self._number[courier.id]]
        kept = self._routes.get(courier.id) if not alone else None
        if kept is None:
            kept = self._bases.get(courier.id)
            if kept is None:
                kept = Gaps(self._problem, mine, self._base(mine))
                self._bases[courier.id] = kept
        if courier is mine:
            return kept
        stops = kept.stops if courier.fixed else ()
        return Gaps(self._problem, courier, stops if alone else kept.stops)

    def _base(self, courier: Courier) -> list[Stop]:
        """Return the fixed stops, and the doors of what they have picked up.

        The doors come in the order of the route that stands, or else by their windows.
        """
        parcels = {parcel.id: parcel for parcel in self._problem.parcels}
        fixed = [
            stop
            for name, kind in courier.fixed
            for stop in stops_of(self._problem, parcels[name])
            if stop.kind is kind
        ]
        done = {stop.parcel.id for stop in fixed if stop.kind is Kind.DROPOFF}
        aboard = {stop.parcel.id for stop in fixed} - done
        if courier.id in self._routes:
            route = self._routes[courier.id].stops[len(fixed) :]
            return fixed + [stop for stop in route if stop.parcel.id in aboard]
        doors = [stops_of(self._problem, parcels[name])[-1] for name in aboard]
        doors.sort(key=lambda it: (it.close_s, it.parcel.id))
        kept = earliest_starts(self._problem, courier, [*fixed, *doors])
        return [*fixed, *doors] if kept is not None else fixed

    def _apart_s(self, parcel: Parcel, *, alone: bool) -> npt.NDArray[np.int64]:
        """Return for each courier the nearest way to the parcel's stops, in seconds."""
        legs, cuts = self._legs
        places, travel = [parcel.dropoff], self._problem.travel_s
        if parcel.pickup is not None:
            places.append(parcel.pickup)
        if alone:
            ways = travel[np.ix_(self._starts, np.array(places))]
            return np.asarray(ways.sum(axis=1, dtype=np.int64))
        nearest = [np.minimum.reduceat(travel[legs, place], cuts) for place in places]
        return np.asarray(np.sum(nearest, axis=0, dtype=np.int64))

    def _legs_of(
        self, couriers: Sequence[Courier]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Line up the places of all routes, and where each courier's begin."""
        legs: list[int] = []
        cuts: list[int] = []
        for courier in couriers:
            cuts.append(len(legs))
            legs.append(courier.start)
            if courier.id in self._routes:
                legs += [stop.place for stop in self._routes[courier.id].stops]
        return np.array(legs, np.int64), np.array(cuts, np.int64)

    def _in_time(self, parcel: Parcel) -> npt.NDArray[np.bool_]:
        """Tell for each courier whether a parcel could be served alone, at the best.

        Without breaks and limits aboard; who has fixed stops always might.
        """
        problem, free_s, place = self._problem, self._start_s, self._starts
        good = np.ones(len(place), bool)
        for stop in stops_of(problem, parcel):
            way_s = problem.travel_s[place, stop.place].astype(np.int64)
            way_s = way_s + np.where(place == stop.place, 0, stop.setup_s)
            free_s = np.maximum(free_s + way_s, stop.open_s)
            good &= free_s <= stop.close_s
            free_s = free_s + stop.service_s
            place = np.full(len(place), stop.place)
        good &= free_s + problem.travel_s[place, self._ends] <= self._end_s
        return np.asarray(good | self._begun)

"""What a dispatcher would do by hand, as a plain rule, to hold a plan against. Pure.

The rule: go through the counters by the hour at which their parcels may be handed over
first. All parcels of one counter for one hour go, as far as they fit, to the courier who
can be there soonest; from the counter to the nearest door first, then to the next. Nobody
looks ahead, and nobody takes the parcels of two counters together. A door that is reached
late is late; what no courier can bring within the shift stays behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from typing import Any

from routing.plan import Kind, Plan, Route
from routing.problem import Courier, Parcel, Problem, able


@dataclass(frozen=True, slots=True)
class Figures:
    """What a way of working comes to: parcels, metres, seconds and fen.

    `on_time` are hand-overs begun before their window closes; `work_s` is from leaving
    to coming back, of all couriers together. `spent_fen` is what is really paid; in
    `cost_fen` stands what the planner weighs beside it, above all each parcel left behind.
    """

    parcels: int
    served: int
    on_time: int
    couriers: int
    distance_m: int
    work_s: int
    cost_fen: int
    spent_fen: int


@dataclass(slots=True)
class _Rider:
    """A courier's day as it goes, by hand."""

    courier: Courier
    place: int
    free_s: int
    left_s: int | None = None
    distance_m: int = 0
    moving_s: int = 0

    def go(self, problem: Problem, place: int, setup_s: int) -> int:
        """Go to a place and get ready there; returns when."""
        if self.left_s is None:
            self.left_s = self.free_s
        if place != self.place:
            moving_s = problem.way_s(self.place, place) + setup_s
            self.moving_s += moving_s
            self.distance_m += problem.way_m(self.place, place)
            self.free_s += moving_s
        self.place = place
        return self.free_s


@dataclass(slots=True)
class _Tally:
    served: int = 0
    on_time: int = 0
    overdue_s: int = 0


def compared(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return the figures of a plan beside those by hand, as plain values.

    What is on board already cannot be handed out by hand anew: then there are none.
    """
    aboard = any(parcel.pickup is None for parcel in problem.parcels)
    hand = None if aboard else asdict(by_hand(problem))
    return {"plan": asdict(figures_of(problem, plan)), "hand": hand}


def figures_of(problem: Problem, plan: Plan) -> Figures:
    """Return what a plan comes to."""
    doors = [it for _, it in plan.visits() if it.kind is Kind.DROPOFF]
    return Figures(
        parcels=len(problem.parcels),
        served=plan.served,
        on_time=sum(visit.late_s == 0 for visit in doors),
        couriers=len(plan.routes),
        distance_m=plan.distance_m,
        work_s=sum(route.duration_s for route in plan.routes),
        cost_fen=plan.cost_fen,
        spent_fen=spent_fen(problem, plan),
    )


def spent_fen(problem: Problem, plan: Plan) -> int:
    """Return what a plan is really paid for: who goes out, their moving, their kilometres.

    What is late, is left behind or is more than a fair share has its price for the planner
    alone: nobody pays it.
    """
    couriers = {courier.id: courier for courier in problem.couriers}
    return sum(
        problem.courier_fen(couriers[route.courier_id])
        + _way_fen(problem, route.travel_s + _setup_s(problem, route), route.distance_m)
        for route in plan.routes
    )


def by_hand(problem: Problem) -> Figures:
    """Return what handing each counter's parcels to the nearest courier comes to."""
    riders = [_Rider(it, it.start, it.start_s) for it in problem.couriers]
    tally, left_fen = _Tally(), 0
    for batch in _batches(problem.parcels):
        left = batch
        while left:
            carried = _hand_out(problem, riders, left, tally)
            if not carried:
                break
            left = [parcel for parcel in left if parcel.id not in carried]
        left_fen += sum(problem.unserved_fen(parcel) for parcel in left)
    out = [rider for rider in riders if rider.left_s is not None]
    for rider in out:
        rider.go(problem, rider.courier.end, 0)
    paid_fen = sum(
        problem.courier_fen(it.courier) + _way_fen(problem, it.moving_s, it.distance_m)
        for it in out
    )
    return Figures(
        parcels=len(problem.parcels),
        served=tally.served,
        on_time=tally.on_time,
        couriers=len(out),
        distance_m=sum(rider.distance_m for rider in out),
        work_s=sum(rider.free_s - (rider.left_s or 0) for rider in out),
        cost_fen=paid_fen + left_fen + problem.prices.late_fen_per_s * tally.overdue_s,
        spent_fen=paid_fen,
    )


def _way_fen(problem: Problem, moving_s: int, way_m: int) -> int:
    prices = problem.prices
    return prices.moving_fen_per_s * moving_s + prices.fen_per_km * way_m // 1000


def _setup_s(problem: Problem, route: Route) -> int:
    """Add up the setting up of a route: once for each place that is reached from another."""
    setups = {
        Kind.PICKUP: problem.pickup_setup_s,
        Kind.DROPOFF: problem.dropoff_setup_s,
    }
    reached = (
        after for before, after in pairwise(route.visits) if before.place != after.place
    )
    return sum(setups.get(visit.kind, 0) for visit in reached)


def _batches(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """Give the parcels of each counter and hour, the earliest hour first."""

    def batch(parcel: Parcel) -> tuple[int, int]:
        return parcel.open_s, parcel.counter

    for _, each in groupby(sorted(parcels, key=batch), batch):
        yield list(each)


def _hand_out(
    problem: Problem, riders: Sequence[_Rider], batch: Sequence[Parcel], tally: _Tally
) -> set[str]:
    """Let the courier who can be there soonest carry what fits; tells what is carried."""

    def there_s(rider: _Rider) -> int:
        return rider.free_s + problem.way_s(rider.place, batch[0].counter)

    for rider in sorted(riders, key=lambda it: (there_s(it), it.courier.id)):
        load = _load(rider.courier, batch)
        trip = _trip(problem, rider, load) if load else []
        while trip and not _back_in_time(problem, rider, trip):
            trip = trip[:-1]
        if trip:
            _drive(problem, rider, trip, tally)
            return {parcel.id for parcel in trip}
    return set()


def _load(courier: Courier, batch: Sequence[Parcel]) -> list[Parcel]:
    """Take what a courier may carry, as far as it fits."""
    room, cold, grams = (
        courier.capacity_parcels,
        courier.cold_capacity_parcels,
        courier.capacity_g,
    )
    taken = []
    for parcel in batch:
        chill = parcel.size_parcels if parcel.cold else 0
        light = grams is None or parcel.weight_g <= grams
        if able(courier, parcel) and parcel.size_parcels <= room and chill <= cold:
            if not light:
                continue
            room, cold = room - parcel.size_parcels, cold - chill
            grams = None if grams is None else grams - parcel.weight_g
            taken.append(parcel)
    return taken


def _trip(problem: Problem, rider: _Rider, load: Sequence[Parcel]) -> list[Parcel]:
    """Order a load's doors: the nearest first, then the nearest to that."""
    place, left, trip = load[0].counter, list(load), []
    while left:
        after = min(left, key=lambda it: (problem.way_s(place, it.dropoff), it.id))
        left.remove(after)
        trip.append(after)
        place = after.dropoff
    return trip


def _back_in_time(problem: Problem, rider: _Rider, trip: Sequence[Parcel]) -> bool:
    tried = _Rider(rider.courier, rider.place, rider.free_s)
    _drive(problem, tried, trip, _Tally())
    return tried.go(problem, rider.courier.end, 0) <= rider.courier.end_s


def _drive(
    problem: Problem, rider: _Rider, trip: Sequence[Parcel], tally: _Tally
) -> None:
    ready_s = max(parcel.ready_s for parcel in trip)
    rider.free_s = max(
        rider.go(problem, trip[0].counter, problem.pickup_setup_s), ready_s
    )
    rider.free_s += sum(problem.handling_s(parcel) for parcel in trip)
    for parcel in trip:
        door_s = rider.go(problem, parcel.dropoff, problem.dropoff_setup_s)
        rider.free_s = max(door_s, parcel.open_s)
        tally.served += 1
        tally.on_time += rider.free_s <= parcel.close_s
        tally.overdue_s += max(0, rider.free_s - parcel.due_s)
        rider.free_s += problem.service_s(parcel)

"""A second clock, slow and plain, that shares no code with the planner's.

Every instant of a route is a number with a least and a greatest value, and between
them only rules "this one at least so many seconds after that one"; they are applied
until nothing moves. Every choice of legs for the breaks is tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise

from routing.problem import INSTANT_S_MAX, Break, Courier, Kind, Parcel, Problem

Order = Sequence[tuple[Parcel, Kind]]
LEAVE = 0


@dataclass(frozen=True)
class Schedule:
    """The least late, then earliest schedule, and the latest leaving that spoils nothing."""

    late_s: int
    end_s: int
    leave_s: int
    starts: tuple[int, ...]


@dataclass
class _Net:
    """Instants: leaving, the starts, the end, then the breaks; `after` are the rules."""

    least: list[int]
    most: list[int]
    after: list[tuple[int, int, int]]

    def earliest(self) -> list[int] | None:
        at = list(self.least)
        for _ in range(len(at) + 1):
            moved = False
            for early, then, lag_s in self.after:
                if at[early] + lag_s > at[then]:
                    at[then] = at[early] + lag_s
                    moved = True
            if any(a > b for a, b in zip(at, self.most, strict=True)):
                return None
            if not moved:
                return at
        return None

    def latest(self, most: list[int]) -> list[int]:
        at = list(most)
        moved = True
        while moved:
            moved = False
            for early, then, lag_s in reversed(self.after):
                if at[then] - lag_s < at[early]:
                    at[early] = at[then] - lag_s
                    moved = True
        return at


def scheduled(problem: Problem, courier: Courier, order: Order) -> Schedule | None:
    """Return the schedule of an order of stops, or None if there is none."""
    places = [_place(*it) for it in order]
    stations = [courier.start, *places, courier.end]
    if any(problem.travel_s[a, b] >= INSTANT_S_MAX for a, b in pairwise(stations)):
        return None
    found = []
    for taken, legs in _choices(courier, len(order)):
        net = _net(problem, courier, order, taken, legs)
        at = net.earliest()
        if at is not None:
            starts = at[1 : len(order) + 1]
            late_s = sum(_lateness(order, starts))
            found.append((late_s, at[len(order) + 1], starts, net))
    if not found:
        return None
    late_s, end_s, starts, _ = min(found, key=lambda it: it[:2])
    leave_s = max(
        _leaving(order, net, best, end_s)
        for late, end, best, net in found
        if (late, end) == (late_s, end_s)
    )
    return Schedule(late_s, end_s, leave_s, tuple(starts))


def room_kept(problem: Problem, courier: Courier, order: Order) -> bool:
    """Tell whether places, cold places and grams suffice at every moment."""
    aboard = [parcel for parcel, _ in order if parcel.pickup is None]
    for moment in range(len(order) + 1):
        if moment:
            parcel, kind = order[moment - 1]
            if kind is Kind.PICKUP:
                aboard.append(parcel)
            else:
                aboard.remove(parcel)
        if sum(it.size_parcels for it in aboard) > courier.capacity_parcels:
            return False
        cold = sum(it.size_parcels for it in aboard if it.cold)
        if cold > courier.cold_capacity_parcels:
            return False
        grams = sum(it.weight_g for it in aboard)
        if courier.capacity_g is not None and grams > courier.capacity_g:
            return False
    return True


def price_fen(problem: Problem, courier: Courier, order: Order) -> int | None:
    """Return what a route costs, or None if it cannot be."""
    found = reckoned(problem, courier, order)
    return found and found[0]


def reckoned(
    problem: Problem, courier: Courier, order: Order
) -> tuple[int, int] | None:
    """Return what a route costs, and the part of it that is for long work."""
    if not room_kept(problem, courier, order):
        return None
    schedule = scheduled(problem, courier, order)
    if schedule is None:
        return None
    prices = problem.prices
    work_s = schedule.end_s - schedule.leave_s
    fair_s = work_s if courier.fair_work_s is None else courier.fair_work_s
    overwork_fen = prices.overwork_fen_per_s * max(0, work_s - fair_s)
    late_fen = prices.late_fen_per_s * schedule.late_s
    return way_fen(problem, courier, order) + late_fen + overwork_fen, overwork_fen


def way_fen(problem: Problem, courier: Courier, order: Order) -> int:
    """Return what a route costs by its courier and its way, whatever the time."""
    stations = [courier.start, *(_place(*it) for it in order), courier.end]
    moving_s = metres = 0
    for number, (here, there) in enumerate(pairwise(stations)):
        moving_s += problem.travel_s.item(here, there)
        metres += problem.distance_m.item(here, there)
        if here != there and number < len(order):
            moving_s += _setup_s(problem, order[number][1])
    prices, own_fen = problem.prices, courier.fixed_fen
    return (
        (prices.courier_fen if own_fen is None else own_fen)
        + prices.moving_fen_per_s * moving_s
        + prices.fen_per_km * metres // 1000
    )


def _choices(
    courier: Courier, stops: int
) -> Iterator[tuple[list[Break], tuple[int, ...]]]:
    """Yield the breaks that are taken, and the leg of each: -1 is before leaving."""
    breaks = [it for it in courier.breaks if it.close_s >= courier.start_s]
    for count in range(len(breaks) + 1):
        for legs in combinations_with_replacement(range(-1, stops + 1), count):
            yield breaks[:count], legs


def _net(
    problem: Problem,
    courier: Courier,
    order: Order,
    taken: Sequence[Break],
    legs: Sequence[int],
) -> _Net:
    end = len(order) + 1
    net = _Net([courier.start_s], [INSTANT_S_MAX], [])
    for parcel, kind in order:
        least_s, most_s = _window(problem, parcel, kind)
        net.least.append(least_s)
        net.most.append(most_s)
    skipped = [it for it in courier.breaks if it.close_s >= courier.start_s]
    due_s = min([it.close_s for it in skipped[len(taken) :]], default=INSTANT_S_MAX)
    net.least.append(courier.start_s)
    net.most.append(min(courier.end_s, due_s))
    for each in taken:
        net.least.append(max(each.open_s, courier.start_s))
        net.most.append(each.close_s)
    places = [courier.start, *(_place(*it) for it in order), courier.end]
    for leg in range(end):
        here = 0 if leg == 0 else _service_s(problem, *order[leg - 1])
        setup_s = 0
        if leg < len(order) and places[leg] != places[leg + 1]:
            setup_s = _setup_s(problem, order[leg][1])
        on_leg = [number for number, it in enumerate(legs) if it == leg]
        travel_s = int(problem.travel_s[places[leg], places[leg + 1]])
        rest_s = sum(taken[number].length_s for number in on_leg)
        net.after.append((leg, leg + 1, here + travel_s + rest_s + setup_s))
        for number in on_leg:
            node = end + 1 + number
            net.after.append((leg, node, here))
            net.after.append((node, leg + 1, taken[number].length_s + setup_s))
    for number, leg in enumerate(legs):
        node = end + 1 + number
        if leg < 0:
            net.after.append((node, LEAVE, taken[number].length_s))
        if number:
            net.after.append((node - 1, node, taken[number - 1].length_s))
    net.after += _limits(problem, order)
    return net


def _limits(problem: Problem, order: Order) -> Iterator[tuple[int, int, int]]:
    for door, (parcel, kind) in enumerate(order, start=1):
        limits = [parcel.out_of_fridge_s_max, parcel.aboard_s_max]
        told = [it for it in limits if it is not None]
        if kind is Kind.PICKUP or not told or parcel.pickup is None:
            continue
        if (parcel, Kind.PICKUP) in order:
            pickup = 1 + list(order).index((parcel, Kind.PICKUP))
            service_s = _service_s(problem, parcel, Kind.PICKUP)
            yield door, pickup, -(min(told) + service_s)


def _window(problem: Problem, parcel: Parcel, kind: Kind) -> tuple[int, int]:
    if kind is Kind.PICKUP:
        closes_s = parcel.pickup_close_s
        return parcel.ready_s, INSTANT_S_MAX if closes_s is None else closes_s
    late_s = problem.late_s_max if parcel.late_s_max is None else parcel.late_s_max
    most_s = parcel.close_s + late_s
    if parcel.pickup is None:
        for limit_s in (parcel.out_of_fridge_s_max, parcel.aboard_s_max):
            if limit_s is not None:
                most_s = min(most_s, parcel.ready_s + limit_s)
    return parcel.open_s, most_s


def _lateness(order: Order, starts: Sequence[int]) -> list[int]:
    return [
        max(0, start_s - _due_s(parcel)) if kind is Kind.DROPOFF else 0
        for (parcel, kind), start_s in zip(order, starts, strict=True)
    ]


def _due_s(parcel: Parcel) -> int:
    """Return the end of the window, or where its reserve begins."""
    return max(parcel.open_s, parcel.close_s - parcel.reserve_s)


def _leaving(order: Order, net: _Net, starts: Sequence[int], end_s: int) -> int:
    most = list(net.most)
    for number, (parcel, kind) in enumerate(order, start=1):
        if kind is Kind.DROPOFF:
            most[number] = min(most[number], max(_due_s(parcel), starts[number - 1]))
    most[len(order) + 1] = end_s
    return net.latest(most)[LEAVE]


def _place(parcel: Parcel, kind: Kind) -> int:
    place = parcel.pickup if kind is Kind.PICKUP else parcel.dropoff
    assert place is not None
    return place


def _setup_s(problem: Problem, kind: Kind) -> int:
    pickup, dropoff = problem.pickup_setup_s, problem.dropoff_setup_s
    return pickup if kind is Kind.PICKUP else dropoff


def _service_s(problem: Problem, parcel: Parcel, kind: Kind) -> int:
    if kind is Kind.PICKUP:
        own_s, usual_s = parcel.pickup_service_s, problem.pickup_service_s
    else:
        own_s, usual_s = parcel.dropoff_service_s, problem.dropoff_service_s
    return usual_s if own_s is None else own_s

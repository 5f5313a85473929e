"""Check a plan against its problem, from the problem's own words.

Shares no code with what makes plans: neither the solver nor its clock. A plan
is published only if nothing is found. Pure.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from routing.plan import Kind, Plan, Reason, Route, Unserved, Visit
from routing.problem import Courier, Parcel, Problem


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a plan; `rule` is a stable code."""

    rule: str
    words: str
    courier_id: str | None = None
    parcel_id: str | None = None


def verify(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Return everything that is wrong with a plan; nothing means it may go out."""
    return (
        *_once(problem, plan),
        *_reasons(problem, plan),
        *_sums(problem, plan),
        *(it for route in plan.routes for it in _route(problem, route)),
    )


def _once(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Each parcel is handed over or left behind, once; no courier has two routes."""
    known = {parcel.id for parcel in problem.parcels}
    told = [(route.courier_id, name) for route in plan.routes for name in _doors(route)]
    told += [("", unserved.parcel_id) for unserved in plan.unserved]
    times = Counter(name for _, name in told)
    for name in sorted(known | set(times)):
        if name not in known:
            yield Violation("unknown_parcel", f"no parcel {name}", parcel_id=name)
        elif times[name] == 0:
            yield Violation("parcel_lost", f"{name} is forgotten", parcel_id=name)
        elif times[name] > 1:
            yield Violation("parcel_twice", f"{name} is told twice", parcel_id=name)
    for courier_id, count in Counter(it.courier_id for it in plan.routes).items():
        if count > 1:
            words = f"{courier_id} has {count} routes"
            yield Violation("courier_twice", words, courier_id)


def _reasons(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What is told of a parcel left behind is not plainly untrue."""
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    for unserved in plan.unserved:
        name = unserved.parcel_id
        if not unserved.detail.strip():
            words = f"{name} stays behind without a word"
            yield Violation("no_reason", words, parcel_id=name)
        parcel = parcels.get(name)
        if parcel is not None and not _may_be(problem, parcel, unserved):
            words = f"{name}: {unserved.reason} does not hold"
            yield Violation("untrue_reason", words, parcel_id=name)


def _may_be(problem: Problem, parcel: Parcel, unserved: Unserved) -> bool:
    """Tell whether a reason agrees with licences, cold boxes and the straight way."""
    licensed = [
        courier
        for courier in problem.couriers
        if courier.areas is None or parcel.area in courier.areas
    ]
    boxed = [courier for courier in licensed if courier.cold_capacity_parcels > 0]
    direct_s = problem.way_s(parcel.counter, parcel.dropoff)
    if parcel.pickup != parcel.dropoff:
        direct_s += problem.dropoff_setup_s
    limit_s = parcel.out_of_fridge_s_max
    carriers = boxed if parcel.cold else licensed
    return {
        Reason.NO_LICENCE: not licensed,
        Reason.NO_COLD_BOX: parcel.cold and bool(licensed) and not boxed,
        Reason.COURIER_UNABLE: parcel.courier_id is not None,
        Reason.FRIDGE_LIMIT: limit_s is not None and direct_s > limit_s,
    }.get(unserved.reason, bool(carriers))


def _doors(route: Route) -> list[str]:
    doors = [it for it in route.visits if it.kind is Kind.DROPOFF]
    return [it.parcel_id or "" for it in doors]


def _sums(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """The sums of metres and fen are those of the visits."""
    distance_m = sum(visit.distance_m for _, visit in plan.visits())
    if plan.distance_m != distance_m:
        words = f"{plan.distance_m} m told, the visits add up to {distance_m} m"
        yield Violation("distance_sum", words)
    owed_fen = _owed_fen(problem, plan)
    if plan.cost_fen != owed_fen:
        words = f"{plan.cost_fen} fen told, the plan costs {owed_fen} fen"
        yield Violation("cost_sum", words)


def _owed_fen(problem: Problem, plan: Plan) -> int:
    """Price a plan anew: couriers, travel and set-up, lateness, parcels left."""
    prices = problem.prices
    moving_s = late = 0
    for route in plan.routes:
        for before, visit in pairwise(route.visits):
            moving_s += visit.travel_s + _setup_s(problem, before, visit)
            late += visit.late_s
    priority = {parcel.id: parcel.priority for parcel in problem.parcels}
    steps = sum(priority.get(it.parcel_id, 0) for it in plan.unserved)
    return (
        prices.courier_fen * len(plan.routes)
        + prices.moving_fen_per_s * moving_s
        + prices.late_fen_per_s * late
        + prices.unserved_fen * steps
    )


def _setup_s(problem: Problem, before: Visit, visit: Visit) -> int:
    if before.place == visit.place:
        return 0
    if visit.kind is Kind.PICKUP:
        return problem.pickup_setup_s
    return problem.dropoff_setup_s if visit.kind is Kind.DROPOFF else 0


def _route(problem: Problem, route: Route) -> Iterator[Violation]:
    """Check one route: its courier, its shape, its parcels, its clock, its load."""
    couriers = {courier.id: courier for courier in problem.couriers}
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    courier = couriers.get(route.courier_id)
    if courier is None:
        words = f"no courier {route.courier_id}"
        yield Violation("unknown_courier", words, route.courier_id)
        return
    shape = tuple(_shape(courier, route))
    yield from shape
    if shape:
        return
    yield from _shift(courier, route)
    yield from _pairs(route)
    yield from _load(courier, parcels, route)
    for before, visit in pairwise(route.visits):
        yield from _leg(problem, courier, before, visit)
    for visit in route.visits[1:-1]:
        parcel = parcels.get(visit.parcel_id or "")
        if parcel is not None:
            yield from _stop(problem, courier, parcel, visit)
    yield from _fridge(courier, parcels, route)


def _shape(courier: Courier, route: Route) -> Iterator[Violation]:
    """A route runs from the courier's start over stops to the courier's end."""
    kinds = [visit.kind for visit in route.visits]
    inner = set(kinds[1:-1])
    if (
        len(kinds) < 4
        or (kinds[0], kinds[-1]) != (Kind.START, Kind.END)
        or not inner <= {Kind.PICKUP, Kind.DROPOFF}
    ):
        words = "expected a start, pickups and drop-offs, and an end"
        yield Violation("shape", words, courier.id)
        return
    if route.visits[0].place != courier.start:
        yield Violation("start_place", "begins elsewhere", courier.id)
    if route.visits[-1].place != courier.end:
        yield Violation("end_place", "ends elsewhere", courier.id)


def _shift(courier: Courier, route: Route) -> Iterator[Violation]:
    """The courier leaves and returns within the shift."""
    leave_s, return_s = route.visits[0].depart_s, route.visits[-1].arrive_s
    for visit in (route.visits[0], route.visits[-1]):
        if not visit.arrive_s == visit.start_s == visit.depart_s:
            yield Violation("idle_service", f"serves at its {visit.kind}", courier.id)
    if leave_s < courier.start_s:
        yield Violation("shift_start", f"leaves at {leave_s} s", courier.id)
    if return_s > courier.end_s:
        yield Violation("shift_end", f"returns at {return_s} s", courier.id)


def _pairs(route: Route) -> Iterator[Violation]:
    """Each parcel of a route is picked up once, before it is dropped off once."""
    seen: dict[str, list[Kind]] = {}
    for visit in route.visits[1:-1]:
        seen.setdefault(visit.parcel_id or "", []).append(visit.kind)
    for name, kinds in seen.items():
        if kinds != [Kind.PICKUP, Kind.DROPOFF]:
            words = f"{name}: {', '.join(kinds)}"
            yield Violation("pairing", words, route.courier_id, name)


def _load(
    courier: Courier, parcels: dict[str, Parcel], route: Route
) -> Iterator[Violation]:
    """What is on board is told rightly and fits."""
    load = cold = 0
    for visit in route.visits:
        step = {Kind.PICKUP: 1, Kind.DROPOFF: -1}.get(visit.kind, 0)
        parcel = parcels.get(visit.parcel_id or "")
        load += step
        cold += step if parcel is not None and parcel.cold else 0
        told = (visit.load_parcels, visit.cold_parcels)
        if told != (load, cold):
            words = f"{told} on board told, {(load, cold)} reckoned"
            yield Violation("load_told", words, courier.id, visit.parcel_id)
        if load > courier.capacity_parcels:
            words = f"{load} parcels, room for {courier.capacity_parcels}"
            yield Violation("capacity", words, courier.id, visit.parcel_id)
        if cold > courier.cold_capacity_parcels:
            words = f"{cold} cold, room for {courier.cold_capacity_parcels}"
            yield Violation("cold_capacity", words, courier.id, visit.parcel_id)


def _leg(
    problem: Problem, courier: Courier, before: Visit, visit: Visit
) -> Iterator[Violation]:
    """The way from one visit to the next is that of the matrices."""
    name = visit.parcel_id
    travel_s = problem.way_s(before.place, visit.place)
    if visit.travel_s != travel_s:
        words = f"{visit.travel_s} s told, {travel_s} s by the matrix"
        yield Violation("travel", words, courier.id, name)
    distance_m = problem.way_m(before.place, visit.place)
    if visit.distance_m != distance_m:
        words = f"{visit.distance_m} m told, {distance_m} m by the matrix"
        yield Violation("distance", words, courier.id, name)
    if visit.arrive_s != before.depart_s + travel_s:
        words = f"arrives at {visit.arrive_s} s, left at {before.depart_s} s"
        yield Violation("arrival", words, courier.id, name)
    if visit.start_s < visit.arrive_s + _setup_s(problem, before, visit):
        yield Violation("setup", "no time for set-up", courier.id, name)


def _stop(
    problem: Problem, courier: Courier, parcel: Parcel, visit: Visit
) -> Iterator[Violation]:
    """One stop is at the parcel's place, in its time, by a courier who may."""
    is_pickup = visit.kind is Kind.PICKUP
    place = parcel.pickup if is_pickup else parcel.dropoff
    late = 0 if is_pickup else max(0, visit.start_s - parcel.close_s)
    service_s = parcel.dropoff_service_s
    if is_pickup or service_s is None:
        service_s = problem.pickup_service_s if is_pickup else problem.dropoff_service_s
    broken = {
        "place": visit.place != place,
        "ready": is_pickup and visit.start_s < parcel.ready_s,
        "window_open": not is_pickup and visit.start_s < parcel.open_s,
        "window_close": late > problem.late_s_max,
        "late_told": visit.late_s != late,
        "service": visit.depart_s != visit.start_s + service_s,
        "licence": not (courier.areas is None or parcel.area in courier.areas),
        "named_courier": parcel.courier_id not in (None, courier.id),
    }
    for rule, is_broken in broken.items():
        if is_broken:
            words = f"{visit.kind} at place {visit.place}, {visit.start_s} s"
            yield Violation(rule, words, courier.id, parcel.id)


def _fridge(
    courier: Courier, parcels: dict[str, Parcel], route: Route
) -> Iterator[Violation]:
    """No parcel is out of the fridge for longer than it may be."""
    left_s: dict[str, int] = {}
    for visit in route.visits[1:-1]:
        parcel = parcels.get(visit.parcel_id or "")
        if parcel is None or parcel.out_of_fridge_s_max is None:
            continue
        if visit.kind is Kind.PICKUP:
            left_s[parcel.id] = visit.depart_s
        elif parcel.id in left_s:
            out_s = visit.start_s - left_s[parcel.id]
            if out_s > parcel.out_of_fridge_s_max:
                words = f"{out_s} s out, {parcel.out_of_fridge_s_max} s allowed"
                yield Violation("out_of_fridge", words, courier.id, parcel.id)

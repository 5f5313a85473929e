"""Rules of a whole plan: each parcel once, sums that add up, reasons that may hold."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from routing.plan import Kind, Route, Visit
from routing.problem import Parcel, Problem
from routing.verify.reasons import may_be
from routing.verify.values import Case, Violation, setup_s

PlanRule = Callable[[Case], Iterator[Violation]]


def _told(case: Case) -> Counter[str]:
    """Count how often each parcel is handed over or said to stay behind."""
    doors = [name for route in case.plan.routes for name in _doors(route)]
    return Counter(doors + [it.parcel_id for it in case.plan.unserved])


def _doors(route: Route) -> list[str]:
    doors = [it for it in route.visits if it.kind is Kind.DROPOFF]
    return [it.parcel_id or "" for it in doors]


def _unknown_parcel(case: Case) -> Iterator[Violation]:
    for name in sorted(set(_told(case)) - set(case.parcels)):
        yield Violation("unknown_parcel", f"no parcel {name}", parcel_id=name)


def _parcel_lost(case: Case) -> Iterator[Violation]:
    for name in sorted(set(case.parcels) - set(_told(case))):
        yield Violation("parcel_lost", f"{name} is forgotten", parcel_id=name)


def _parcel_twice(case: Case) -> Iterator[Violation]:
    for name, times in sorted(_told(case).items()):
        if times > 1 and name in case.parcels:
            yield Violation("parcel_twice", f"{name} is told twice", parcel_id=name)


def _courier_twice(case: Case) -> Iterator[Violation]:
    for name, count in Counter(it.courier_id for it in case.plan.routes).items():
        if count > 1:
            yield Violation("courier_twice", f"{name} has {count} routes", name)


def _unknown_courier(case: Case) -> Iterator[Violation]:
    for route in case.plan.routes:
        if route.courier_id not in case.couriers:
            words = f"no courier {route.courier_id}"
            yield Violation("unknown_courier", words, route.courier_id)


def _fixed(case: Case) -> Iterator[Violation]:
    """The fixed stops of a courier come first, in their order."""
    routes = {route.courier_id: route.visits[1:] for route in case.plan.routes}
    for courier in case.problem.couriers:
        if courier.fixed:
            first = routes.get(courier.id, ())[: len(courier.fixed)]
            if tuple((it.parcel_id, it.kind) for it in first) != courier.fixed:
                words = f"{courier.id} does not begin with the fixed stops"
                yield Violation("fixed", words, courier.id)


def _no_reason(case: Case) -> Iterator[Violation]:
    for unserved in case.plan.unserved:
        if not unserved.detail.strip():
            name = unserved.parcel_id
            words = f"{name} stays behind without a word"
            yield Violation("no_reason", words, parcel_id=name)


def _untrue_reason(case: Case) -> Iterator[Violation]:
    """What is told of a parcel left behind is not plainly untrue."""
    for unserved in case.plan.unserved:
        parcel = case.parcels.get(unserved.parcel_id)
        if parcel is not None and not may_be(case.problem, parcel, unserved.reason):
            words = f"{parcel.id}: {unserved.reason} does not hold"
            yield Violation("untrue_reason", words, parcel_id=parcel.id)


def _distance_sum(case: Case) -> Iterator[Violation]:
    metres = sum(visit.distance_m for _, visit in case.plan.visits())
    if case.plan.distance_m != metres:
        words = f"{case.plan.distance_m} m told, the visits add up to {metres} m"
        yield Violation("distance_sum", words)


def _cost_sum(case: Case) -> Iterator[Violation]:
    owed_fen = sum(_route_fen(case, route) for route in case.plan.routes)
    for unserved in case.plan.unserved:
        parcel = case.parcels.get(unserved.parcel_id)
        if parcel is not None:
            owed_fen += _left_fen(case.problem, parcel)
    if case.plan.cost_fen != owed_fen:
        words = f"{case.plan.cost_fen} fen told, the plan costs {owed_fen} fen"
        yield Violation("cost_sum", words)


def _left_fen(problem: Problem, parcel: Parcel) -> int:
    if parcel.unserved_fen is not None:
        return parcel.unserved_fen
    return problem.prices.unserved_fen * parcel.priority


def _route_fen(case: Case, route: Route) -> int:
    """Price a route anew: courier, travel and set-up, metres, lateness, long work."""
    prices, courier = case.problem.prices, case.couriers.get(route.courier_id)
    if courier is None or not route.visits:
        return 0
    moving_s = sum(
        visit.travel_s + setup_s(case.problem, before, visit)
        for before, visit in pairwise(route.visits)
    )
    overdue_s = sum(_overdue_s(case, visit) for visit in route.visits)
    metres = sum(visit.distance_m for visit in route.visits)
    work_s = route.visits[-1].arrive_s - route.visits[0].depart_s
    fair_s = work_s if courier.fair_work_s is None else courier.fair_work_s
    own_fen = courier.fixed_fen
    return (
        (prices.courier_fen if own_fen is None else own_fen)
        + prices.moving_fen_per_s * moving_s
        + prices.fen_per_km * metres // 1000
        + prices.late_fen_per_s * overdue_s
        + prices.overwork_fen_per_s * max(0, work_s - fair_s)
    )


def _overdue_s(case: Case, visit: Visit) -> int:
    """Return by how much a hand-over begins after its window without the reserve."""
    parcel = case.parcels.get(visit.parcel_id or "")
    if parcel is None or visit.kind is not Kind.DROPOFF:
        return 0
    due_s = max(parcel.open_s, parcel.close_s - parcel.reserve_s)
    return max(0, visit.start_s - due_s)


PLAN_RULES: dict[str, PlanRule] = {
    "unknown_parcel": _unknown_parcel,
    "parcel_lost": _parcel_lost,
    "parcel_twice": _parcel_twice,
    "courier_twice": _courier_twice,
    "unknown_courier": _unknown_courier,
    "fixed": _fixed,
    "no_reason": _no_reason,
    "untrue_reason": _untrue_reason,
    "distance_sum": _distance_sum,
    "cost_sum": _cost_sum,
}

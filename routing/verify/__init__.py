"""Check a plan against its problem, from the problem's own words.

Shares no code with what makes plans: neither the solver nor its clock. A plan
is published only if nothing is found. Each rule stands alone under its code in
one of the tables: of the whole plan, of a route, of a leg, of a stop. Pure.
"""

from collections.abc import Iterator
from itertools import pairwise

from routing.plan import Plan
from routing.problem import Problem
from routing.verify.legs import LEG_RULES
from routing.verify.routes import ROUTE_RULES, SHAPE_RULES, RouteRule
from routing.verify.stops import STOP_RULES
from routing.verify.values import Case, Leg, Ride, Violation
from routing.verify.whole import PLAN_RULES

__all__ = [
    "LEG_RULES",
    "PLAN_RULES",
    "ROUTE_RULES",
    "SHAPE_RULES",
    "STOP_RULES",
    "Violation",
    "verify",
]


def verify(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Return everything that is wrong with a plan; nothing means it may go out."""
    case = Case(
        problem=problem,
        plan=plan,
        parcels={parcel.id: parcel for parcel in problem.parcels},
        couriers={courier.id: courier for courier in problem.couriers},
    )
    found = [it for rule in PLAN_RULES.values() for it in rule(case)]
    for route in plan.routes:
        courier = case.couriers.get(route.courier_id)
        if courier is not None:
            found += _route(Ride(case, courier, route))
    return tuple(found)


def _route(ride: Ride) -> Iterator[Violation]:
    """Check one route: first its shape, then its parcels, clock, loads and breaks."""
    wrong = _told(ride, SHAPE_RULES)
    yield from wrong
    if wrong:
        return
    yield from _told(ride, ROUTE_RULES)
    name = ride.courier.id
    for before, visit in pairwise(ride.route.visits):
        leg = Leg(ride, before, visit)
        for code, rule in LEG_RULES.items():
            words = rule(leg)
            if words is not None:
                yield Violation(code, words, name, visit.parcel_id)
        if leg.parcel is not None:
            for code, stop_rule in STOP_RULES.items():
                words = stop_rule(leg, leg.parcel)
                if words is not None:
                    yield Violation(code, words, name, visit.parcel_id)


def _told(ride: Ride, rules: dict[str, RouteRule]) -> list[Violation]:
    return [
        Violation(code, words, ride.courier.id, parcel_id)
        for code, rule in rules.items()
        for words, parcel_id in rule(ride)
    ]

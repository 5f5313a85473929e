"""Check an answer against its file in double precision, by other means than the planner's.

Shares nothing with what plans: neither the problem that was solved, nor its clock.
"""

import math
from collections.abc import Iterator

from routing.formats.answer import Answer
from routing.formats.instance import Instance

# What adding up doubles in another order may differ by, in the file's unit.
TOLERANCE = 1e-6
# What a told distance may differ by, of itself: it may have been rounded.
_TOLD_SHARE = 1e-4


def objections(instance: Instance, answer: Answer) -> tuple[str, ...]:
    """Return everything that is wrong with an answer, one sentence each."""
    known = [_known(instance, route) for route in answer.routes]
    return (
        *_once(instance, answer),
        *_pairs(instance, known),
        *_told(instance, answer, known),
        *(
            said
            for number, route in enumerate(known, 1)
            for said in _route(instance, f"route {number}", route)
        ),
    )


def _known(instance: Instance, route: tuple[int, ...]) -> list[int]:
    return [number for number in route if 0 < number < len(instance.nodes)]


def _once(instance: Instance, answer: Answer) -> Iterator[str]:
    """Every node is in one route or unserved, once; and none that the file lacks."""
    seen: set[int] = set()
    for number in (*(it for route in answer.routes for it in route), *answer.unserved):
        if not 0 < number < len(instance.nodes):
            yield f"node {number} is no node of the file"
        elif number in seen:
            yield f"node {number} is told twice"
        seen.add(number)
    for node in instance.nodes[1:]:
        if node.number not in seen:
            yield f"node {node.number} is neither served nor told as unserved"


def _pairs(instance: Instance, routes: list[list[int]]) -> Iterator[str]:
    """A delivery follows its pickup in the same route, or both are left."""
    where = {
        number: (route, place)
        for route, numbers in enumerate(routes, 1)
        for place, number in enumerate(numbers)
    }
    for pickup, delivery in instance.pairs:
        at, to = where.get(pickup), where.get(delivery)
        if (at is None) != (to is None):
            yield f"of pickup {pickup} and delivery {delivery} only one is served"
        elif at is not None and to is not None and at[0] != to[0]:
            yield f"pickup {pickup} and delivery {delivery} are in two routes"
        elif at is not None and to is not None and at[1] > to[1]:
            yield f"delivery {delivery} comes before its pickup {pickup}"


def _told(instance: Instance, answer: Answer, routes: list[list[int]]) -> Iterator[str]:
    """Vehicles and distance are as told, and the fleet is large enough."""
    driven = [route for route in answer.routes if route]
    if answer.vehicles != len(driven):
        yield f"{answer.vehicles} vehicles told, {len(driven)} routes driven"
    if len(driven) > instance.vehicles:
        yield f"{len(driven)} routes driven, {instance.vehicles} vehicles in the file"
    far = math.fsum(
        instance.way(origin, destination)
        for route in routes
        for origin, destination in zip((0, *route), (*route, 0), strict=True)
    )
    if abs(answer.distance - far) > max(0.01, far * _TOLD_SHARE):
        yield f"distance {answer.distance:g} told, {far:.6f} reckoned"


def _route(instance: Instance, name: str, route: list[int]) -> Iterator[str]:
    """Drive one route by the file's clock, with its load."""
    depot = instance.depot
    here, now = 0, depot.open + depot.service
    load = 0 if instance.pairs else sum(instance.nodes[it].demand for it in route)
    if load > instance.capacity:
        yield f"{name}: {load} loaded at the depot, room for {instance.capacity}"
    for number in route:
        node = instance.nodes[number]
        now = max(now + instance.way(here, number), node.open)
        if now > node.close + TOLERANCE:
            yield f"{name}: node {number} closes at {node.close:g}, reached at {now:.6f}"
        load += node.demand if instance.pairs else -node.demand
        if load > instance.capacity:
            yield f"{name}: {load} on board after node {number}, room for {instance.capacity}"
        now, here = now + node.service, number
    now += instance.way(here, 0)
    if now > depot.close + TOLERANCE:
        yield f"{name}: back at {now:.6f}, the depot closes at {depot.close:g}"

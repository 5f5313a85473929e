"""An answer to an instance: routes of node numbers, as other programs can read them.

`{"vehicles": n, "distance": d, "routes": [[node, ...], ...], "unserved": [...]}`;
node numbers are those of the file, the depot is left out.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.formats.instance import Instance
from routing.formats.lines import BadFile

_ANSWER_CHARS_MAX = 16_000_000
_KEYS = {"vehicles", "distance", "routes", "unserved"}
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What is claimed: so many vehicles, so far in all, these routes, these left."""

    vehicles: int
    distance: float
    routes: tuple[tuple[int, ...], ...]
    unserved: tuple[int, ...] = ()

    def json(self) -> str:
        """Write the answer as JSON, a route to a line."""
        routes = ",\n  ".join(json.dumps(route) for route in self.routes)
        return (
            f'{{"vehicles": {self.vehicles}, "distance": {json.dumps(self.distance)},\n'
            f' "routes": [\n  {routes}\n ],\n'
            f' "unserved": {json.dumps(self.unserved)}}}\n'
        )


def answer_of(instance: Instance, routes: list[list[int]]) -> Answer:
    """Reckon an answer's vehicles and distance from its routes, in the file's unit."""
    driven = tuple(tuple(route) for route in routes if route)
    served = {number for route in driven for number in route}
    ways = (
        instance.way(origin, destination)
        for route in driven
        for origin, destination in zip((0, *route), (*route, 0), strict=True)
    )
    return Answer(
        vehicles=len(driven),
        distance=round(math.fsum(ways), _DECIMALS),
        routes=driven,
        unserved=tuple(
            node.number for node in instance.nodes[1:] if node.number not in served
        ),
    )


def read_answer(path: Path) -> Answer:
    """Read an answer from a file; BadFile says what is not as expected."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        text = stream.read(_ANSWER_CHARS_MAX + 1)
    if len(text) > _ANSWER_CHARS_MAX:
        raise BadFile(f"{path.name}: expected at most {_ANSWER_CHARS_MAX} characters")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise BadFile(f"{path.name}: expected JSON, {broken}") from None
    if not isinstance(read, dict) or set(read) != _KEYS:
        keys = ", ".join(sorted(_KEYS))
        raise BadFile(f"{path.name}: expected an object of {keys}")
    return _answer(path.name, read)


def _answer(name: str, read: dict[str, Any]) -> Answer:
    vehicles, distance, routes = read["vehicles"], read["distance"], read["routes"]
    if not _whole(vehicles):
        raise BadFile(f"{name}: expected a whole number as vehicles")
    if not (_whole(distance) or isinstance(distance, float)) or not _finite(distance):
        raise BadFile(f"{name}: expected a number as distance")
    if not isinstance(routes, list):
        raise BadFile(f"{name}: expected a list of routes")
    return Answer(
        vehicles=vehicles,
        distance=distance,
        routes=tuple(
            _nodes(f"{name}: route {place}", route)
            for place, route in enumerate(routes, 1)
        ),
        unserved=_nodes(f"{name}: unserved", read["unserved"]),
    )


def _nodes(name: str, read: Any) -> tuple[int, ...]:
    if not isinstance(read, list) or not all(_whole(each) for each in read):
        raise BadFile(f"{name}: expected a list of node numbers")
    return tuple(read)


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number that no double can hold
        return False


def _whole(value: Any) -> bool:
    return isinstance(value, int) and value is not True and value is not False

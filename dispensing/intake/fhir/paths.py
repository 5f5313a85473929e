"""Places in a resource: `identifier[system=urn:a].value`, `name[0].text`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_STEP = re.compile(r"(\w+)(?:\[(?:(\d+)|(\w+)=([^\]]*))\])?(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Step:
    """One member; of a list the element with a number, or the one whose member has a value."""

    name: str
    number: int | None = None
    key: str = ""
    value: str = ""

    @property
    def in_list(self) -> bool:
        """Tell whether the member is a list."""
        return self.number is not None or bool(self.key)


Path = tuple[Step, ...]


@cache
def path_of(text: str) -> Path:
    """Read a place.

    >>> [step.name for step in path_of("name[0].text")]
    ['name', 'text']
    """
    steps = []
    for found in _STEP.finditer(text):
        name, number, key, value = found.groups()
        place = None if number is None else int(number)
        steps.append(Step(name, place, key or "", value or ""))
    return tuple(steps)


def get(resource: Any, path: Path) -> Any:
    """Return what stands at a place, None where nothing does."""
    for step in path:
        if not isinstance(resource, Mapping):
            return None
        resource = resource.get(step.name)
        if step.in_list:
            number = _number(resource, step)
            resource = None if number is None else resource[number]
    return resource


def put(resource: dict[str, Any], path: Path, value: Any) -> None:
    """Set what stands at a place; what leads there is made where it is missing."""
    inner: Any = resource
    for step in path[:-1]:
        if not step.in_list:
            inner = inner.setdefault(step.name, {})
            continue
        held = inner.setdefault(step.name, [])
        number = _number(held, step)
        if number is None:
            held.append({step.key: step.value} if step.key else {})
            number = -1
        inner = held[number]
    inner[path[-1].name] = value


def drop(resource: dict[str, Any], path: Path) -> None:
    """Take away what stands at a place; what leads there stays, so that places keep theirs."""
    inner = get(resource, path[:-1]) if len(path) > 1 else resource
    if isinstance(inner, dict):
        inner.pop(path[-1].name, None)


def shown(resource: Any, path: Path) -> str:
    """Write a place as FHIRPath does; a list's element by its number where it is there."""
    words = []
    for step in path:
        inner = resource.get(step.name) if isinstance(resource, Mapping) else None
        number = _number(inner, step) if step.in_list else None
        resource = inner if inner is None or number is None else inner[number]
        words.append(step.name if number is None else f"{step.name}[{number}]")
    return ".".join(words)


def _number(held: Any, step: Step) -> int | None:
    if not isinstance(held, list):
        return None
    if step.number is not None:
        return step.number if step.number < len(held) else None
    for number, one in enumerate(held):
        if isinstance(one, Mapping) and one.get(step.key) == step.value:
            return number
    return None

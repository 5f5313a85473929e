"""What viewers who were told of the same change are shown: read once for all of them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from flask import current_app, request

from web.live import seen
from web.live.place import Place, read_place

HEADER = "Yaoda-Heard"  # the place that a browser was told of with the change
KEPT_MAX = 64
Value = TypeVar("Value")


@dataclass(slots=True)
class _Reading:
    """What somebody read who had heard up to a place; who comes meanwhile waits for it."""

    heard: Place
    guard: Any = field(default_factory=Lock)
    values: list[Any] = field(default_factory=list)


class Shared:
    """The newest readings of one process, by what was read.

    Who was told of a place may be given what another read who had been told as much: all up
    to there is in it, and what came after is told again. Nothing is shared with who was told
    nothing.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._kept: OrderedDict[Hashable, _Reading] = OrderedDict()

    def read(
        self, key: Hashable, heard: Place | None, reading: Callable[[], Value]
    ) -> Value:
        """Return what another has read already, or read it for all others."""
        if heard is None:
            return reading()
        mine = self._reading(key, heard)
        with mine.guard:
            if not mine.values:
                mine.values.append(reading())
            found: Value = mine.values[0]
            return found

    def _reading(self, key: Hashable, heard: Place) -> _Reading:
        with self._guard:
            found = self._kept.get(key)
            if found is None or not _covers(found.heard, heard):
                found = self._kept[key] = _Reading(heard)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
            return found


def shared(key: Hashable, reading: Callable[[], Value]) -> Value:
    """Read what this request shows, or take what was read for others told of the same."""
    kept: Shared = current_app.extensions["shared"]
    return kept.read(key, _heard(), reading)


def _heard() -> Place | None:
    """Tell what the caller was told of; nothing where that has not come to pass here."""
    heard, here = read_place(request.headers.get(HEADER)), read_place(seen.since())
    return heard if heard and here and _covers(here, heard) else None


def _covers(one: Place, other: Place) -> bool:
    return all(a >= b for a, b in zip(one.numbers, other.numbers, strict=True))

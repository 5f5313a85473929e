"""Wait for what happens elsewhere: in another thread, process or browser."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds_max: float = 60) -> Found:
    """Wait until there is something, and give it."""
    end_s = monotonic() + seconds_max
    while not (found := look()):
        assert monotonic() < end_s, "waited too long"
        sleep(0.05)
    return found

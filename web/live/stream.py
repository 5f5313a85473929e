"""One listener: what is written to it, as server-sent events in chunks."""

import json
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Protocol

from web.live.place import Place
from web.live.reading import Key

RETRY_MS = 1000
WAITING_BYTES_MAX = 64 * 1024  # of one who does not read


class Line(Protocol):
    """The connection of a listener; it takes bytes without waiting."""

    @property
    def waiting_bytes(self) -> int:
        """Tell how much was not taken yet."""

    def send_news(self, data: bytes) -> bool:
        """Send bytes; False where nobody listens any more."""

    def hang_up(self) -> None:
        """End the connection."""


class Stream:
    """What one listener listens to, and its connection once there is one."""

    def __init__(
        self, topics: Mapping[Key, str], left: Callable[["Stream"], object]
    ) -> None:
        self.topics = topics
        self.begun_s = monotonic()
        self._left = left
        self._line: Line | None = None

    def attach(self, line: Line) -> None:
        """Begin to write to a connection."""
        self._line = line

    def tell(self, keys: Iterable[Key], place: Place) -> None:
        """Tell which of the listener's topics changed, if any did."""
        changed = sorted({self.topics[key] for key in keys if key in self.topics})
        if changed:
            self.send(event(changed, place))

    def send(self, data: bytes) -> None:
        """Write to the listener; one who is gone, or takes nothing, is let go."""
        line = self._line
        if line is None:
            return
        if line.waiting_bytes > WAITING_BYTES_MAX:
            self.end()
        elif not line.send_news(b"%x\r\n%s\r\n" % (len(data), data)):
            self.close()

    def end(self) -> None:
        """Hang up; who still listens comes back."""
        if self._line is not None:
            self._line.hang_up()
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._left(self)


def event(changed: Iterable[str], place: Place) -> bytes:
    """Write one event: the topics that changed, and up to where that is."""
    data = json.dumps({"changed": list(changed)})
    return f"id: {place}\nevent: changed\ndata: {data}\n\n".encode()


def hello(place: Place) -> bytes:
    """Write the beginning of a stream: when to come back, and where it begins."""
    return f"retry: {RETRY_MS}\nid: {place}\nevent: ready\ndata: {{}}\n\n".encode()


BEAT = b": still here\n\n"

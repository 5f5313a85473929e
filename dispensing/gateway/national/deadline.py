"""Connections of which one message takes no longer than it may, whatever trickles in.

A timeout of a client library counts from byte to byte: who sends a byte now and then would
hold a counter up for hours. Here every step has what is left of the message's own time.
"""

import threading
from datetime import timedelta
from time import monotonic_ns
from typing import Any

import httpcore

_MS_NS = 1_000_000


class Timed(httpcore.NetworkBackend):
    """Connects for messages that each have their time.

    A message is sent by one thread from its first step to its last: its time is the thread's.
    """

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self._of_thread = threading.local()

    def begin(self, ms: int) -> None:
        """Give the message that this thread sends now so many milliseconds."""
        self._of_thread.until_ns = monotonic_ns() + ms * _MS_NS

    def left_s(self, timeout: Any) -> Any:
        """Give the seconds that a step may take; raises a timeout where none are left."""
        left_ns = self._of_thread.until_ns - monotonic_ns()
        if left_ns <= 0:
            raise httpcore.ReadTimeout("no time left")
        left_s = timedelta(microseconds=max(1, left_ns // 1_000)).total_seconds()
        return left_s if timeout is None else min(left_s, timeout)

    def connect_tcp(
        self, host: str, port: int, timeout: Any = None, *given: Any, **more: Any
    ) -> httpcore.NetworkStream:
        """Connect within what time is left."""
        left_s = self.left_s(timeout)
        made = self._inner.connect_tcp(host, port, left_s, *given, **more)
        return _Stream(made, self)


class _Stream(httpcore.NetworkStream):
    """A connection that is used by one message after another."""

    def __init__(self, inner: httpcore.NetworkStream, timed: Timed) -> None:
        self._inner, self._timed = inner, timed

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        """Read within what time is left."""
        return self._inner.read(max_bytes, self._timed.left_s(timeout))

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        """Write within what time is left."""
        self._inner.write(buffer, self._timed.left_s(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: Any = None
    ) -> httpcore.NetworkStream:
        """Begin TLS within what time is left; the certificate is held against the name."""
        left_s = self._timed.left_s(timeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, left_s)
        return _Stream(inner, self._timed)

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection below."""
        return self._inner.get_extra_info(info)

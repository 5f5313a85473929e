"""One message over HTTP: sent once, answered whole and in time, or not answered at all."""

import os
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpcore
import httpx

from dispensing.gateway import Unanswered
from dispensing.gateway.national.deadline import Timed

READ_MS_MAX = 30_000  # a settlement is pending for 30 s: a later answer is too late

# Packed answers are not asked for: what is read is as long as what came.
_HEADERS: list[tuple[bytes | str, bytes | str]] = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("Accept-Encoding", "identity"),
]

_CUT_OFF = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,  # of TLS, where no step of the pool names it
    ValueError,  # an address that is none
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited and how much is read: what an operator may set."""

    connect_ms: int = 3_000
    read_ms: int = 20_000
    answer_bytes_max: int = 8 * 1024 * 1024
    connections_max: int = 32
    ca_file: str | None = (
        None  # who is trusted besides the usual ones, for a private line
    )

    def __post_init__(self) -> None:
        if min(self.read_ms, self.connect_ms) <= 0:
            raise ValueError("expected to wait for 1 ms or more")
        if self.connect_ms + self.read_ms > READ_MS_MAX:
            raise ValueError(
                f"expected to connect and read in {READ_MS_MAX} ms together"
            )


class Transport:
    """One pool for each process, kept open; follows no redirect and repeats nothing."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._lock = threading.Lock()
        self._timed = Timed()
        self._pool: httpcore.ConnectionPool | None = None
        self._of_process = 0

    def send(self, body: bytes) -> bytes:
        """Send one message and give what is answered; raises Unanswered.

        An answer of any other status than 200 is no answer of the platform, but of
        something that stands between: nobody knows how far the message came.
        """
        limits = self._limits
        pool = self._open()
        self._timed.begin(limits.connect_ms + limits.read_ms)
        try:
            with pool.stream(
                "POST",
                self._url,
                headers=_HEADERS,
                content=body,
                extensions={"timeout": _timeout(limits)},
            ) as answer:
                if answer.status != httpx.codes.OK:
                    raise Unanswered(f"HTTP {answer.status}")
                return self._whole(answer)
        except _CUT_OFF as error:
            raise Unanswered(type(error).__name__) from error

    def close(self) -> None:
        """Close what is open; the next message opens it again."""
        with self._lock:
            if self._pool is not None and self._of_process == os.getpid():
                self._pool.close()
            self._pool = None

    def _whole(self, answer: httpcore.Response) -> bytes:
        found = bytearray()
        for part in answer.iter_stream():
            found += part
            if len(found) > self._limits.answer_bytes_max:
                raise Unanswered("the answer is longer than anybody reads")
        return bytes(found)

    def _open(self) -> httpcore.ConnectionPool:
        """Open the pool of this process: a connection must not live in two."""
        with self._lock:
            if self._pool is None or self._of_process != os.getpid():
                self._pool, self._of_process = self._new(), os.getpid()
            return self._pool

    def _new(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=_trusted(self._limits.ca_file),
            max_connections=self._limits.connections_max,
            network_backend=self._timed,
        )


def _timeout(limits: Limits) -> dict[str, Any]:
    connect, read = _ms(limits.connect_ms), _ms(limits.read_ms)
    return {"connect": connect, "read": read, "write": connect, "pool": connect}


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _ms(ms: int) -> Any:
    """Give milliseconds as the client library takes them."""
    return timedelta(milliseconds=ms).total_seconds()

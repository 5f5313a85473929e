"""One message over HTTP: sent once, answered whole and in time, or not answered at all."""

import os
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic_ns
from typing import Any

import httpx

from dispensing.gateway import Unanswered

READ_MS_MAX = 30_000  # a settlement is pending for 30 s: a later answer is too late

# Packed answers are not asked for: what is read is as long as what came.
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Accept-Encoding": "identity",
}


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
    """One client for each process, kept open; follows no redirect and repeats nothing."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._of_process = 0

    def send(self, body: bytes) -> bytes:
        """Send one message and give what is answered; raises Unanswered.

        An answer of any other status than 200 is no answer of the platform, but of
        something that stands between: nobody knows how far the message came.
        """
        begun_ns = monotonic_ns()
        try:
            with self._open().stream(
                "POST",
                self._url,
                content=body,
                headers=_HEADERS,
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Unanswered(f"HTTP {answer.status_code}")
                return self._whole(answer, begun_ns)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise Unanswered(type(error).__name__) from error

    def close(self) -> None:
        """Close what is open; the next message opens it again."""
        with self._lock:
            if self._client is not None and self._of_process == os.getpid():
                self._client.close()
            self._client = None

    def _whole(self, answer: httpx.Response, begun_ns: int) -> bytes:
        limits = self._limits
        longest_ns = (limits.connect_ms + limits.read_ms) * 1_000_000
        found = bytearray()
        for part in answer.iter_raw():
            found += part
            if len(found) > limits.answer_bytes_max:
                raise Unanswered("the answer is longer than anybody reads")
            if monotonic_ns() - begun_ns > longest_ns:
                raise Unanswered("the answer comes too slowly")
        return bytes(found)

    def _open(self) -> httpx.Client:
        """Open the client of this process: a connection must not live in two."""
        with self._lock:
            if self._client is None or self._of_process != os.getpid():
                self._client, self._of_process = self._new(), os.getpid()
            return self._client

    def _new(self) -> httpx.Client:
        limits = self._limits
        return httpx.Client(
            timeout=httpx.Timeout(_ms(limits.connect_ms), read=_ms(limits.read_ms)),
            limits=httpx.Limits(max_connections=limits.connections_max),
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(limits.ca_file),
        )


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _ms(ms: int) -> Any:
    """Give milliseconds as the client library takes them."""
    return timedelta(milliseconds=ms).total_seconds()

"""Send one notice: no redirect, no proxy, no cookies, and never longer than 15 seconds in all.

Every read and write has what is left of those seconds, so that a subscriber who sends a byte
now and then holds nobody up. Of the answer only the status and Retry-After count.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Thread
from time import monotonic
from typing import Any

import httpcore

from dispensing.outbox import Answer
from dispensing.service.notices import Due
from web.webhooks import signing
from web.webhooks.reach import Address, Reach, Unreachable, choose, look_up

TOTAL_S = 15.0
CONNECT_S = 5.0
_BODY_S = 2.0  # for what a subscriber says besides the status
_BODY_BYTES_MAX = 16 * 1024
_RETRY_CHARS_MAX = 40
_CUT_OFF = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
Look = Callable[[str, int], Sequence[Address]]


class Sender:
    """Sends notices to places that may be reached."""

    def __init__(
        self,
        reach: Reach,
        ca_file: str | None = None,
        *,
        look: Look = look_up,
        total_s: float | None = None,
    ) -> None:
        self._reach, self._ca_file = reach, ca_file
        self._look, self._total_s = look, total_s or TOTAL_S

    def send(self, due: Due, *, now: datetime) -> Answer:
        """Send a notice once and tell what became of it; raises nothing."""
        headers = {
            **signing.headers(due.message_id, due.body, due.secrets, now=now),
            "Content-Type": "application/json",
            "User-Agent": "Yaoda-Notices",
            "Connection": "close",
        }
        trusted(self._ca_file)  # read before the time runs
        backend = Guarded(self._reach, self._look, monotonic() + self._total_s)
        try:
            return self._post(due.url, headers, due.body.encode(), backend)
        except (httpcore.TimeoutException, TimeoutError):
            return Answer(None, "timeout")
        except Unreachable as error:
            return Answer(None, str(error))
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return Answer(None, _kind(error))
        except (httpcore.UnsupportedProtocol, ValueError) as error:
            return Answer(None, type(error).__name__)

    def _post(
        self, url: str, headers: Mapping[str, str], body: bytes, backend: "Guarded"
    ) -> Answer:
        # One connection for one attempt: nothing of a place that hangs is left over.
        with (
            httpcore.ConnectionPool(
                trusted(self._ca_file),
                max_connections=1,
                network_backend=backend,
            ) as pool,
            pool.stream(
                "POST",
                url,
                headers=list(headers.items()),
                content=body,
                extensions={"timeout": {"connect": CONNECT_S}},
            ) as answer,
        ):
            told = _answer(answer)
            backend.hurry(_BODY_S)
            with suppress(*_CUT_OFF):
                _read_some(answer.iter_stream())
            return told


@cache
def trusted(ca_file: str | None) -> ssl.SSLContext:
    """Trust whom this machine trusts, and the operator's own file besides."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _read_some(parts: Iterable[bytes]) -> None:
    read_bytes = 0
    for part in parts:
        read_bytes += len(part)
        if read_bytes > _BODY_BYTES_MAX:
            return


def _answer(answer: httpcore.Response) -> Answer:
    status = answer.status
    return Answer(
        status, "" if status in range(200, 300) else str(status), _wait(answer)
    )


def _wait(answer: httpcore.Response) -> int | None:
    """Read for how many seconds a subscriber asks us to wait (Retry-After), by its own clock."""
    said = dict((name.lower(), value) for name, value in reversed(answer.headers))
    asked = said.get(b"retry-after", b"").decode("latin-1").strip()
    if answer.status not in {429, 503} or len(asked) > _RETRY_CHARS_MAX:
        return None
    if asked.isascii() and asked.isdigit():
        return int(asked)
    begun = _instant(said.get(b"date", b"").decode("latin-1"))
    until = _instant(asked)
    if begun is None or until is None:
        return None
    return max(0, int((until - begun).total_seconds()))


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _kind(error: Exception) -> str:
    inner = error.__context__ or error
    if isinstance(inner, ssl.SSLError):
        return "certificate" if "CERTIFICATE" in str(inner) else "tls"
    return type(error).__name__


class Guarded(httpcore.NetworkBackend):
    """Connects only to what may be reached, and gives every step what time is left."""

    def __init__(self, reach: Reach, look: Look, until_s: float) -> None:
        self._reach, self._look, self.until_s = reach, look, until_s

    def hurry(self, seconds: float) -> None:
        """Leave no more than so many seconds from now."""
        self.until_s = min(self.until_s, monotonic() + seconds)

    def left_s(self, timeout: float | None) -> float:
        """Give the seconds that a step may take; raises a timeout where none are left."""
        left_s = self.until_s - monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("no time left")
        return left_s if timeout is None else min(left_s, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        *_given: Any,
        **_more: Any,
    ) -> httpcore.NetworkStream:
        """Connect to one of the addresses that the name has now."""
        name = host.strip("[]")
        address = choose(self._reach, name, port, self._look_in_time)
        made = httpcore.SyncBackend().connect_tcp(address, port, self.left_s(timeout))
        return _Stream(made, self)

    def _look_in_time(self, host: str, port: int) -> Sequence[Address]:
        """Ask which addresses a name has; whose name servers drip, holds nobody up."""
        asked: Future[Sequence[Address]] = Future()

        def ask() -> None:
            try:
                asked.set_result(self._look(host, port))
            except Exception as error:
                asked.set_exception(error)

        # The system's look knows no end: it is left to itself, and ends by its own.
        Thread(target=ask, name="look", daemon=True).start()
        try:
            return asked.result(self.left_s(None))
        except FutureTimeout:
            raise httpcore.ConnectTimeout("no address in time") from None


class _Stream(httpcore.NetworkStream):
    """A connection whose steps together take no longer than the attempt may."""

    def __init__(self, inner: httpcore.NetworkStream, backend: Guarded) -> None:
        self._inner, self._backend = inner, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within what time is left."""
        return self._inner.read(max_bytes, self._backend.left_s(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within what time is left."""
        self._inner.write(buffer, self._backend.left_s(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Begin TLS within what time is left; the certificate is held against the name."""
        left_s = self._backend.left_s(timeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, left_s)
        return _Stream(inner, self._backend)

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection below."""
        return self._inner.get_extra_info(info)

"""Questions to a road engine over HTTP: in time, tried again where that may help, or told."""

import json
import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from dispensing.gateway.national.deadline import Timed
from routing.travel.ways import RoadsAway

TRIES = 3
ANSWER_BYTES_MAX = 256 * 1024 * 1024
_PAUSE_S = 0.2  # before the second try, and twice that before the third
_HEADERS: list[tuple[bytes | str, bytes | str]] = [
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/json"),
]
_CUT_OFF = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,  # an address that is none
)


@dataclass(slots=True)
class Asking:
    """The questions of one matrix: `seconds_max` is for all of them together."""

    engine: str
    url: str
    seconds_max: float = 60.0
    answer_s_max: float = 20.0
    _until: float = 0.0
    _timed: Timed | None = None
    _pool: httpcore.ConnectionPool | None = None

    def __enter__(self) -> "Asking":
        """Begin, with all the time there is."""
        self._until = time.monotonic() + self.seconds_max
        self._timed = Timed()
        context = (
            httpx.create_ssl_context(trust_env=False)
            if self.url.startswith("https:")
            else ssl.create_default_context()
        )
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=self._timed
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is open."""
        if self._pool is not None:
            self._pool.close()

    def get(self, path: str) -> dict[str, Any]:
        """Ask for a path, and give the object that is answered; raises RoadsAway."""
        return self._tried("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send an object to a path, and give the one that is answered; raises RoadsAway."""
        return self._tried("POST", path, json.dumps(body).encode())

    def _tried(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        why = "no time left"
        for number in range(TRIES):
            if number:
                time.sleep(max(0.0, min(_PAUSE_S * number, self._left_s())))
            if self._left_s() <= 0:
                break
            try:
                status, answer = self._once(method, path, body)
            except _CUT_OFF as error:
                why = type(error).__name__
                continue
            if status == 200:
                return self._read(answer)
            why = f"HTTP {status} {_reason(answer)}".rstrip()
            if status < 500 and status != 429:
                break
        raise RoadsAway(self.engine, why)

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        assert self._pool is not None
        assert self._timed is not None
        wait_s = min(self.answer_s_max, self._left_s())
        self._timed.begin(max(1, int(wait_s * 1000)))
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), wait_s)
        with self._pool.stream(
            method,
            self._address(path),
            headers=_HEADERS,
            content=body,
            extensions={"timeout": timeout},
        ) as answer:
            found = bytearray()
            for part in answer.iter_stream():
                found += part
                if len(found) > ANSWER_BYTES_MAX:
                    raise RoadsAway(self.engine, "the answer is longer than any table")
            return answer.status, bytes(found)

    def _address(self, path: str) -> httpcore.URL:
        # Taken apart here: the pool would drop what follows a ";" in a path.
        base = httpcore.URL(self.url)
        target = base.target.rstrip(b"/") + path.encode("ascii")
        return httpcore.URL(
            scheme=base.scheme, host=base.host, port=base.port, target=target
        )

    def _read(self, answer: bytes) -> dict[str, Any]:
        try:
            found = json.loads(answer)
        except ValueError:
            raise RoadsAway(self.engine, "the answer is no JSON") from None
        if not isinstance(found, dict):
            raise RoadsAway(self.engine, "the answer is no JSON object")
        return found

    def _left_s(self) -> float:
        return self._until - time.monotonic()


def _reason(answer: bytes) -> str:
    """Give what an engine says of a question that it refuses."""
    try:
        told = json.loads(answer)
        words = [told.get(name) for name in ("code", "message", "error_code", "error")]
    except (ValueError, AttributeError):
        return ""
    return " ".join(str(it) for it in words if it)[:200]

"""The endpoint under load: two workers of the whole platform, sixteen counters at once."""

import json
import selectors
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from sqlalchemy import Engine

from dispensing.desk import Desk
from web import accounts, create_app, db, listening, observe, workers
from web.bench_settle import town
from web.bench_settle.hot import Prompt
from web.settings import Settings

WORKERS = 2
COUNTERS = 16
_PASSWORD = "a password for the bench"
_STARTS_S_MAX = 60


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers a second, and their milliseconds."""

    answers_per_s: float
    spent_ms: tuple[float, ...]
    failed: int


def open_town(engine: Engine, settings: Settings) -> Desk:
    """Fill the database, let a counter of each outlet sign in; gives the desk."""
    app = create_app(settings, engine)
    desk: Desk = replace(app.extensions["desk"], gateway=Prompt(":memory:"))
    town.settle_in(engine, desk)
    with app.app_context(), db.open_session(engine) as session:
        password = accounts.hashed(_PASSWORD)
        accounts.add_accounts(
            session,
            [
                accounts.NewAccount(code, code, ("counter",), code, password)
                for code in town.outlets()
            ],
        )
    return desk


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Serve by two workers as `yaoda serve --workers 2` does; gives the port."""
    fork = get_context("spawn")
    told = fork.Queue()
    parent = fork.Process(target=_serve, args=(settings, told))
    parent.start()
    try:
        port = int(told.get(timeout=_STARTS_S_MAX).rpartition(":")[2])
        _wait(port)
        yield port
    finally:
        parent.terminate()
        parent.join()


def tokens(port: int) -> dict[str, str]:
    """Sign every counter in once."""
    found = {}
    for code in town.outlets():
        asked = {"username": code, "password": _PASSWORD}
        found[code] = _ask(port, "POST", "/api/tokens", asked)["token"]
    return found


def load(port: int, signed_in: dict[str, str], people: Sequence[town.Customer]) -> Load:
    """Settle for everybody, sixteen at a time, each over a connection that stays."""
    requests = [_request(one, signed_in[one.outlet_code]) for one in people]
    spent: list[float] = []
    failed = 0
    with selectors.DefaultSelector() as ready:
        lines = [
            _Line(socket.create_connection(("127.0.0.1", port)))
            for _ in range(COUNTERS)
        ]
        waiting = iter(requests)
        begun = perf_counter()
        busy = sum(_next(line, waiting, ready) for line in lines)
        while busy:
            for key, _ in ready.select():
                line: _Line = key.data
                if not line.read():
                    continue
                spent.append((perf_counter() - line.begun) * 1000)
                failed += not line.got.startswith(b"HTTP/1.1 200")
                ready.unregister(line.socket)
                busy -= not _next(line, waiting, ready)
        spent_s = perf_counter() - begun
        for line in lines:
            line.socket.close()
    return Load(len(requests) / spent_s, tuple(spent), failed)


@dataclass(slots=True)
class _Line:
    socket: socket.socket
    begun: float = 0.0
    got: bytes = b""

    def read(self) -> bool:
        """Read on; tells whether the answer is whole."""
        self.got += self.socket.recv(65_536)
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return False
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        return len(body) >= int(length)


def _next(line: _Line, waiting: Iterator[bytes], ready: selectors.BaseSelector) -> bool:
    request = next(waiting, None)
    if request is None:
        return False
    line.got, line.begun = b"", perf_counter()
    line.socket.sendall(request)
    ready.register(line.socket, selectors.EVENT_READ, line)
    return True


def _request(one: town.Customer, token: str) -> bytes:
    codes = {str(no): list(each) for no, each in one.trace_codes.items()}
    asked = {
        "voucher": "card",
        "scanned_code": one.id_number,
        "trace_codes": codes,
        "tender": "cash",
    }
    body = json.dumps(asked).encode()
    head = (
        f"PUT /api/prescriptions/{one.prescription_id}/settlement HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthentication-Token: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _serve(settings: Settings, told: Any) -> None:
    observe.configure_logging()
    create_app(settings).extensions["engine"].dispose()
    workers.serve(settings, WORKERS, _work, told.put)


def _work(settings: Settings, listener: socket.socket) -> None:
    """Be a worker whose insurance platform answers at once."""
    app = create_app(settings)
    app.extensions["desk"] = replace(app.extensions["desk"], gateway=Prompt(":memory:"))
    listening.serve(app, settings, lambda _: None, listener)


def _wait(port: int) -> None:
    end = monotonic() + _STARTS_S_MAX
    while True:
        try:
            _ask(port, "GET", "/healthz", None)
            return
        except OSError:
            if monotonic() > end:
                raise
            sleep(0.1)


def _ask(port: int, method: str, path: str, asked: Any) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=_STARTS_S_MAX)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, json.dumps(asked), headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def settings_for(url: str, folder: Path) -> Settings:
    """Make the settings of the platform that is measured."""
    return Settings(
        second_factor="off",  # programs sign in
        var_dir=folder / "var",
        database_url=url,
        overlay=town.overlay(),
        clock_start=town.now(),
        port=0,
        password_memory_kib=64,
        requests_minute_max=0,
    )

"""The service under load: its workers, kept running, and the database below them."""

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from random import Random

from tests.crash import worker
from tests.crash.mutants import GOOD
from tests.crash.town import Town
from tests.databases import PostgresServer

WORKERS = 2
LOOK_S = 0.05
_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.warm"])


class Service:
    """Two workers; one that died is started again, as a supervisor does."""

    def __init__(self, town: Town, mutant: str = GOOD) -> None:
        self.town = town
        self.mutant = mutant
        self.began_s = time.time()
        self.ports = [_free_port() for _ in range(WORKERS)]
        self._running: dict[int, ForkServerProcess] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="supervisor")

    def __enter__(self) -> "Service":
        self._keeper.start()
        for port in self.ports:
            _wait_for(port)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._keeper.join()
        for process in self._running.values():
            process.terminate()
            process.join(10)
            if process.exitcode is None:
                process.kill()
                process.join()
            process.close()

    @property
    def clock(self) -> worker.FastClock:
        """Give the clock that all workers share."""
        return worker.FastClock(self.began_s)

    def kill_worker(self, chance: Random) -> bool:
        """Kill a worker at once; false where it was dead already."""
        process = self._running.get(chance.choice(self.ports))
        with self._guard:
            if process is None or process.pid is None or process.exitcode is not None:
                return False
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        return True

    def _keep(self) -> None:
        while not self._stop.is_set():
            for port in self.ports:
                with self._guard:
                    process = self._running.get(port)
                    if process is None or process.exitcode is not None:
                        self._running[port] = self._start(port)
            self._stop.wait(LOOK_S)

    def _start(self, port: int) -> ForkServerProcess:
        town = self.town
        given = (town.url, town.folder, port, self.began_s, self.mutant)
        process = _FORKS.Process(target=worker.serve, args=given, daemon=True)
        process.start()
        return process


def kill_backend(server: PostgresServer, database: str, chance: Random) -> bool:
    """Kill a process of PostgreSQL that works for somebody: all others start anew."""
    backends = server.backends(database)
    if not backends:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(backends), signal.SIGKILL)
    server.wait()
    return True


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, seconds_max: float = 60) -> None:
    until = time.monotonic() + seconds_max
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(LOOK_S)
    raise TimeoutError(f"no worker answers on {port}")

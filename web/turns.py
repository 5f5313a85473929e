"""Whose turn it is to write to one SQLite file: first come, first served, in every process.

SQLite's own busy handler sleeps and tries again, and an unlucky writer can sleep for
seconds while others pass it. A queue is fair: one of threads inside a process, and one of
processes in a file beside the database. Neither of them guards the data: BEGIN IMMEDIATE
does, so a queue that cannot be had (no such locks here, a full disk) costs only fairness.
"""

import os
import struct
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic, sleep

# Locks of an open file description: they belong to no process, and end with it.
HAS_FILE_QUEUE = sys.platform == "linux" and sys.maxsize > 2**32
NAME_ENDS = "-turns"
KEPT_TO_ITSELF = "another unit of work kept the database to itself"
_FLOCK = "hhqqi4x"  # struct flock of Linux on 64 bits
_COUNTER_BYTES = 8
_FIRST_TICKET = 2**32  # the place of ticket n in the file is n bytes further
_LOOK_AGAIN_S_MIN = 0.0001
_LOOK_AGAIN_S_MAX = 0.01
_LOOK_AGAIN_SHARE = 20  # looking costs about a twentieth of the time waited


class Turns:
    """The turns of the threads of one process, and of the process among the others."""

    def __init__(self, database: str | None = None) -> None:
        beside = f"{database}{NAME_ENDS}" if database and HAS_FILE_QUEUE else None
        self._file = Path(beside) if beside else None
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()
        self._ticket: int | None = None

    def take(self, wait_s_max: float) -> None:
        """Wait for the turn, at most `wait_s_max` seconds."""
        until = monotonic() + wait_s_max
        self._take_here(wait_s_max)
        if self._file is None:
            return
        try:
            self._ticket = _take_ticket(self._file, until)
        except TimeoutError:
            self._give_here()
            raise

    def give(self) -> None:
        """Hand the turn to the one who has waited longest."""
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            os.close(ticket)  # which ends the lock on its place
        self._give_here()

    def _take_here(self, wait_s_max: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        if not gate.acquire(timeout=wait_s_max):
            self._leave(gate)

    def _give_here(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _leave(self, gate: Lock) -> None:
        with self._guard:
            if gate in self._waiting:
                self._waiting.remove(gate)
                raise TimeoutError(KEPT_TO_ITSELF)
        # The turn came in the very moment of giving up: keep it.


def _take_ticket(path: Path, until: float) -> int | None:
    """Draw a ticket and wait until all earlier ones are gone; gives the file that holds it.

    A process that dies loses its ticket with its files. None where there is no queue.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        _wait(file, _draw(file, until), until)
    except TimeoutError:
        os.close(file)
        raise
    except OSError:
        os.close(file)
        return None
    return file


def _draw(file: int, until: float) -> int:
    """Take the next number, and lock its place in the file."""
    import fcntl

    _until(until, lambda: _lock_at_once(file, (0, 1)))
    number = int.from_bytes(os.pread(file, _COUNTER_BYTES, 0), "big") % 2**61 + 1
    os.pwrite(file, number.to_bytes(_COUNTER_BYTES, "big"), 0)
    _lock_at_once(file, (_FIRST_TICKET + number, 1))
    _lock(file, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, (0, 1))
    return number


def _wait(file: int, number: int, until: float) -> None:
    import fcntl

    earlier = (_FIRST_TICKET, number)
    _until(
        until,
        lambda: _lock(file, fcntl.F_OFD_GETLK, fcntl.F_RDLCK, earlier) == fcntl.F_UNLCK,
    )


def _until(until: float, is_so: Callable[[], bool]) -> None:
    begun = monotonic()
    while not is_so():
        now = monotonic()
        if now > until:
            raise TimeoutError(KEPT_TO_ITSELF)
        pause_s = (now - begun) / _LOOK_AGAIN_SHARE
        sleep(min(max(pause_s, _LOOK_AGAIN_S_MIN), _LOOK_AGAIN_S_MAX))


def _lock_at_once(file: int, places: tuple[int, int]) -> bool:
    import fcntl

    try:
        _lock(file, fcntl.F_OFD_SETLK, fcntl.F_WRLCK, places)
    except BlockingIOError:
        return False
    return True


def _lock(file: int, act: int, kind: int, places: tuple[int, int]) -> int:
    """Lock, unlock or ask about places (first, how many); gives the kind that is found."""
    import fcntl

    said = fcntl.fcntl(file, act, struct.pack(_FLOCK, kind, 0, *places, 0))
    return int(struct.unpack(_FLOCK, said)[0])

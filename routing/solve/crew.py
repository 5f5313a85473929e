"""Worker processes that improve pieces side by side, and end with whoever asked."""

import contextlib
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Self

from routing.solve.jobs import Found, Job

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_ENDS_S = 1.0
_HIRED_S = 0.01
_STARTING = threading.Lock()


class Crew:
    """Some processes, each with one job at a time; leaving the block ends them all."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._hands: dict[Connection, BaseProcess] = {}
        self._busy: dict[Connection, int] = {}
        self._lock = threading.Lock()
        self._closed = False
        # The first process ever waits for code to be loaded: nobody waits with it.
        self._hiring = threading.Thread(target=self._hire, daemon=True)
        self._hiring.start()

    def __enter__(self) -> Self:
        """Begin to use the crew."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process, whatever it is doing."""
        with self._lock:
            self._closed = True
        for line, hand in self._hands.items():
            hand.kill()
            line.close()
        for hand in self._hands.values():
            hand.join(_ENDS_S)

    @property
    def idle(self) -> int:
        """Return how many processes have nothing to do."""
        return len(self._hands) - len(self._busy)

    @property
    def busy(self) -> frozenset[int]:
        """Return the numbers of the jobs that are being done."""
        return frozenset(self._busy.values())

    def give(self, job: Job) -> None:
        """Give a job to a process that has none."""
        line = next(line for line in list(self._hands) if line not in self._busy)
        self._busy[line] = job.number
        with contextlib.suppress(OSError):  # it has died: `heard` will notice
            line.send(job)

    def heard(self, seconds_max: float) -> Iterator[Found]:
        """Yield what was found meanwhile, waiting for a first word for some seconds at most.

        The job of a process that has died is given up; its piece stays as it was.
        """
        lines = list(self._hands)
        if not lines:
            time.sleep(min(seconds_max, _HIRED_S))
        for line in wait(lines, max(0.0, seconds_max)) if lines else ():
            assert isinstance(line, Connection)
            try:
                found = line.recv()
            except (EOFError, OSError):
                self._lose(line)
                continue
            if found.done:
                self._busy.pop(line, None)
            yield found

    @property
    def lost(self) -> bool:
        """Tell whether no process is left."""
        return not self._hiring.is_alive() and not self._hands

    def wait(self) -> None:
        """Wait until the processes are there."""
        self._hiring.join()

    def _hire(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["routing.solve.preloaded"])
        for _ in range(self.size):
            mine, theirs = context.Pipe()
            hand = context.Process(target=work, args=(theirs,), daemon=True)
            try:
                with _apart():
                    hand.start()
            except (OSError, EOFError):  # no room for another process
                return
            theirs.close()
            with self._lock:
                if self._closed:
                    hand.kill()
                    return
                self._hands[mine] = hand

    def _lose(self, line: Connection) -> None:
        self._busy.pop(line, None)
        self._hands.pop(line).join(_ENDS_S)
        line.close()


def prepare() -> None:
    """Load the search in the background, so that the first plan does not wait for it."""

    def load() -> None:
        with Crew(1) as crew:
            crew.wait()

    threading.Thread(target=load, daemon=True).start()


def work(line: Connection) -> None:
    """Do the jobs that come in over a line until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = line.recv()
            job.run(line.send)


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Start a worker without the program that asks: it would import all of it anew."""
    main = sys.modules["__main__"]
    told = {name: getattr(main, name, None) for name in ("__spec__", "__file__")}
    with _STARTING:
        vars(main).update(dict.fromkeys(told))
        try:
            yield
        finally:
            vars(main).update(told)

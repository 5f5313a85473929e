"""Worker processes that improve pieces side by side, and end with whoever asked."""

import contextlib
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Self

from routing.solve import improvers
from routing.solve.jobs import Found, Improve, Job

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_ENDS_S = 1.0
_HIRED_S = 0.01
_LOOK_S = 0.1


class Crew:
    """Some processes, each with one job at a time; leaving the block ends them all.

    While the compiled search has yet to be compiled, others search by OR-Tools meanwhile.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._hands: dict[Connection, BaseProcess] = {}
        self._busy: dict[Connection, Job] = {}
        self._meanwhile: list[Connection] = []
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
        return frozenset(job.number for job in self._busy.values())

    def give(self, job: Job) -> None:
        """Give a job to a process that has none."""
        line = next(line for line in list(self._hands) if line not in self._busy)
        self._busy[line] = job
        with contextlib.suppress(OSError):  # it has died: `heard` will notice
            line.send(job)

    def heard(self, seconds_max: float) -> Iterator[Found]:
        """Yield what was found meanwhile, waiting for a first word for some seconds at most.

        The job of a process that has died is given up; its piece stays as it was.
        """
        self._relieve()
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

    def wait(self, seconds_max: float | None = None) -> bool:
        """Wait until the processes are there, and tell whether they are."""
        self._hiring.join(seconds_max)
        return not self._hiring.is_alive()

    def _hire(self) -> None:
        if not improvers.at_once():
            self._meanwhile = self._employ("spawn", work_meanwhile)
        self._employ("forkserver", work)

    def _employ(
        self, way: str, working: Callable[[Connection], None]
    ) -> list[Connection]:
        context = multiprocessing.get_context(way)
        if way == "forkserver":
            context.set_forkserver_preload(["routing.solve.preloaded"])
        for _ in range(self.size):
            mine, theirs = context.Pipe()
            hand: BaseProcess = context.Process(  # type: ignore[attr-defined]
                target=working, args=(theirs,), daemon=True
            )
            try:
                with _apart():
                    hand.start()
            except (OSError, EOFError):  # no room for another process
                break
            theirs.close()
            with self._lock:
                if self._closed:
                    hand.kill()
                    break
                self._hands[mine] = hand
        return list(self._hands)

    def _relieve(self) -> None:
        """Let those go who worked meanwhile, for those who do it faster, with their jobs."""
        while self._meanwhile and len(self._hands) > self.size:
            line = self._meanwhile.pop()
            job = self._busy.get(line)
            if line in self._hands:
                self._hands[line].kill()
                self._lose(line)
            if job is not None and self.idle:
                self.give(job)

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


def warmed(seconds_max: float, cancelled: Callable[[], bool] | None = None) -> bool:
    """Wait until a search can begin at once, so long at most; tells whether it can."""
    ends_s = time.monotonic() + seconds_max
    with Crew(1) as crew:
        while not crew.wait(_LOOK_S):
            is_stopped = cancelled is not None and cancelled()
            if is_stopped or time.monotonic() >= ends_s:
                return False
    return True


def work(line: Connection) -> None:
    """Do the jobs that come in over a line until it is closed."""
    _work(line, improvers.improve)


def work_meanwhile(line: Connection) -> None:
    """Do jobs by OR-Tools alone, which needs nothing compiled."""
    _work(line, improvers.improve_by_tools)


def _work(line: Connection, improve: Improve) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = line.recv()
            job.run(line.send, improve)


class _Apart:
    """Start a worker without the program that asks: it would import all of it anew.

    The first to start a worker hides the program, the last one shows it again: a start
    may take as long as the search is compiled, and others need not wait for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starting = 0
        self._told: dict[str, object] = {}

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        main = vars(sys.modules["__main__"])
        with self._lock:
            if self._starting == 0:
                self._told = {it: main.get(it) for it in ("__spec__", "__file__")}
            self._starting += 1
            main.update(dict.fromkeys(self._told))
        try:
            yield
        finally:
            with self._lock:
                self._starting -= 1
                if self._starting == 0:
                    main.update(self._told)


_apart = _Apart()

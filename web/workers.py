"""Serve by several processes on one port: for PostgreSQL, where more than one may write.

The parent opens the port, starts the workers and starts a new one where one has died. It
has no database of its own. Each worker is the whole platform; one of them leads.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from threading import Thread
from time import sleep
from types import FrameType

import structlog

from web.settings import Settings

Serve = Callable[[Settings, socket.socket], None]
BACKLOG = 1024
AGAIN_S = 1
ENDS_S_MAX = 30  # a worker finishes what it is answering
log = structlog.stdlib.get_logger("yaoda.web")
_fork = get_context("fork")


def serve(
    settings: Settings, count: int, act: Serve, tell: Callable[[str], object]
) -> None:
    """Serve by so many workers until interrupted, after telling the address.

    An OSError says that the address cannot be had.
    """
    listener = listen(settings)
    tell(f"http://{settings.host}:{listener.getsockname()[1]}")
    signal.signal(signal.SIGTERM, _interrupted)
    workers = [_start(settings, listener, act) for _ in range(count)]
    try:
        while True:
            died = wait([each.sentinel for each in workers])
            for no, worker in enumerate(workers):
                if worker.sentinel in died:
                    worker.join()
                    log.error("worker died", pid=worker.pid, code=worker.exitcode)
                    sleep(AGAIN_S)  # what makes it die at once must not make us spin
                    workers[no] = _start(settings, listener, act)
    finally:
        _end(workers)
        listener.close()


def listen(settings: Settings) -> socket.socket:
    """Open the port that all workers answer on."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _start(settings: Settings, listener: socket.socket, act: Serve) -> BaseProcess:
    worker = _fork.Process(target=_work, args=(settings, listener, act), name="worker")
    worker.start()
    return worker


def _work(settings: Settings, listener: socket.socket, act: Serve) -> None:
    """Be one worker; the terminal's interrupt is for the parent, who ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupted)
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    act(settings, listener)


def _end_with_parent() -> None:
    """End when the parent does, also where it was killed and could not say so."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _end(workers: list[BaseProcess]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for each in workers:
        each.terminate()
    for each in workers:
        each.join(ENDS_S_MAX)
        if each.is_alive():
            each.kill()


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    sys.exit()

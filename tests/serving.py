"""Serve an app on loopback, as the application itself is served."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore

from web.listening import open_server
from web.settings import Settings

THREADS = 4
Start = Callable[[WSGIApplication], str]


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """Serve an app on a free port of loopback; give its address."""
    sockets: dict[int, Any] = {}
    settings = Settings(host="127.0.0.1", port=0, threads=THREADS)
    server = open_server(app, settings, sockets)
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)

    thread = threading.Thread(target=run, name="live server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stopping.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)

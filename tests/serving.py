"""Serve an app on loopback, as the application itself is served."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIApplication

from web.listening import answering, open_server
from web.settings import Settings

THREADS = 4
Start = Callable[[WSGIApplication], str]


@contextmanager
def serving(app: WSGIApplication, port: int = 0, **more: Any) -> Iterator[str]:
    """Serve an app on a port of loopback, by itself a free one; give its address.

    `more` are settings.
    """
    sockets: dict[int, Any] = {}
    settings = Settings(host="127.0.0.1", port=port, threads=THREADS, **more)
    with answering(open_server(app, settings, sockets), sockets) as opened:
        yield f"http://127.0.0.1:{opened}"

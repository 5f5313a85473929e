"""Serve the sandbox: as a program until it is ended, or beside another one for a while."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from dispensing.days import CHINA
from web.listening import answering
from web.sandbox.answering import Counter
from web.sandbox.app import create_sandbox

THREADS = 8


def now() -> datetime:
    """Tell the time in China."""
    return datetime.now(CHINA)


def serve(
    counter: Counter, where: tuple[str, int], token: str, tell: Callable[[str], object]
) -> None:
    """Serve until interrupted, after telling the address; OSError where it cannot be had."""
    server = _server(counter, where, token, {})
    tell(f"http://{where[0]}:{server.effective_port}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server.run()


@contextmanager
def serving(
    counter: Counter, where: tuple[str, int] = ("127.0.0.1", 0), token: str = ""
) -> Iterator[str]:
    """Serve beside what runs in the block, and give the address."""
    sockets: dict[int, Any] = {}
    with answering(_server(counter, where, token, sockets), sockets) as port:
        yield f"http://{where[0]}:{port}"


def _server(
    counter: Counter, where: tuple[str, int], token: str, sockets: dict[int, Any]
) -> Any:
    host, port = where
    app = create_sandbox(counter, token)
    try:
        return create_server(
            app, map=sockets, host=host, port=port, threads=THREADS, ident=None
        )
    except OSError:
        wasyncore.close_all(sockets)
        raise

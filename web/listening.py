"""Listen for requests; what is wrong before the app sees it is a problem document, too."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any
from uuid import uuid4
from wsgiref.types import WSGIApplication

import structlog
from flask import Flask
from waitress import wasyncore
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask, WSGITask

from web import problems
from web.headers import HEADERS
from web.limits import BYTES_MAX
from web.live.page import KEEP
from web.live.stream import Stream
from web.settings import Settings

log = structlog.stdlib.get_logger("yaoda.web")

# A body up to here is read to its end, so that its sender can hear that it is too large;
# none that a view takes is larger.
HEARD_BYTES_MAX = max(BYTES_MAX.values())
LOOP_S = 0.05
CONNECTIONS_MAX = 200  # besides those that are kept to be told news


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """Answers what cannot be parsed as HTTP, or is longer than anybody listens."""

    def execute(self) -> None:
        """Write one problem document and close the connection."""
        status = self.request.error.code
        request_id = uuid4().hex
        log.info(
            "answer", request_id=request_id, method="other", rule="none", status=status
        )
        body = problems.document(status, request_id).encode()
        self.status = f"{status} {self.request.error.reason}"
        self.response_headers.extend(
            [
                ("Content-Type", problems.CONTENT_TYPE),
                ("X-Request-ID", request_id),
                ("Cache-Control", "no-store"),
                *HEADERS.items(),
            ]
        )
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class KeptTask(WSGITask):  # type: ignore[misc]
    """Answers one request; a view may keep its connection open to write to it later."""

    stream: Stream | None = None

    def get_environment(self) -> dict[str, Any]:
        """Let the view know how a connection is kept."""
        environ: dict[str, Any] = super().get_environment()
        environ[KEEP] = self._keep
        return environ

    def _keep(self, stream: Stream) -> None:
        self.stream = stream

    def finish(self) -> None:
        """End the answer, unless it goes on without this thread."""
        if self.stream is None or not self.chunked_response:
            super().finish()
            return
        self.close_on_finish = False
        self.channel.keep(self.stream)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, whose errors are problem documents; it may be kept to be told news.

    A kept one has no thread: what is written to it comes from the hub's watcher.
    """

    task_class = KeptTask
    error_task_class = ProblemTask
    stream: Stream | None = None

    def keep(self, stream: Stream) -> None:
        """Leave the connection to a stream."""
        self.stream = stream
        stream.attach(self)
        if not self.connected:
            stream.close()

    @property
    def waiting_bytes(self) -> int:
        """Tell how much the other side has not taken yet."""
        return int(self.total_outbufs_len)

    def hang_up(self) -> None:
        """End the connection at the server's next turn."""
        self.will_close = True
        self._wake_server()

    def received(self, data: bytes) -> bool:
        """Take what is sent; nothing more is asked on a connection that was kept."""
        return self.stream is None and bool(super().received(data))

    def handle_write(self) -> None:
        """Write what waits; the watcher may be writing, too."""
        if self.stream is None:
            super().handle_write()
            return
        with self.outbuf_lock:
            super().handle_write()

    def handle_close(self) -> None:
        """Close, and listen no more."""
        super().handle_close()
        if self.stream is not None:
            self.stream.close()

    def send_news(self, data: bytes) -> bool:
        """Send without waiting; False where the connection is gone."""
        try:
            self.write_soon(data)
        except ClientDisconnected:
            return False
        return self._wake_server()

    def _wake_server(self) -> bool:
        """Let the server look at what waits; False where it has shut down meanwhile."""
        try:
            self.server.pull_trigger()
        except OSError:
            return False
        return True


def serve(
    app: Flask,
    settings: Settings,
    tell: Callable[[str], object],
    listener: socket | None = None,
) -> None:
    """Serve the app until interrupted, after telling its address.

    With a `listener` several processes serve on it. An OSError says that the address
    cannot be had.
    """
    server = open_server(app, settings, {}, listener)
    port = getattr(server, "effective_port", settings.port)  # 0 asks for a free one
    tell(f"http://{settings.host}:{port}")
    # As an interrupt does: what is being answered is finished first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        server.run()
    finally:
        app.extensions["live"].close()


def open_server(
    app: WSGIApplication,
    settings: Settings,
    sockets: dict[int, Any],
    listener: socket | None = None,
) -> Any:
    """Listen where the settings say, without answering yet; the sockets go into the map."""
    where = (
        {"host": settings.host, "port": settings.port}
        if listener is None
        else {"sockets": [listener]}
    )
    try:
        server = create_server(
            app,
            map=sockets,
            **where,
            threads=settings.threads,
            ident=None,
            connection_limit=CONNECTIONS_MAX + settings.live_streams_max,
            asyncore_use_poll=True,
            max_request_body_size=max(settings.body_bytes_max, HEARD_BYTES_MAX),
            **_proxy(settings),
        )
    except OSError:
        wasyncore.close_all(sockets)
        raise
    for each in sockets.values():
        # A host name may stand for several addresses, each with a server of its own.
        if isinstance(each, BaseWSGIServer):
            each.channel_class = Channel
    return server


def _proxy(settings: Settings) -> dict[str, Any]:
    """Believe one proxy who asked and by what, and nobody else.

    What others say in these headers is taken out before anything reads it.
    """
    if settings.proxy is None:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "clear_untrusted_proxy_headers": True,
        "trusted_proxy": str(settings.proxy),
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


@contextmanager
def answering(server: Any, sockets: dict[int, Any]) -> Iterator[int]:
    """Answer beside what runs in the block; give the port that is listened on."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=LOOP_S, map=sockets, count=1, use_poll=True)

    thread = threading.Thread(target=run, name="answering", daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        stopping.set()
        thread.join()
        server.task_dispatcher.shutdown()
        _hang_up(sockets)


def _hang_up(sockets: dict[int, Any]) -> None:
    for each in list(sockets.values()):
        if isinstance(each, HTTPChannel):
            each.handle_close()  # also the files that were still to be sent
    wasyncore.close_all(sockets)

"""A subscriber on loopback that keeps what it hears and behaves as it is told."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Behave = Callable[[socket.socket, "Heard", threading.Event], None]


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def said(self) -> Any:
        return json.loads(self.body)["data"]


@dataclass
class Receiver:
    """What was heard, and how to answer the next."""

    port: int
    behave: Behave
    heard: list[Heard] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/notices"


def answering(raw: bytes) -> Behave:
    """Answer with these bytes."""

    def behave(line: socket.socket, _heard: Heard, _over: threading.Event) -> None:
        line.sendall(raw)

    return behave


TAKING = answering(WELL)


def status(code: int, *more: str) -> Behave:
    """Answer with a status and more header lines."""
    lines = [f"HTTP/1.1 {code} So", "Content-Length: 0", *more, "", ""]
    return answering("\r\n".join(lines).encode())


def hanging(_line: socket.socket, _heard: Heard, over: threading.Event) -> None:
    """Never answer."""
    over.wait(30)


def dripping(line: socket.socket, _heard: Heard, over: threading.Event) -> None:
    """Send a byte now and then, for ever."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.05):
        line.sendall(b"a")


def slow_body(line: socket.socket, _heard: Heard, over: threading.Event) -> None:
    """Take it, then talk without end."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
    while not over.wait(0.05):
        line.sendall(b"a")


def huge_body(line: socket.socket, _heard: Heard, over: threading.Event) -> None:
    """Take it, and send more than anybody reads."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
    while not over.is_set():
        line.sendall(b"a" * 65536)


@contextmanager
def receiving(
    behave: Behave = TAKING, context: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Listen on a free port of loopback until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    made = Receiver(listener.getsockname()[1], behave)
    threads: list[threading.Thread] = []

    def listen() -> None:
        while not made.over.is_set():
            with suppress(TimeoutError):
                line, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(line,))
                thread.start()
                threads.append(thread)

    def serve(line: socket.socket) -> None:
        line.settimeout(10)
        with line, suppress(OSError):
            talk = context.wrap_socket(line, server_side=True) if context else line
            with talk:
                heard = _read(talk)
                if heard is not None:
                    made.heard.append(heard)
                    made.behave(talk, heard, made.over)

    main = threading.Thread(target=listen)
    main.start()
    try:
        yield made
    finally:
        made.over.set()
        main.join()
        for thread in threads:
            thread.join()
        listener.close()


def _read(line: socket.socket) -> Heard | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = line.recv(65536)
        if not part:
            return None
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {
        name.lower(): value for name, value in (each.split(": ", 1) for each in rest)
    }
    while len(body) < int(headers.get("content-length", 0)):
        part = line.recv(65536)
        if not part:  # whoever sent it was killed in the middle
            return None
        body += part
    return Heard(first.split()[1], headers, body.decode())

"""How soon a page shows what another process changed: pages that listen to a real server.

Patients, counters and boards listen as their browsers do, and fetch their page again when they
hear of a change. Times are told from the commit on; a part of the changes falls while every
line is cut, and counts the second until a browser comes back.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from multiprocessing import get_context
from queue import Queue
from random import Random
from socket import SHUT_RDWR, socket
from statistics import median
from threading import Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient

from dispensing import service
from web import clock, create_app, db, listening
from web.bench_pages.filling import Filled, Placed, let_in, placed, signed_in
from web.desks import make_desk
from web.keys import load_keys
from web.live.hub import LOOK_S
from web.live.stream import RETRY_MS
from web.settings import Settings

Echo = Callable[[str], object]
LISTENERS = 20  # of each kind
CHANGES, CUT = 60, 20  # while all listen, and while every line is cut
WITHIN_S = 2.0  # promised
RENEWS_S = 0.15  # a page waits so long for more news before it is fetched again
WAIT_S_MAX = 60.0
SEED = 7
PAGES = {"patient": "/patient", "counter": "/counter", "dispatch": "/dispatch"}
TOPICS = {"patient": "mine", "counter": "desk", "dispatch": "firm"}


@dataclass(frozen=True, slots=True)
class Told:
    """Seconds from the commit until a listener heard of it, and had its page again."""

    heard_s: float
    shown_s: float


@dataclass(slots=True)
class Listener:
    """One open page: who has it, and the moments of each change that it followed."""

    role: str
    subject: str
    port: int
    cookie: str
    moments: "Queue[tuple[float, float]]" = field(default_factory=Queue)
    place: str = ""
    line: socket | None = None
    left: bool = False

    def follow(self) -> None:
        """Listen until left; where the line is cut, come back as a browser does."""
        while not self.left:
            with suppress(OSError, HTTPException, ValueError):
                self._listen()
            if not self.left:
                sleep(RETRY_MS / 1000)

    def cut(self) -> None:
        """Cut the line, as a lost network does."""
        if self.line is not None:
            with suppress(OSError):
                self.line.shutdown(SHUT_RDWR)

    def leave(self) -> None:
        """Close the page."""
        self.left = True
        self.cut()

    def _listen(self) -> None:
        asked = urlencode({"topics": TOPICS[self.role]})
        back = {"Last-Event-ID": self.place} if self.place else {}
        with closing(self._open()) as asking:
            asking.connect()
            self.line = asking.sock
            asking.request("GET", f"/live?{asked}", headers={**self._who, **back})
            answer = asking.getresponse()
            while event := _next_event(answer):
                self.place = event.get("id", self.place)
                if event.get("event") == "changed":
                    self._renew(monotonic())

    def _renew(self, heard_s: float) -> None:
        sleep(RENEWS_S)
        with closing(self._open()) as line:
            line.request("GET", PAGES[self.role], headers=self._who)
            answer = line.getresponse()
            answer.read()
        assert answer.status == 200, (self.role, answer.status)
        self.moments.put((heard_s, monotonic()))

    def _open(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S_MAX)

    @property
    def _who(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


def run(town: Filled, echo: Echo) -> None:
    """Let pages follow changes, and tell how soon they did."""
    orders = placed(town.app.extensions["engine"], LISTENERS, CHANGES + CUT)
    settings: Settings = town.app.extensions["settings"]
    with ExitStack() as stack:
        port = stack.enter_context(serving(settings))
        change = stack.enter_context(changing(settings))
        pages = opened(town.app, port, orders)
        stack.enter_context(following(pages))
        echo(f"{LISTENERS} pages of each kind listen")
        _tell("", measured(pages, orders[:CHANGES], change, cut=False), echo)
        after = measured(pages, orders[CHANGES:], change, cut=True)
        _tell(" after a cut line", after, echo)


def opened(app: Flask, port: int, orders: Sequence[Placed]) -> list[Listener]:
    """Let in whom the orders concern, and open pages of theirs, so many of each kind."""
    whose = {
        "patient": sorted({order.person_no for order in orders}),
        "counter": sorted({order.outlet_code for order in orders}),
        "dispatch": sorted({order.carrier_code for order in orders}),
    }
    let_in(app, {it: (role, it) for role, them in whose.items() for it in them})
    return [
        Listener(role, subject, port, _cookie(signed_in(app, subject)))
        for role, subjects in whose.items()
        for subject in islice(cycle(subjects), LISTENERS)
    ]


def measured(
    pages: Sequence[Listener],
    orders: Sequence[Placed],
    change: Callable[[Placed], float],
    *,
    cut: bool,
) -> dict[str, list[Told]]:
    """Change one thing after another; give what each page concerned took, by its role."""
    chance = Random(SEED)
    found: dict[str, list[Told]] = {role: [] for role in PAGES}
    for order in orders:
        sleep(chance.uniform(0, LOOK_S))  # wherever the watcher is between two looks
        if cut:
            for page in pages:
                page.cut()
        begun_s = monotonic()
        committed_s = change(order)
        for page in pages:
            if order.concerns(page.role, page.subject):
                found[page.role].append(_told(page, begun_s, committed_s))
    return found


def _told(page: Listener, begun_s: float, committed_s: float) -> Told:
    """Wait for a page to follow a change; what it followed before counts no more."""
    while True:
        heard_s, shown_s = page.moments.get(timeout=WAIT_S_MAX)
        if heard_s >= begun_s:
            return Told(max(0.0, heard_s - committed_s), shown_s - committed_s)


@contextmanager
def following(pages: Sequence[Listener]) -> Iterator[None]:
    """Open the pages, wait until all listen, and close them after the block."""
    threads = [Thread(target=page.follow, daemon=True) for page in pages]
    for thread in threads:
        thread.start()
    until_s = monotonic() + WAIT_S_MAX
    while not all(page.place for page in pages):
        assert monotonic() < until_s, "not every page listens"
        sleep(0.01)
    try:
        yield
    finally:
        for page in pages:
            page.leave()
        for thread in threads:
            thread.join()


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Serve the platform from a process of its own; gives the port."""
    spawn = get_context("spawn")
    told = spawn.Queue()
    server = spawn.Process(target=_serve, args=(settings, told))
    server.start()
    try:
        yield int(told.get(timeout=WAIT_S_MAX).rpartition(":")[2])
    finally:
        server.terminate()
        server.join()


@contextmanager
def changing(settings: Settings) -> Iterator[Callable[[Placed], float]]:
    """Give a function that lets another process pack an order, and tells when it had committed."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    packer = spawn.Process(target=_pack, args=(settings, theirs))
    packer.start()

    def change(order: Placed) -> float:
        ours.send(order)
        return float(ours.recv())

    try:
        ours.recv()  # it is there
        yield change
    finally:
        packer.terminate()
        packer.join()


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("yaoda")
    assert cookie is not None
    return f"yaoda={cookie.value}"


def _tell(when: str, found: Mapping[str, Sequence[Told]], echo: Echo) -> None:
    for role, told in found.items():
        heard = sorted(each.heard_s for each in told)
        shown = sorted(each.shown_s for each in told)
        late = sum(each > WITHIN_S for each in shown)
        echo(
            f"{PAGES[role]:<10}{when}: {len(told)} told, event {_figures(heard)},"
            f" page {_figures(shown)}, {late} after {WITHIN_S:.0f} s"
        )


def _figures(seconds: Sequence[float]) -> str:
    p95_s = seconds[max(0, int(len(seconds) * 0.95) - 1)]
    return (
        f"median {median(seconds):.2f} s, 95 % {p95_s:.2f} s, most {seconds[-1]:.2f} s"
    )


def _serve(settings: Settings, told: Any) -> None:
    logging.disable(logging.INFO)  # what is answered is not told: there is much of it
    here = settings.model_copy(update={"port": 0})
    listening.serve(create_app(here), here, told.put)


def _pack(settings: Settings, line: Any) -> None:
    engine = db.open_engine(settings.database_url)
    desk = make_desk(settings, load_keys(settings.secrets_dir))
    now = clock.starting_at(settings.clock_start).now
    line.send(None)
    while True:
        order: Placed = line.recv()
        with db.open_session(engine) as session:
            service.pack(
                session,
                desk,
                order_id=order.id,
                outlet_code=order.outlet_code,
                now=now(),
            )
            line.send(monotonic())


def _next_event(answer: Any) -> dict[str, str]:
    """Read the next event; nothing where the line has ended."""
    told: dict[str, str] = {}
    while text := answer.readline().decode():
        name, found, value = text.strip().partition(": ")
        if found and name:
            told[name] = value
        elif told and not text.strip():
            return told
    return {}

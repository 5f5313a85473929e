"""A street whose counter talks to a sandbox that is served on loopback."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import col, select

from dispensing.desk import Desk
from dispensing.gateway.national import (
    Limits,
    NationalDesk,
    Seal,
    Wired,
    load_region,
)
from dispensing.gateway.national.transport import Transport
from dispensing.service.views import SettledView
from dispensing.tables import EventRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON
from web import db
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.faults import Fault
from web.sandbox.serving import serving

PATIENT_MS = 20_000
GIVES_UP_MS = 300
LATER = NOON + timedelta(seconds=31)
# Her deductible is met, so that the fund pays 441 fen of each bill.
PEOPLE = [replace(cast.alice, used_deductible_fen=10_000), *cast.INSURED[1:]]


class Gate:
    """Holds the sandbox up until it is opened; tells when somebody has come to it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, ms: int) -> None:
        self.reached.set()
        assert self.opened.wait(30)


@dataclass
class Street:
    """A counter, the sandbox that it talks to, and both sides' books."""

    engine: Engine
    folder: Path
    desk: Desk
    counter: Counter
    url: str
    running: ExitStack

    @contextmanager
    def held_up(self, kind: str, infno: str) -> Iterator[Gate]:
        """Let the platform hold one message up for longer than the counter waits for it."""
        gate = Gate()
        self.running.callback(gate.opened.set)
        speaker = self.desk.gateway.speaker
        self.desk.gateway.filings(cast.LUCHENG_PHARMACY, cast.alice.person_no)
        self.counter.hold_up = gate
        self.fault(kind, infno=infno, ms=1)
        patient = speaker._carrier
        impatient = Transport(self.url, Limits(read_ms=GIVES_UP_MS))
        speaker._carrier = impatient
        try:
            yield gate
            assert gate.reached.wait(30)
        finally:
            speaker._carrier = patient
            impatient.close()

    def wait_for(self, infno: str, count: int) -> None:
        """Wait until the platform has done so many messages of a number."""
        ends = monotonic() + 30
        while self.counter.done[infno] < count:
            assert monotonic() < ends, self.counter.done
            sleep(0.01)

    def received(self, number: int = 1) -> UUID:
        return attacks.received(self.engine, self.desk, number)

    def settle(self, rx: UUID, batch: int = 1, **changes: Any) -> SettledView:
        with db.open_session(self.engine) as session:
            return attacks.settle(session, self.desk, rx, batch, **changes)

    def reverse(self, rx: UUID) -> SettledView:
        with db.open_session(self.engine) as session:
            return attacks.reverse(session, self.desk, rx)

    def recover(self) -> int:
        return attacks.recover(self.engine, self.desk, LATER)

    def state(self, rx: UUID) -> str:
        from dispensing import service

        with db.open_session(self.engine, read_only=True) as session:
            return service.settlement(session, rx).state

    def events(self, rx: UUID) -> list[str]:
        query = select(EventRow.kind).where(col(EventRow.prescription_id) == rx)
        with db.open_session(self.engine, read_only=True) as session:
            return list(session.exec(query))

    def fault(self, kind: str, **more: Any) -> None:
        self.counter.faults.add(Fault(kind, **{"times": 1, **more}))

    def booked(self) -> dict[str, int]:
        return attacks.booked(self.folder)

    def audit(self) -> None:
        attacks.audit(self.engine, self.folder)


def now() -> datetime:
    return NOON


def open_books(folder: Path, **caps: int) -> Books:
    books = Books(folder / "platform.db")
    books.enrol(members.members(PEOPLE, caps))
    return books


def client(
    url: str, folder: Path, region: str = "sandbox", **more: Any
) -> NationalDesk:
    spoken = replace(load_region(region), **more.pop("spoken", {}))
    limits = Limits(connect_ms=1_000, read_ms=PATIENT_MS)
    wired = Wired(url, spoken, more.get("seal") or Seal(spoken.kind), limits)
    return NationalDesk(wired, folder / "messages.db", more.pop("now", now))


def open_street(
    engine: Engine, folder: Path, running: ExitStack, region: str = "sandbox"
) -> Street:
    counter = Counter(open_books(folder), now)
    # So that a spoilt signature can be told from a good one.
    signed = {"kind": "SM3", "replies": True}
    counter.region = replace(counter.region, **signed)
    counter.seal = Seal("SM3")
    url = running.enter_context(serving(counter))
    gateway = client(url, folder, region, spoken=signed)
    running.callback(gateway.close)
    desk = world.open_desk(gateway)
    with db.open_session(engine) as session:
        world.populate(session, desk, PEOPLE)
    return Street(engine, folder, desk, counter, url, running)

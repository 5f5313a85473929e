"""Deliver what is due: tell what is new, then send to each subscriber, several at once.

One subscriber that hangs takes a few threads for some seconds and is left alone afterwards;
the others go on. Whoever is killed in between leaves leases, which run out.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from time import monotonic
from uuid import UUID

import structlog
from flask import Flask

from dispensing.service import notices
from web import db
from web.settings import Settings
from web.webhooks.reach import reach_of
from web.webhooks.sending import Sender

PLACES_AT_ONCE = 8
SENT_AT_ONCE = 4  # to one place, each of another prescription
log = structlog.stdlib.get_logger("yaoda.web")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did: events told, notices taken, and attempts that failed."""

    told: int
    taken: int
    failed: int


def sender_of(settings: Settings) -> Sender:
    """Make the sender that the operator's settings describe."""
    reach = reach_of(settings.notice_networks, plain_http=settings.notice_http)
    ca_file = settings.notice_ca_file
    return Sender(reach, str(ca_file) if ca_file else None)


def deliver(
    platform: Flask,
    *,
    seconds_max: float,
    stop: Event | None = None,
    everything: bool = False,
) -> Delivered:
    """Tell and send until nothing is due, or for so many seconds."""
    until_s = monotonic() + seconds_max
    engine, clock = platform.extensions["engine"], platform.extensions["clock"]
    with db.open_session(engine) as session:
        told = notices.tell(session, now=clock.now(), everything=everything)
    taken = failed = 0
    sender = sender_of(platform.extensions["settings"])
    with ThreadPoolExecutor(PLACES_AT_ONCE, "notices") as pool:
        while monotonic() < until_s and not (stop and stop.is_set()):
            with db.open_session(engine, read_only=True) as session:
                places = notices.places_due(session, now=clock.now())
            done = list(pool.map(lambda place: _serve(platform, sender, place), places))
            if not any(well + ill for well, ill in done):
                break
            taken += sum(well for well, _ in done)
            failed += sum(ill for _, ill in done)
    return Delivered(told, taken, failed)


def purge(platform: Flask) -> int:
    """Forget notices that were delivered or dropped long ago; tells how many."""
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"]) as session:
        return notices.purge(session, now=now)


def _serve(platform: Flask, sender: Sender, place: UUID) -> tuple[int, int]:
    """Send what is due at one place; tells how many were taken and how many failed."""
    engine, clock = platform.extensions["engine"], platform.extensions["clock"]
    vault = platform.extensions["desk"].vault
    with db.open_session(engine) as session:
        dues = notices.claim(session, vault, place, limit=SENT_AT_ONCE, now=clock.now())
    if not dues:
        return 0, 0

    def send(due: notices.Due) -> bool:
        answer = sender.send(due, now=clock.now())
        with db.open_session(engine) as session:
            notices.conclude(session, due, answer, now=clock.now())
        if not answer.is_taken:
            # The place only: an address may carry a token, and the notice is nobody's.
            log.info("notice failed", place=str(place), error=answer.error)
        return answer.is_taken

    with ThreadPoolExecutor(len(dues), "notice") as pool:
        taken = sum(pool.map(send, dues))
    return taken, len(dues) - taken

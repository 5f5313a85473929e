"""Sweep: finish what was cut off, reconcile yesterday, and forget old client keys.

What the platform's answer was lost for is asked for again, so that a counter never has
to; a settlement still being charged is left alone until it cannot be.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from time import monotonic

import structlog
from flask import Flask

from dispensing import service as dispensing
from dispensing.days import day_of
from routing import service as routing
from web import client_keys, db
from web.leading import leads

LAPSED = "lapsed_on"  # the day for which lapses were written down
NEXT = "next_sweep_s"  # on the clock that only goes forward
log = structlog.stdlib.get_logger("yaoda.web")


def sweep(platform: Flask) -> tuple[int, int]:
    """Finish what was left half done; tell how many settlements and how many returns."""
    now = platform.extensions["clock"].now()
    engine, desk = platform.extensions["engine"], platform.extensions["desk"]
    with db.open_session(engine) as session:
        settled = dispensing.recover(session, desk, now=now)
    with db.open_session(engine) as session:
        returned = routing.finish_returns(session, desk, now=now)
    with db.open_session(engine) as session:
        routing.end_returned(session, now=now)
    with db.open_session(engine) as session:
        routing.judge_unjudged(session, now=now)
    end_what_is_over(platform)
    with db.open_session(engine) as session:
        signer = platform.extensions["ring"].signer
        dispensing.issue_receipts(session, desk, signer, now=now)
    with db.open_session(engine) as session:
        dispensing.reconcile_yesterday(session, desk, now=now)
    with db.open_session(engine) as session:
        client_keys.purge(session, now)
    return settled, returned


def end_what_is_over(platform: Flask) -> None:
    """Write down which claims have ended, and once a day which prescriptions have lapsed."""
    now = platform.extensions["clock"].now()
    engine, desk = platform.extensions["engine"], platform.extensions["desk"]
    with db.open_session(engine) as session:
        dispensing.end_claims(session, now=now)
    if platform.extensions.get(LAPSED) == day_of(now):
        return
    with db.open_session(engine) as session:
        dispensing.lapse_all(session, desk, now=now)
    platform.extensions[LAPSED] = day_of(now)


@contextmanager
def sweeping(platform: Flask, every_s: float) -> Iterator[None]:
    """Sweep now and every so many seconds, until the block ends.

    Of several processes that know of each other, the one that leads.
    """
    stop = threading.Event()
    broom = threading.Thread(
        target=_keep, args=(platform, every_s, stop), name="sweep", daemon=True
    )
    if leads(platform):
        sweep(platform)
    broom.start()
    try:
        yield
    finally:
        stop.set()
        broom.join(timeout=every_s)


def next_in_s(platform: Flask) -> int | None:
    """Tell in how many seconds this program sweeps again; None where another one does."""
    at_s: float | None = platform.extensions.get(NEXT)
    return None if at_s is None else max(0, ceil(at_s - monotonic()))


def note_next(platform: Flask, now: datetime) -> None:
    """Note when the next sweep is due, where jobs make it so."""
    every_s = platform.extensions["settings"].sweep_seconds
    left_s = every_s - int(now.timestamp()) % every_s
    platform.extensions[NEXT] = monotonic() + left_s


def _keep(platform: Flask, every_s: float, stop: threading.Event) -> None:
    while not _wait(platform, every_s, stop):
        if not leads(platform):
            continue
        try:
            settled, returned = sweep(platform)
        except Exception as error:
            # The database may be away for a while: the next sweep tries again. Its kind
            # only: what an error of the database says may name a person.
            log.error("sweep failed", kind=type(error).__name__)
            continue
        if settled or returned:
            log.info("sweep", settled=settled, returned=returned)


def _wait(platform: Flask, every_s: float, stop: threading.Event) -> bool:
    platform.extensions[NEXT] = monotonic() + every_s if leads(platform) else None
    return stop.wait(every_s)

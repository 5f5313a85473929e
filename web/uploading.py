"""Upload what is due: plan what is owed, then send, outlet by outlet and several at once.

An outlet whose upload got no answer is left alone for the rest of the round; the others go on.
Whoever is killed in between leaves a lease, which runs out.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from time import monotonic
from uuid import UUID

import structlog
from flask import Flask, current_app

from dispensing.gateway import Unanswered
from dispensing.gateway.uploads import TakesUploads, takes_uploads
from dispensing.service import notices, uploads
from dispensing.service.uploads import UploadLags, UploadView
from web import clock, db
from web.auth import caller
from web.noticing import whose

OUTLETS_AT_ONCE = 4
log = structlog.stdlib.get_logger("yaoda.web")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What one round did: messages that became owed, were accepted, and were not."""

    planned: int
    accepted: int
    failed: int


def upload(
    platform: Flask,
    *,
    seconds_max: float,
    stop: Event | None = None,
    everything: bool = False,
) -> Uploaded:
    """Plan and send until nothing is due, or for so many seconds.

    A platform that takes no uploads is owed none. `everything` also looks for what was
    passed by.
    """
    gateway = platform.extensions["desk"].gateway
    if not takes_uploads(gateway):
        return Uploaded(0, 0, 0)
    planned = _plan(platform, everything)
    until_s = monotonic() + seconds_max

    def goes_on() -> bool:
        return monotonic() < until_s and not (stop and stop.is_set())

    engine, now = platform.extensions["engine"], platform.extensions["clock"].now()
    with db.open_session(engine, read_only=True) as session:
        outlets = uploads.outlets_due(session, now=now)
    with ThreadPoolExecutor(OUTLETS_AT_ONCE, "uploads") as pool:
        done = list(
            pool.map(lambda code: _serve(platform, gateway, code, goes_on), outlets)
        )
    return Uploaded(planned, sum(well for well, _ in done), sum(ill for _, ill in done))


def lags() -> UploadLags:
    """Tell how far the uploads of those lag whom the caller may see."""
    return uploads.upload_lags(db.session(), now=clock.now(), whose=whose())


def undone() -> tuple[UploadView, ...]:
    """List what was refused or tried in vain, of those whom the caller may see."""
    return uploads.undone_uploads(db.session(), whose())


def is_spoken() -> bool:
    """Tell whether the platform takes uploads."""
    return takes_uploads(current_app.extensions["desk"].gateway)


def _plan(platform: Flask, everything: bool) -> int:
    engine, now = platform.extensions["engine"], platform.extensions["clock"].now()
    since = platform.extensions["settings"].uploads_since
    with db.open_session(engine) as session:
        notices.tell(session, now=now, everything=everything)
    with db.open_session(engine) as session:
        planned = uploads.plan(session, now=now, since=since)
    if everything:
        with db.open_session(engine) as session:
            planned += uploads.plan_missing(session, now=now, since=since)
    return planned


def _serve(
    platform: Flask,
    gateway: TakesUploads,
    outlet_code: str,
    goes_on: Callable[[], bool],
) -> tuple[int, int]:
    """Send what is due at one outlet; tells how many were accepted and how many were not."""
    engine, clock_ = platform.extensions["engine"], platform.extensions["clock"]
    vault, well, ill = platform.extensions["desk"].vault, 0, 0
    while goes_on():
        try:
            msgid = gateway.number(outlet_code)
        except Unanswered as error:
            log.warning("no upload number", outlet=outlet_code, error=str(error))
            break
        with db.open_session(engine) as session:
            due = uploads.claim(session, vault, outlet_code, msgid, now=clock_.now())
        if due is None:
            break
        outcome = uploads.send(gateway, due)
        with db.open_session(engine) as session:
            uploads.conclude(session, due, outcome, now=clock_.now())
        if outcome.kind == "accepted":
            well += 1
            continue
        ill += 1
        log.warning("upload failed", outlet=outlet_code, infno=due.infno, msgid=msgid)
        if outcome.kind == "unanswered":
            break
    return well, ill


def sent_again(upload_id: UUID) -> None:
    """Let an upload that was refused be sent again."""
    uploads.send_again(
        db.session(), upload_id, whose=whose(), by=caller().user, now=clock.now()
    )


def dropped(upload_id: UUID, reason: str) -> None:
    """Give up an upload that was refused, with a reason."""
    uploads.drop(
        db.session(),
        upload_id,
        reason=reason,
        whose=whose(),
        by=caller().user,
        now=clock.now(),
    )

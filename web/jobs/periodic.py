"""What is done again and again, told in one place: by which name, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Event

import structlog
from flask import Flask

from routing import service as routing
from web import (
    anchoring,
    client_keys,
    db,
    resealing,
    retention,
    riding,
    sweeping,
    uploading,
)
from web.jobs import audits, catalogues, cities, matchings, plannings, sitings
from web.jobs.port import EVERY, JOBS, Handlers, Jobs, Payload
from web.leading import leads
from web.settings import Settings
from web.webhooks import delivery

TICK_S = 0.5
DAY_S = 24 * 3600
PLANNINGS_S = 10
CATALOGUES_S = 30
SITINGS_S = 30
IN_FORCE_S = 600
SENDING_S_MAX = 20.0  # a round of delivery; the next one goes on
log = structlog.stdlib.get_logger("yaoda.web")


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that comes every so many seconds."""

    name: str
    every_s: int


def periodic_of(settings: Settings) -> tuple[Periodic, ...]:
    """List what comes again and again on this installation."""
    return (
        Periodic("sweep", settings.sweep_seconds),
        Periodic("seal", settings.seal_seconds),
        Periodic("notices", settings.notice_seconds),
        Periodic("notices_all", DAY_S),
        Periodic("plannings", PLANNINGS_S),
        Periodic("sitings", SITINGS_S),
        Periodic("catalogues", CATALOGUES_S),
        Periodic("matchings", CATALOGUES_S),
        Periodic("audits", CATALOGUES_S),
        Periodic("in_force", IN_FORCE_S),
        Periodic(riding.WATCH, settings.watch_seconds),
        Periodic("forget", 3600),
        Periodic("reseal", 3600),
        Periodic(retention.JOB, 3600),
        *_uploads(settings),
    )


def _uploads(settings: Settings) -> Sequence[Periodic]:
    """List what comes where a platform is spoken to that is told of sales."""
    if settings.gateway_url is None:
        return ()
    often = Periodic("uploads", settings.upload_seconds)
    return (often, Periodic("uploads_all", DAY_S))


def handlers_of(platform: Flask, stop: Event) -> Handlers:
    """Give what does each job."""

    def notices(payload: Payload) -> None:
        delivery.deliver(platform, seconds_max=SENDING_S_MAX, stop=stop)

    def notices_all(payload: Payload) -> None:
        delivery.deliver(
            platform, seconds_max=SENDING_S_MAX, stop=stop, everything=True
        )

    def uploads(payload: Payload) -> None:
        uploading.upload(platform, seconds_max=SENDING_S_MAX, stop=stop)

    def uploads_all(payload: Payload) -> None:
        uploading.upload(
            platform, seconds_max=SENDING_S_MAX, stop=stop, everything=True
        )

    def forget(payload: Payload) -> None:
        now = platform.extensions["clock"].now()
        with db.open_session(platform.extensions["engine"]) as session:
            client_keys.purge(session, now)
        keep_days = platform.extensions["settings"].positions_keep_days
        with db.open_session(platform.extensions["engine"]) as session:
            routing.forget_positions(session, keep_days=keep_days, now=now)
        delivery.purge(platform)
        jobs: Jobs = platform.extensions[JOBS]
        jobs.forget()

    return {
        "sweep": lambda _payload: sweeping.sweep(platform),
        "seal": lambda _payload: anchoring.seal_and_anchor(platform),
        "notices": notices,
        "notices_all": notices_all,
        "plannings": lambda _payload: plannings.make_up(platform),
        plannings.PLANNING: partial(plannings.carry_out, platform, stop),
        cities.CITY_DAY: partial(cities.carry_out, platform, stop),
        "sitings": lambda _payload: sitings.make_up(platform),
        sitings.SITING: partial(sitings.carry_out, platform),
        "catalogues": lambda _payload: catalogues.make_up(platform),
        riding.WATCH: lambda _payload: riding.watch(platform),
        "in_force": lambda _payload: catalogues.put_in_force(platform),
        "matchings": lambda _payload: matchings.make_up(platform),
        matchings.MATCHING: partial(matchings.carry_out, platform),
        "audits": lambda _payload: audits.make_up(platform),
        audits.AUDIT: partial(audits.carry_out, platform),
        catalogues.CATALOGUE: partial(catalogues.carry_out, platform),
        "forget": forget,
        retention.JOB: lambda _payload: retention.run(
            platform, by=retention.BY_JOB, stop=stop
        ),
        "reseal": lambda _payload: resealing.catch_up(platform),
        "uploads": uploads,
        "uploads_all": uploads_all,
    }


def tick(
    jobs: Jobs, listed: Sequence[Periodic], done: dict[str, int], now: datetime
) -> None:
    """Hand in what is due in this slice of time and was not handed in by us before.

    The key of a slice keeps others from handing it in too; what still waits from the
    slice before is not joined by another.
    """
    for each in listed:
        slot = int(now.timestamp()) // each.every_s
        if done.get(each.name) == slot:
            continue
        key = f"{EVERY}{each.name}:{slot}"
        jobs.submit(each.name, {}, key=key, alone=True)
        done[each.name] = slot


def keep_ticking(platform: Flask, jobs: Jobs, stop: Event) -> None:
    """Hand periodic jobs in until told to stop, while this process leads."""
    listed = periodic_of(platform.extensions["settings"])
    clock, done = platform.extensions["clock"], dict[str, int]()
    while not stop.wait(TICK_S):
        try:
            if not leads(platform):
                platform.extensions[sweeping.NEXT] = None
                continue
            now = clock.now()
            tick(jobs, listed, done, now)
            sweeping.note_next(platform, now)
        except Exception as error:
            # The database or the disk may be away for a while: the next tick tries again.
            log.error("ticking failed", kind=type(error).__name__)

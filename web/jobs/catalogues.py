"""The jobs of the catalogue: try a file or put it in, and what begins to hold with a day."""

from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlmodel import Session

from dispensing.conditions import CONDITIONS
from dispensing.days import day_of
from pharmacies.catalogue import service, upload_service
from web import db
from web.jobs.port import JOBS, Jobs, Payload

CATALOGUE = "catalogue"  # the name of the job
LOOKED_BACK = timedelta(days=10)  # for days on which nobody worked
# A file may name a disease by its slug or as the text prints it.
DISEASES = {name: slug for slug, one in CONDITIONS.items() for name in (slug, one.name)}


def hand_in(jobs: Jobs, one: upload_service.MedicineFileView) -> None:
    """Let a worker take a file on; one that is handed in again is done once."""
    jobs.submit(CATALOGUE, {"id": str(one.id)}, key=f"{CATALOGUE}:{one.id}:{one.act}")


def carry_out(platform: Flask, payload: Payload) -> None:
    """Try one file or put it in."""
    extensions = platform.extensions

    def open_session(read_only: bool) -> Session:
        return db.open_session(extensions["engine"], read_only=read_only)

    clock = extensions["clock"]
    upload_service.carry_out(
        open_session,
        UUID(payload["id"]),
        DISEASES,
        now=clock.now,
        today=day_of(clock.now()),
    )


def make_up(platform: Flask) -> None:
    """Hand in again what lost its worker, or was never taken on."""
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        left = upload_service.waiting(session, now)
    jobs: Jobs = platform.extensions[JOBS]
    for id_ in left:
        slot = int(now.timestamp() // upload_service.LOST_AFTER.total_seconds())
        jobs.submit(CATALOGUE, {"id": str(id_)}, key=f"{CATALOGUE}:{id_}:{slot}")


def put_in_force(platform: Flask) -> None:
    """Let what holds from today on stand in the catalogue."""
    today = day_of(platform.extensions["clock"].now())
    with db.open_session(platform.extensions["engine"]) as session:
        service.put_in_force(session, today, today - LOOKED_BACK)

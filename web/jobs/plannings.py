"""The job that carries a planning out, and the one that makes up for what was cut off."""

from functools import partial
from threading import Event
from uuid import UUID

from flask import Flask

from routing import service
from web import db
from web.jobs.port import JOBS, Jobs, Payload

PLANNING = "planning"  # the name of the job


def hand_in(jobs: Jobs, id_: UUID) -> None:
    """Let a worker carry a planning out; one that is handed in again is done once."""
    jobs.submit(PLANNING, {"id": str(id_)}, key=f"{PLANNING}:{id_}")


def carry_out(platform: Flask, stop: Event, payload: Payload) -> None:
    """Do one planning; it ends with its best plan where the worker has to end."""
    extensions = platform.extensions
    service.carry_out(
        partial(db.open_session, extensions["engine"]),
        extensions["desk"],
        UUID(payload["id"]),
        clock=extensions["clock"].now,
        stop=stop.is_set,
        travel=extensions["travel"],
    )


def make_up(platform: Flask) -> None:
    """End what lost its worker, and hand in again what was asked for and never begun."""
    with db.open_session(platform.extensions["engine"]) as session:
        now = platform.extensions["clock"].now()
        waiting = service.waiting_plannings(session, now=now)
    jobs: Jobs = platform.extensions[JOBS]
    for id_ in waiting:
        hand_in(jobs, id_)

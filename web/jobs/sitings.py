"""The job that searches for places, and the one that makes up for what was never begun."""

from uuid import UUID

from flask import Flask
from sqlmodel import Session

from routing.service.siting_jobs import carry_out_siting, waiting_sitings
from web import db
from web.jobs.port import JOBS, Jobs, Payload

SITING = "siting"  # the name of the job


def hand_in(jobs: Jobs, id_: UUID) -> None:
    """Let a worker search; a search that is handed in again is done once."""
    jobs.submit(SITING, {"id": str(id_)}, key=f"{SITING}:{id_}")


def carry_out(platform: Flask, payload: Payload) -> None:
    """Do one search."""
    extensions = platform.extensions

    def open_session(read_only: bool) -> Session:
        return db.open_session(extensions["engine"], read_only=read_only)

    carry_out_siting(
        open_session,
        extensions["desk"].vault,
        UUID(payload["id"]),
        extensions["travel"],
        now=extensions["clock"].now,
    )


def make_up(platform: Flask) -> None:
    """End what lost its worker, and hand in again what was never begun."""
    with db.open_session(platform.extensions["engine"]) as session:
        now = platform.extensions["clock"].now()
        waiting = waiting_sitings(session, now)
    jobs: Jobs = platform.extensions[JOBS]
    for id_ in waiting:
        hand_in(jobs, id_)

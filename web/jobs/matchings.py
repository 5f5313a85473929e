"""The job of matching: try a file, take it, or run; done once however often it is handed in."""

from uuid import UUID

from flask import Flask
from sqlmodel import Session

from dispensing.service.matching import tasks
from web import db
from web.jobs.port import JOBS, Jobs, Payload

MATCHING = "matching"  # the name of the job


def hand_in(jobs: Jobs, id_: UUID, act: str) -> None:
    """Let a worker take a task on."""
    jobs.submit(MATCHING, {"id": str(id_)}, key=f"{MATCHING}:{id_}:{act}")


def carry_out(platform: Flask, payload: Payload) -> None:
    """Do one task."""
    extensions = platform.extensions
    desk, region = extensions["desk"], extensions["settings"].region

    def open_session(read_only: bool) -> Session:
        return db.open_session(extensions["engine"], read_only=read_only)

    tasks.carry_out(
        open_session,
        desk.vault,
        lambda day: desk.rules_of(region, day),
        UUID(payload["id"]),
        now=extensions["clock"].now,
    )


def make_up(platform: Flask) -> None:
    """Hand in again what lost its worker, or was never taken on."""
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        left = tasks.waiting(session, now)
    jobs: Jobs = platform.extensions[JOBS]
    for id_, act in left:
        slot = int(now.timestamp() // tasks.LOST_AFTER.total_seconds())
        jobs.submit(MATCHING, {"id": str(id_)}, key=f"{MATCHING}:{id_}:{act}:{slot}")

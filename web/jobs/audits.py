"""The job of smart audit: run the rules; done once however often it is handed in."""

from uuid import UUID

from flask import Flask
from sqlmodel import Session

from dispensing.service.smart import tasks
from dispensing.service.smart.runs import AskedAudit
from dispensing.smart.alarms import Audit
from web import db, looking_through
from web.jobs.port import JOBS, Jobs, Payload

AUDIT = "smart_audit"  # the name of the job


def hand_in(jobs: Jobs, id_: UUID) -> None:
    """Let a worker take a run on."""
    jobs.submit(AUDIT, {"id": str(id_)}, key=f"{AUDIT}:{id_}")


def carry_out(platform: Flask, payload: Payload) -> None:
    """Do one run."""
    extensions = platform.extensions

    def open_session(read_only: bool) -> Session:
        return db.open_session(extensions["engine"], read_only=read_only)

    def look(session: Session, asked: AskedAudit) -> Audit:
        return looking_through.looked_through(session, extensions["desk"], asked)

    now = extensions["clock"].now
    tasks.carry_out(open_session, look, UUID(payload["id"]), now=now)


def make_up(platform: Flask) -> None:
    """Hand in again what lost its worker, or was never taken on."""
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        left = tasks.waiting(session, now)
    jobs: Jobs = platform.extensions[JOBS]
    for id_ in left:
        slot = int(now.timestamp() // tasks.LOST_AFTER.total_seconds())
        jobs.submit(AUDIT, {"id": str(id_)}, key=f"{AUDIT}:{id_}:{slot}")

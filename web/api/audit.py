"""The audit chain over the interface: its state, and a walk over it."""

from apiflask import APIBlueprint
from flask import current_app
from flask.typing import ResponseReturnValue

from web import auditing
from web.auditing import AuditState, Verification
from web.auth import caller, may
from web.openapi import answers, reply

bp = APIBlueprint("audit", __name__, url_prefix="/api")


@bp.get("/audit")
@may("audit.read")
@answers({200: AuditState})
def state() -> ResponseReturnValue:
    """Show how far the chains are sealed and anchored, by pooling area (统筹区)."""
    return reply(auditing.state(current_app, auditing.area_of(caller())))


@bp.post("/audit/verification")
@may("audit.verify")
@answers({200: Verification})
def verify() -> ResponseReturnValue:
    """Walk over the chains, the facts and the anchors; the first break is where to look."""
    return reply(auditing.verify(current_app, auditing.area_of(caller())))

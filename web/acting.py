"""Who acts in a request: the name and role that the audit chain keeps."""

from flask import has_request_context

from dispensing import service
from dispensing.service import Actor
from web.auth import HOMES, caller_or_none


def init_app() -> None:
    """Let the records of the audit chain carry who is signed in."""
    service.name_actors(_actor)


def _actor() -> Actor | None:
    who = caller_or_none() if has_request_context() else None
    if who is None:
        return None
    role = next((role for role in HOMES if role in who.roles), "")
    # A patient's account may be named like the patient: the number will do.
    return Actor(who.subject if role == "patient" else who.user, role)

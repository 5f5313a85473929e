"""Masked values over the interface: one with a reason, several with a second person."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.locking_away import KeptCase
from dispensing.service.unmasking import Opened, Opener
from web import unmasking
from web.auth import may
from web.openapi import answers, reply
from web.schemas_approvals import LockedOpened, ManyOpened, ValueOpened

bp = APIBlueprint("openings", __name__, url_prefix="/api/openings")


@bp.post("")
@may("value.open")
@bp.input(
    ValueOpened,
    arg_name="form",
    example={
        "field": "phone",
        "reason": "contact",
        "note": "药品到货，通知患者",
        "person_no": "I000000001",
    },
)
@answers({200: Opened})
def one(form: ValueOpened) -> ResponseReturnValue:
    """Open one masked value of a person, on record; the patient reads who looked and why."""
    return reply(unmasking.opened(form))


@bp.post("/many")
@may("value.open_many")
@bp.input(
    ManyOpened,
    arg_name="form",
    example={
        "people": ["I000000001", "I000000002"],
        "fields": ["phone"],
        "reason": "inspection",
        "note": "召回通知",
    },
)
@answers({200: tuple[Opened, ...]})
def many(form: ManyOpened) -> ResponseReturnValue:
    """Open values of several people, once, after another officer has approved exactly this."""
    return reply(unmasking.many_opened(form))


@bp.post("/locked")
@may("locked.open")
@bp.input(
    LockedOpened,
    arg_name="form",
    example={
        "prescription_id": "00000000-0000-4000-8000-000000000000",
        "reason": "inspection",
        "note": "核查基金使用",
    },
)
@answers({200: KeptCase})
def locked(form: LockedOpened) -> ResponseReturnValue:
    """Open what is locked since its patient closed the account, on record."""
    return reply(unmasking.locked_opened(form))


@bp.get("/accounts")
@may("opening.read")
@answers({200: tuple[Opener, ...]})
def openers() -> ResponseReturnValue:
    """List the accounts that opened many values today."""
    return reply(tuple(unmasking.many_openers()))

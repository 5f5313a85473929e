"""The money of an outlet over the interface: how shares are paid, and the till's closing."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service.views import ClosingView, PurseView, TenderView, TillView
from web import client_keys, clock, db
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import Counted, HandIn, Tendered

bp = APIBlueprint("till", __name__, url_prefix="/api")


@bp.get("/till")
@may("till.read")
@answers({200: TillView})
def show() -> ResponseReturnValue:
    """Tell what this outlet's till should hold since it was last closed."""
    return reply(service.till(db.session(), caller().subject))


@bp.get("/till/closings")
@may("till.read")
@answers({200: list[ClosingView]})
def closings() -> ResponseReturnValue:
    """List this outlet's closings, the latest first."""
    return reply(service.closings(db.session(), caller().subject))


@bp.post("/till/closings")
@may("till.close")
@bp.input(
    Counted,
    arg_name="form",
    example={
        "counted": {"cash": 12600, "bank_card": 0, "mobile": 3570},
        "reason": "",
    },
)
@answers({201: ClosingView})
def close(form: Counted) -> ResponseReturnValue:
    """Close the till against what was counted; a difference needs a reason."""
    closed = service.close_till(
        db.session(),
        outlet_code=caller().subject,
        counted=form.counted.model_dump(),
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
        act_id=client_keys.act_id(),
        after=form.after,
    )
    return reply(closed, 201)


@bp.post("/till/hand-ins")
@may("till.enter")
@bp.input(HandIn, arg_name="form", example={"courier": "C001", "amount_fen": 1260})
@answers({201: PurseView})
def hand_in(form: HandIn) -> ResponseReturnValue:
    """Take in cash that a courier collected at the door."""
    left = service.hand_in(
        db.session(),
        outlet_code=caller().subject,
        courier_code=form.courier,
        amount_fen=form.amount_fen,
        by=caller().user,
        now=clock.now(),
        act_id=client_keys.act_id(),
    )
    return reply(left, 201)


@bp.get("/settlements/<uuid:settlement_id>/tenders")
@may("till.read")
@answers({200: TenderView})
def tenders(settlement_id: UUID) -> ResponseReturnValue:
    """Tell how the patient's own share of a settlement is paid."""
    return reply(service.tenders(db.session(), settlement_id, caller().subject))


@bp.put("/settlements/<uuid:settlement_id>/tenders")
@may("till.enter")
@bp.input(Tendered, arg_name="form", example={"parts": {"cash": 260, "mobile": 1000}})
@answers({200: TenderView})
def tender(settlement_id: UUID, form: Tendered) -> ResponseReturnValue:
    """Record how the patient pays the own share; another division replaces the first."""
    paid = service.tender(
        db.session(),
        settlement_id=settlement_id,
        outlet_code=caller().subject,
        parts=form.parts.model_dump(),
        by=caller().user,
        now=clock.now(),
    )
    return reply(paid)

"""An outlet's stock (库存) over the interface: on hand, receipts, losses and counts."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from pharmacies import service as pharmacies
from pharmacies.gs1 import Label
from pharmacies.labelled import label_of
from pharmacies.movements import Act, Movement, OnHand
from pharmacies.stock import is_trace_code
from web import client_keys, clock, db
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_stock import StockCount, StockMovement

bp = APIBlueprint("stock", __name__, url_prefix="/api/stock")


@bp.get("")
@may("stock.read")
@answers({200: tuple[OnHand, ...]})
def on_hand() -> ResponseReturnValue:
    """List what this outlet has by its movements."""
    return reply(pharmacies.on_hand(db.session(), caller().subject))


@bp.get("/movements")
@may("stock.read")
@answers({200: tuple[Movement, ...]})
def movements() -> ResponseReturnValue:
    """List this outlet's last movements, the latest first."""
    return reply(pharmacies.movements(db.session(), caller().subject))


@bp.post("/movements")
@may("stock.enter")
@bp.input(
    StockMovement,
    arg_name="form",
    example={
        "kind": "received",
        "medicine": "XC08CA01000000000000001",
        "quantity": 100,
        "batch": "20250801",
        "reason": "",
    },
)
@answers({201: OnHand})
def move(form: StockMovement) -> ResponseReturnValue:
    """Enter a receipt or a loss; tells what is on hand then."""
    return reply(moved(form), 201)


@bp.post("/counts")
@may("stock.enter")
@bp.input(
    StockCount,
    arg_name="form",
    example={
        "medicine": "XC08CA01000000000000001",
        "counted": 97,
        "reason": "月末盘点",
    },
)
@answers({201: OnHand})
def count(form: StockCount) -> ResponseReturnValue:
    """Enter what was counted; what differs becomes a movement."""
    return reply(counted(form), 201)


def moved(form: StockMovement) -> OnHand:
    """Enter a movement as the form says, and the code of a box where it was scanned."""
    session, batch = db.session(), form.batch or ""
    label, codes = Label(), form.codes
    if form.label.strip():
        label = label_of(session, form.medicine, form.label, batch)
        if is_trace_code(label.serial) and form.kind == "received":
            codes = [*codes, label.serial]
    return pharmacies.move_stock(
        session,
        _act(form.reason),
        kind=form.kind,
        medicine_code=form.medicine,
        quantity=form.quantity,
        batch=batch or label.batch,
        act_id=client_keys.act_id(),
        expires_on=form.expires_on or label.expires_on,
        codes=codes,
    )


def counted(form: StockCount) -> OnHand:
    """Enter a count as the form says."""
    return pharmacies.count_stock(
        db.session(),
        _act(form.reason),
        medicine_code=form.medicine,
        counted=form.counted,
        batch=form.batch,
        act_id=client_keys.act_id(),
    )


def _act(reason: str) -> Act:
    who, now = caller(), clock.now()
    on = service.books_day(db.session(), who.subject, now)
    return Act(who.subject, on, now, who.user, reason=reason)

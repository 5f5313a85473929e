"""Promises (送达承诺) over the interface: as they stand, and why one is late."""

from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from routing.service import blaming, promising
from routing.service.promising import PromiseView
from web import clock, db, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import Strict, Text

bp = APIBlueprint("promises", __name__, url_prefix="/api")


class DelayForm(Strict):
    """Why an order is late, as far as no record tells it."""

    kind: Literal["weather", "traffic", "patient", "pharmacy", "other"]
    words: Text


@bp.get("/orders/<uuid:order_id>/promise")
@may("promise.read")
@answers({200: PromiseView})
def show(order_id: UUID) -> ResponseReturnValue:
    """Tell until when an order was promised, whether that was kept, else by whom and why not."""
    return reply(of_order(order_id))


@bp.post("/orders/<uuid:order_id>/delay-reasons")
@may("delay.explain")
@bp.input(
    DelayForm, arg_name="form", example={"kind": "weather", "words": "台风橙色预警"}
)
@answers({201: PromiseView})
def explain(order_id: UUID, form: DelayForm) -> ResponseReturnValue:
    """Enter why an order of the caller's firm is late; its facts stay as they are."""
    return reply(explained(order_id, form), 201)


def of_order(order_id: UUID) -> PromiseView:
    """Tell the promise of an order to whoever may see the order."""
    scope.order(order_id)
    return promising.promise(db.session(), order_id, now=clock.now())


def explained(order_id: UUID, form: DelayForm) -> PromiseView:
    """Enter why an order of the calling firm is late."""
    return blaming.explain_delay(
        db.session(),
        order_id=order_id,
        carrier_code=caller().subject,
        kind=form.kind,
        words=form.words,
        by=caller().user,
        now=clock.now(),
    )

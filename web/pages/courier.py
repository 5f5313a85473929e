"""The courier's face: my stops in order, hand over, failure."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from routing import service
from web import clock, db, parts
from web.api.cases import broke_down
from web.api.dispatch import door_of
from web.auth import caller, login_as
from web.live import seen
from web.pages import forms
from web.schemas_door import Failure, Handover

bp = Blueprint("courier_pages", __name__, url_prefix="/courier")


@bp.get("")
@login_as("courier", page=True)
def home() -> ResponseReturnValue:
    """Show the caller's routes of today, stop by stop."""
    seen.note()
    session, code = db.session(), caller().subject
    routes = service.routes(session, parts.desk(), code, clock.today())
    orders = {stop.order_id for it in routes for stop in it.stops if stop.order_id}
    return render_template(
        "courier/home.html",
        routes=routes,
        arrivals=service.arrivals_of_courier(
            session, code, parts.live_travel(), now=clock.now()
        ),
        cases=service.case_words(session, orders),
    )


@bp.post("/breakdown")
@login_as("courier", page=True)
def break_down() -> ResponseReturnValue:
    """Report that the vehicle broke down."""
    broke_down()
    return redirect(url_for(".home"))


@bp.post("/routes/<uuid:route_id>/depart")
@login_as("courier", page=True)
def depart(route_id: UUID) -> ResponseReturnValue:
    """Set out on a route."""
    service.depart(
        db.session(),
        parts.desk(),
        route_id=route_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/pick-up")
@login_as("courier", page=True)
def pick_up(order_id: UUID) -> ResponseReturnValue:
    """Pick one parcel up."""
    service.pick_up(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/hand-over")
@login_as("courier", page=True)
def hand_over(order_id: UUID) -> ResponseReturnValue:
    """Hand an order over against the patient's six digits."""
    form = forms.read(
        Handover,
        proxy=forms.proxy("patient_id_number"),
        seal_intact=request.form.get("seal") == "intact",
    )
    service.hand_over(
        db.session(),
        parts.desk(),
        secret=parts.keys().handover,
        signed_by=parts.ring().public(),
        order_id=order_id,
        courier_code=caller().subject,
        door=door_of(form),
        now=clock.now(),
    )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/fail")
@login_as("courier", page=True)
def fail(order_id: UUID) -> ResponseReturnValue:
    """Record a delivery that failed."""
    form = forms.read(Failure)
    service.fail(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        reason=form.reason,
        outcome=form.outcome,
        now=clock.now(),
    )
    return redirect(url_for(".home"))

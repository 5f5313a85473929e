"""The dispatcher's face: orders waiting, a plan, its map and stops, commit."""

from collections import Counter
from datetime import time
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from routing import service
from web import chart, clock, db, parts, scope
from web.api.dispatch import slice_of
from web.auth import caller, login_as
from web.pages import forms
from web.schemas import PlanRequest

bp = Blueprint("dispatch_pages", __name__, url_prefix="/dispatch")

SLICES = ((time(9), time(13)), (time(13), time(19)))


@bp.get("")
@login_as("dispatch", page=True)
def home() -> ResponseReturnValue:
    """Show the orders that wait, by slice, and the plans of the day."""
    day = forms.day_asked(clock.today())
    session, firm = db.session(), caller().subject
    waiting = service.orders_waiting(session, parts.desk(), firm, day)
    opens = Counter(order.window_opens for order in waiting)
    return render_template(
        "dispatch/home.html",
        day=day,
        slices=SLICES,
        waiting=waiting,
        by_hour=sorted(opens.items()),
        plans=service.plans(session, parts.desk(), firm, day),
    )


@bp.post("")
@login_as("dispatch", page=True)
def make_plan() -> ResponseReturnValue:
    """Plan one slice of a day."""
    opens, _, closes = forms.text("slice", 20).partition("-")
    form = forms.read(PlanRequest, slice_opens=opens, slice_closes=closes)
    made = service.plan_slice(
        db.session(), parts.desk(), slice_of(form), now=clock.now()
    )
    return redirect(url_for(".show", plan_id=made.id))


@bp.get("/plans/<uuid:plan_id>")
@login_as("dispatch", page=True)
def show(plan_id: UUID) -> ResponseReturnValue:
    """Show a plan: map, stops of each courier, and what stays behind and why."""
    return render_template("dispatch/plan.html", plan=scope.plan(plan_id))


@bp.get("/plans/<uuid:plan_id>/map.svg")
@login_as("dispatch", page=True)
def drawn(plan_id: UUID) -> ResponseReturnValue:
    """Draw a plan's routes over the outlines of the districts."""
    picture = chart.draw(scope.plan(plan_id).routes, parts.settings().basemap)
    return Response(picture, content_type="image/svg+xml; charset=utf-8")


@bp.post("/plans/<uuid:plan_id>/commit")
@login_as("dispatch", page=True)
def commit(plan_id: UUID) -> ResponseReturnValue:
    """Commit a plan to its couriers."""
    service.commit_plan(
        db.session(),
        parts.desk(),
        plan_id=plan_id,
        carrier_code=caller().subject,
        now=clock.now(),
    )
    return redirect(url_for(".show", plan_id=plan_id))

"""The dispatcher's face: orders waiting, a plan, its map and stops, commit."""

from datetime import date, time
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pharmacies import service as network
from pharmacies.qualifications import expiring
from pharmacies.register_service import qualifications
from routing import service
from routing.service import PlanningView
from routing.service.views import EditView
from web import chart, clock, db, parts, scope
from web.api.dispatch import ask_plan, cancelled
from web.api.plans import ask_replan, edited, locked, relaxed, undone
from web.auth import caller, login_as
from web.live import seen
from web.pages import forms
from web.schemas import PlanRequest
from web.schemas_plans import EditRequest, LockRequest, RelaxRequest, ReplanRequest

bp = Blueprint("dispatch_pages", __name__, url_prefix="/dispatch")

WARNED_DAYS = 60  # before a paper of the firm ends

SLICES = ((time(9), time(13)), (time(13), time(19)))


@bp.get("")
@login_as("dispatch", page=True)
def home() -> ResponseReturnValue:
    """Show the orders that wait, by slice, and the plans of the day."""
    seen.note()
    day = forms.day_asked(clock.today())
    session, firm = db.session(), caller().subject
    page = forms.page_asked()
    waiting = service.orders_waiting(session, parts.desk(), firm, day, page=page)
    return render_template(
        "dispatch/home.html",
        day=day,
        slices=SLICES,
        waiting=waiting,
        page=page,
        plans=service.plans(session, parts.desk(), firm, day),
        plannings=_unfinished(firm, day),
        expiring=expiring(qualifications(session, [firm]), clock.today(), WARNED_DAYS),
    )


@bp.post("")
@login_as("dispatch", page=True)
def make_plan() -> ResponseReturnValue:
    """Plan one slice of a day."""
    opens, _, closes = forms.text("slice", 20).partition("-")
    form = forms.read(PlanRequest, slice_opens=opens, slice_closes=closes)
    return redirect(url_for(".show_planning", planning_id=ask_plan(form).id))


@bp.get("/plannings/<uuid:planning_id>")
@login_as("dispatch", page=True)
def show_planning(planning_id: UUID) -> ResponseReturnValue:
    """Show how far a planning is; once it has its draft, show that."""
    found = scope.planning(planning_id)
    if found.plan_id is not None:
        return redirect(url_for(".show", plan_id=found.plan_id))
    return render_template("dispatch/planning.html", it=found)


@bp.get("/plannings/<uuid:planning_id>/progress")
@login_as("dispatch", page=True)
def progress(planning_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that changes while a planning runs."""
    return render_template("dispatch/progress.html", it=scope.planning(planning_id))


@bp.post("/plannings/<uuid:planning_id>/cancel")
@login_as("dispatch", page=True)
def cancel(planning_id: UUID) -> ResponseReturnValue:
    """End a planning, and keep the best plan found so far."""
    cancelled(planning_id)
    return redirect(url_for(".show_planning", planning_id=planning_id))


@bp.get("/plans/<uuid:plan_id>")
@login_as("dispatch", page=True)
def show(plan_id: UUID) -> ResponseReturnValue:
    """Show a plan: map, stops of each courier, and what stays behind and why."""
    seen.note()
    return _shown(plan_id)


@bp.post("/plans/<uuid:plan_id>/replan")
@login_as("dispatch", page=True)
def replan(plan_id: UUID) -> ResponseReturnValue:
    """Plan the open rest anew; what was begun or locked stays."""
    absent = forms.text("courier", 20)
    gone = [{"courier": absent, "aboard": forms.text("aboard", 20) or "met"}]
    form = forms.read(ReplanRequest, absent=gone if absent else [])
    asked = ask_replan(plan_id, form)
    return redirect(url_for(".show_planning", planning_id=asked.id))


@bp.post("/plans/<uuid:plan_id>/relax")
@login_as("dispatch", page=True)
def relax(plan_id: UUID) -> ResponseReturnValue:
    """Grant what an order left behind needs, and plan it in."""
    asked = relaxed(plan_id, forms.read(RelaxRequest))
    return redirect(url_for(".show_planning", planning_id=asked.id))


@bp.post("/plans/<uuid:plan_id>/edit")
@login_as("dispatch", page=True)
def edit(plan_id: UUID) -> ResponseReturnValue:
    """Move a parcel to a courier, or only say what that would cost and break."""
    form = forms.read(EditRequest)
    only_try = forms.text("act", 5) == "try"
    found = edited(plan_id, form, only_try=only_try)
    return _shown(plan_id, tried=found)


@bp.post("/plans/<uuid:plan_id>/undo")
@login_as("dispatch", page=True)
def undo(plan_id: UUID) -> ResponseReturnValue:
    """Undo the last move."""
    undone(plan_id)
    return redirect(url_for(".show", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/lock")
@login_as("dispatch", page=True)
def lock(plan_id: UUID) -> ResponseReturnValue:
    """Lock the stops of a route up to one, or set the route free."""
    route, no = str(forms.number("route")), forms.text("no", 5)
    named = {"stops": [{"route": route, "no": no}]} if no else {"routes": [route]}
    is_locked = forms.text("locked", 5) != "no"
    locked(plan_id, forms.read(LockRequest, locked=is_locked, **named))
    return redirect(url_for(".show", plan_id=plan_id))


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


def _unfinished(firm: str, day: date) -> list[PlanningView]:
    listed = service.plannings(db.session(), firm, day, now=clock.now())
    return [each for each in listed if each.state not in ("done", "cancelled")]


def _shown(plan_id: UUID, tried: EditView | None = None) -> ResponseReturnValue:
    plan, firm = scope.plan(plan_id), caller().subject
    session = db.session()
    return render_template(
        "dispatch/plan.html",
        plan=plan,
        tried=tried,
        acts=service.acts(session, plan_id, carrier_code=firm),
        crew=network.couriers(session, firm, plan.day),
        off=network.couriers_off(session, firm, plan.day),
    )

"""The dispatcher's face: orders waiting, a plan, its map and stops, commit."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from dispensing.errors import NotFound
from routing import service
from routing.problem import Prices
from routing.service import Board, Coming, Picked, PlanAct
from routing.service.views import EditView
from web import chart, clock, db, lanes, mapping, parts, scope
from web.api import promises
from web.api.dispatch import ask_plan, cancelled
from web.api.live_road import arrival_of, case_of
from web.api.plans import ask_replan, edited, locked, relaxed, undone
from web.auth import caller, may
from web.live import seen
from web.live.shared import shared
from web.pages import forms, left_behind, pool
from web.schemas_plans import (
    EditRequest,
    LockRequest,
    PlanRequest,
    RelaxRequest,
    ReplanRequest,
)
from web.words import language

bp = Blueprint("dispatch_pages", __name__, url_prefix="/dispatch")
PRICES = Prices()  # those that every plan is made with


@dataclass(frozen=True, slots=True)
class Looked:
    """A plan as it is looked at: its lanes, what was done to it, and what comes when."""

    plan: Board
    acts: tuple[PlanAct, ...]
    coming: Coming | None


@bp.get("")
@may("plan.read", page=True)
def home() -> ResponseReturnValue:
    """Show the orders that wait, by slice, and the plans of the day."""
    return pool.home()


@bp.post("")
@may("plan.make", page=True)
def make_plan() -> ResponseReturnValue:
    """Plan one slice of a day."""
    opens, _, closes = forms.text("slice", 20).partition("-")
    form = forms.read(PlanRequest, slice_opens=opens, slice_closes=closes)
    return redirect(url_for(".show_planning", planning_id=ask_plan(form).id))


@bp.get("/plannings/<uuid:planning_id>")
@may("plan.read", page=True)
def show_planning(planning_id: UUID) -> ResponseReturnValue:
    """Show how far a planning is; once it has its draft, show that."""
    found = scope.planning(planning_id)
    if found.plan_id is not None:
        return redirect(url_for(".show", plan_id=found.plan_id))
    return render_template("dispatch/planning.html", it=found)


@bp.get("/plannings/<uuid:planning_id>/progress")
@may("plan.read", page=True)
def progress(planning_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that changes while a planning runs."""
    return render_template("dispatch/progress.html", it=scope.planning(planning_id))


@bp.post("/plannings/<uuid:planning_id>/cancel")
@may("plan.make", page=True)
def cancel(planning_id: UUID) -> ResponseReturnValue:
    """End a planning, and keep the best plan found so far."""
    cancelled(planning_id)
    return redirect(url_for(".show_planning", planning_id=planning_id))


@bp.get("/plans/<uuid:plan_id>")
@may("plan.read", page=True)
def show(plan_id: UUID) -> ResponseReturnValue:
    """Show a plan: every courier's day, what stays behind and why, one route and one stop."""
    return _shown(plan_id)


@bp.get("/plans/<uuid:plan_id>/orders/<uuid:order_id>")
@may("plan.read", page=True)
def show_order(plan_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that tells of one order of a plan."""
    plan = _board(plan_id)
    one = _picked(plan, order_id)
    coming = _coming(plan) if one.lane else None
    return render_template(
        "dispatch/stop.html", plan=plan, one=one, **_on_the_way(order_id, coming)
    )


@bp.get("/plans/<uuid:plan_id>/couriers/<code>")
@may("plan.read", page=True)
def show_route(plan_id: UUID, code: str) -> ResponseReturnValue:
    """Give the part of the page that lists one courier's stops."""
    plan = _board(plan_id)
    return render_template(
        "dispatch/route.html", plan=plan, coming=_coming(plan), **_listed(plan, code)
    )


@bp.get("/plans/<uuid:plan_id>/arrivals")
@may("plan.read", page=True)
def expected(plan_id: UUID) -> ResponseReturnValue:
    """Give when the parcels ahead are expected now, as marks on the lanes."""
    plan = _board(plan_id)
    coming = _coming(plan)
    if coming is None:
        return Response(status=204)
    return lanes.expected(plan, lanes.axis_of(plan, clock.now()), coming)


@bp.post("/plans/<uuid:plan_id>/replan")
@may("plan.make", page=True)
def replan(plan_id: UUID) -> ResponseReturnValue:
    """Plan the open rest anew; what was begun or locked stays."""
    absent = forms.text("courier", 20)
    gone = [{"courier": absent, "aboard": forms.text("aboard", 20) or "met"}]
    form = forms.read(ReplanRequest, absent=gone if absent else [])
    asked = ask_replan(plan_id, form)
    return redirect(url_for(".show_planning", planning_id=asked.id))


@bp.post("/plans/<uuid:plan_id>/relax")
@may("plan.change", page=True)
def relax(plan_id: UUID) -> ResponseReturnValue:
    """Grant what an order left behind needs, and plan it in."""
    asked = relaxed(plan_id, forms.read(RelaxRequest))
    return redirect(url_for(".show_planning", planning_id=asked.id))


@bp.post("/plans/<uuid:plan_id>/edit")
@may("plan.change", page=True)
def edit(plan_id: UUID) -> ResponseReturnValue:
    """Move a parcel to a courier, or only say what that would cost and break."""
    form = forms.read(EditRequest)
    only_try = forms.text("act", 5) == "try"
    found = edited(plan_id, form, only_try=only_try)
    return _shown(plan_id, tried=found, order_id=form.order, code=form.courier)


@bp.post("/plans/<uuid:plan_id>/undo")
@may("plan.change", page=True)
def undo(plan_id: UUID) -> ResponseReturnValue:
    """Undo the last move."""
    undone(plan_id)
    return redirect(url_for(".show", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/lock")
@may("plan.change", page=True)
def lock(plan_id: UUID) -> ResponseReturnValue:
    """Lock the stops of a route up to one, or set the route free."""
    route, no = str(forms.number("route")), forms.text("no", 5)
    named = {"stops": [{"route": route, "no": no}]} if no else {"routes": [route]}
    is_locked = forms.text("locked", 5) != "no"
    plan = locked(plan_id, forms.read(LockRequest, locked=is_locked, **named))
    code = next(it.courier_code for it in plan.routes if str(it.id) == route)
    return redirect(url_for(".show", plan_id=plan_id, courier=code))


@bp.get("/plans/<uuid:plan_id>/map.svg")
@may("plan.read", page=True)
def drawn(plan_id: UUID) -> ResponseReturnValue:
    """Draw a plan's routes over the outlines of the districts."""
    picture = chart.draw(scope.plan(plan_id).routes, parts.settings().basemap)
    return Response(picture, content_type="image/svg+xml; charset=utf-8")


@bp.get("/plans/<uuid:plan_id>/map.json")
@may("plan.read", page=True)
def map_data(plan_id: UUID) -> ResponseReturnValue:
    """Give a plan's routes and stops to the map."""
    return jsonify(mapping.drawn(_board(plan_id), parts.desk().vault))


@bp.get("/ground.json")
@may("plan.read", page=True)
def ground() -> ResponseReturnValue:
    """Give the outlines that lie under the routes."""
    found = mapping.ground(parts.settings().basemap)
    answer = Response(found, content_type="application/geo+json; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@bp.post("/plans/<uuid:plan_id>/commit")
@may("plan.commit", page=True)
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


def _board(plan_id: UUID) -> Board:
    return service.board(db.session(), plan_id, carrier_code=caller().subject)


def _shown(
    plan_id: UUID,
    tried: EditView | None = None,
    order_id: UUID | None = None,
    code: str | None = None,
) -> ResponseReturnValue:
    seen.note()
    looked = shared(("plan", plan_id, caller().subject), lambda: _looked(plan_id))
    plan, coming = looked.plan, looked.coming
    asked = order_id or forms.id_asked("order")
    one = _picked(plan, asked) if asked else None
    code = (
        code
        or request.args.get("courier")
        or (one.lane.courier.code if one and one.lane else None)
    )
    axis, address = lanes.axis_of(plan, clock.now()), url_for(".show", plan_id=plan_id)
    drawn = shared(
        ("timeline", plan_id, caller().subject, language()),
        lambda: lanes.timeline(plan, axis, coming, address),
    )
    page, opened = forms.page_asked(), request.args.get("left", "")
    return render_template(
        "dispatch/plan.html",
        plan=plan,
        axis=axis,
        lanes=lanes,
        timeline=lanes.chosen(drawn, code or ""),
        tried=tried,
        one=one,
        acts=looked.acts,
        coming=coming,
        prices=PRICES,
        left=left_behind.grouped(plan.unserved, opened, page),
        more_time=left_behind.more_time(plan.unserved, plan.seconds_max),
        **(_on_the_way(asked, coming) if asked else {}),
        here=_address(plan_id, asked, code),
        **(_listed(plan, code) if code else {"lane": None, "stops": ()}),
    )


def _address(plan_id: UUID, order_id: UUID | None, code: str | None) -> str:
    """Give the address of a plan as it is looked at, so that it can be fetched again."""
    return url_for(
        ".show",
        plan_id=plan_id,
        order=order_id,
        courier=code,
        left=request.args.get("left"),
        page=request.args.get("page"),
    )


def _looked(plan_id: UUID) -> Looked:
    plan = _board(plan_id)
    acts = service.acts(db.session(), plan_id, carrier_code=caller().subject)
    return Looked(plan, acts, _coming(plan))


def _coming(plan: Board) -> Coming | None:
    """Tell what a plan on the road brings when; nothing where nothing is ahead."""
    if plan.state != "committed":
        return None
    session, desk, travel = db.session(), parts.desk(), parts.live_travel()
    found = service.coming(session, desk, plan.id, travel, now=clock.now())
    return found if found.arrivals else None


def _on_the_way(order_id: UUID, coming: Coming | None) -> dict[str, Any]:
    """Tell of one order: when it comes, its case, and its promise as it will stand."""
    behind = coming.behind if coming else ()
    late = next((it for it in behind if it.order_id == order_id), None)
    return {
        "arrival": arrival_of(order_id),
        "case": case_of(order_id),
        "promise": late or promises.of_order(order_id),
        "is_foretold": late is not None,
    }


def _picked(plan: Board, order_id: UUID) -> Picked:
    """Read one order of a plan with its place in it; NotFound where it is not of it."""
    return service.picked(db.session(), parts.desk(), plan, order_id)


def _listed(plan: Board, code: str) -> dict[str, Any]:
    """Give a courier's lane and its stops with their addresses; nothing for a stranger."""
    lane = next((it for it in plan.lanes if it.courier.code == code), None)
    if lane is None:
        raise NotFound("配送员", "courier")
    signs = service.signs(db.session(), parts.desk(), lane)
    return {"lane": lane, "stops": tuple(zip(lane.stops, signs, strict=True))}

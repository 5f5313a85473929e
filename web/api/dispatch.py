"""Dispatchers and couriers over the interface: plan, commit, depart, hand over, fail."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.views import OrderView
from routing import service
from routing.handover import Proxy
from routing.service import Door, PlanningView, Slice
from routing.service.views import PlanView, RouteView
from web import client_keys, clock, db, parts, planning, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import DayQuery
from web.schemas_door import Failure, Handover
from web.schemas_plans import PlanRequest

bp = APIBlueprint("dispatch", __name__, url_prefix="/api")

PLAN = {
    "day": "2025-09-15",
    "slice_opens": "13:00:00",
    "slice_closes": "18:00:00",
    "seconds_max": 10,
    "seed": 1,
}


@bp.post("/plans")
@may("plan.make")
@bp.input(PlanRequest, arg_name="form", example=PLAN)
@answers({202: PlanningView})
def make_plan(form: PlanRequest) -> ResponseReturnValue:
    """Ask for the routes of one slice of a day; a worker plans them, nothing is committed.

    The header Location says where to look how far it is.
    """
    return accepted(ask_plan(form))


@bp.get("/plannings")
@may("plan.read")
@bp.input(DayQuery, location="query", arg_name="asked")
@answers({200: tuple[PlanningView, ...]})
def list_plannings(asked: DayQuery) -> ResponseReturnValue:
    """List what was asked of the planner for a day, the latest first."""
    day = asked.day or clock.today()
    firm = caller().subject
    return reply(service.plannings(db.session(), firm, day, now=clock.now()))


@bp.get("/plannings/<uuid:planning_id>")
@may("plan.read")
@answers({200: PlanningView})
def show_planning(planning_id: UUID) -> ResponseReturnValue:
    """Tell how far a planning is: first plan, best so far, and its draft when it is over."""
    return reply(scope.planning(planning_id))


@bp.post("/plannings/<uuid:planning_id>/cancellation")
@may("plan.make")
@answers({200: PlanningView})
def cancel_planning(planning_id: UUID) -> ResponseReturnValue:
    """End a planning; the best plan found so far is kept as a draft."""
    return reply(cancelled(planning_id))


@bp.get("/plans/<uuid:plan_id>")
@may("plan.read")
@answers({200: PlanView})
def show_plan(plan_id: UUID) -> ResponseReturnValue:
    """Show one plan of the caller's firm."""
    return reply(scope.plan(plan_id))


@bp.post("/plans/<uuid:plan_id>/commitment")
@may("plan.commit")
@answers({200: PlanView})
def commit(plan_id: UUID) -> ResponseReturnValue:
    """Commit a plan, so that its couriers see their routes."""
    committed = service.commit_plan(
        db.session(),
        parts.desk(),
        plan_id=plan_id,
        carrier_code=caller().subject,
        now=clock.now(),
    )
    return reply(committed)


@bp.get("/routes")
@may("route.read")
@answers({200: tuple[RouteView, ...]})
def my_routes() -> ResponseReturnValue:
    """Show the caller's own routes of today."""
    return reply(
        service.routes(db.session(), parts.desk(), caller().subject, clock.today())
    )


@bp.get("/routes/<uuid:route_id>")
@may("route.read")
@answers({200: RouteView})
def show_route(route_id: UUID) -> ResponseReturnValue:
    """Show one route to its courier."""
    return reply(scope.route(route_id))


@bp.post("/routes/<uuid:route_id>/departure")
@may("route.depart")
@answers({200: RouteView})
def depart(route_id: UUID) -> ResponseReturnValue:
    """Set out on a route."""
    departed = service.depart(
        db.session(),
        parts.desk(),
        route_id=route_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return reply(departed)


@bp.post("/orders/<uuid:order_id>/pickup")
@may("order.pick_up")
@answers({200: OrderView})
def pick_up(order_id: UUID) -> ResponseReturnValue:
    """Pick one parcel up, at its outlet or from another courier."""
    picked = service.pick_up(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return reply(picked)


@bp.post("/orders/<uuid:order_id>/handover")
@may("order.hand_over")
@bp.input(
    Handover,
    arg_name="form",
    example={
        "code": "123456",
        "seal_intact": True,
        "receiver": "patient",
        "proxy": None,
        "temperature_dc": 45,
        "paid_by": "cash",
    },
)
@answers({200: OrderView})
def hand_over(order_id: UUID, form: Handover) -> ResponseReturnValue:
    """Hand an order over against the patient's six digits."""
    handed = service.hand_over(
        db.session(),
        parts.desk(),
        secret=parts.keys().handover,
        signed_by=parts.ring().public(),
        order_id=order_id,
        courier_code=caller().subject,
        door=door_of(form),
        now=clock.now(),
    )
    return reply(handed)


@bp.post("/orders/<uuid:order_id>/failure")
@may("order.fail")
@bp.input(Failure, arg_name="form", example={"reason": "not_home", "outcome": "return"})
@answers({200: OrderView})
def fail(order_id: UUID, form: Failure) -> ResponseReturnValue:
    """Record a delivery that failed: tried again later, or brought back and reversed."""
    failed = service.fail(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        reason=form.reason,
        outcome=form.outcome,
        now=clock.now(),
    )
    return reply(failed)


def ask_plan(form: PlanRequest) -> PlanningView:
    """Keep what was asked and hand it to a worker."""
    asked = service.ask_plan(
        db.session(),
        slice_of(form),
        id_=client_keys.act_id(),
        by=caller().user,
        now=clock.now(),
    )
    return planning.handed_in(asked)


def cancelled(planning_id: UUID) -> PlanningView:
    """End a planning of the caller's firm."""
    return service.cancel_planning(
        db.session(),
        planning_id,
        carrier_code=caller().subject,
        by=caller().user,
        now=clock.now(),
    )


def accepted(asked: PlanningView) -> ResponseReturnValue:
    """Answer that a worker will plan, and where to look."""
    place = {"Location": f"/api/plannings/{asked.id}"}
    return *reply(asked, 202), place


def slice_of(form: PlanRequest) -> Slice:
    """Say which slice of the caller's firm to plan."""
    return Slice(
        carrier_code=caller().subject,
        day=form.day,
        opens=form.slice_opens,
        closes=form.slice_closes,
        seed=form.seed,
        seconds_max=form.seconds_max,
        reserve_percent=parts.settings().plan_reserve_percent,
        only=tuple(form.orders),
    )


def door_of(form: Handover) -> Door:
    """Say what was shown and seen at the door."""
    shown = form.proxy
    proxy = (
        Proxy(shown.name, shown.id_number, shown.patient_id_number) if shown else None
    )
    return Door(
        code=form.code or "",
        seal_intact=form.seal_intact,
        proxy=proxy,
        temperature_dc=form.temperature_dc,
        paid_by=form.paid_by,
        taken_fen=form.taken_fen,
        token=form.token or "",
        id_number=form.id_number or "",
    )

"""Dispatchers over the interface: a plan that lives on through its day."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from routing import service
from routing.service import Absent, Edit, Locks, PlanAct, PlanningView, Relax, Replan
from routing.service.views import EditView, PlanView
from web import client_keys, clock, db, parts, planning
from web.api.dispatch import accepted
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_plans import (
    EditRequest,
    LockRequest,
    RelaxRequest,
    ReplanRequest,
    TryQuery,
)

bp = APIBlueprint("plans", __name__, url_prefix="/api/plans/<uuid:plan_id>")

REPLAN = {
    "mode": "whole",
    "absent": [
        {
            "courier": "C33030000101",
            "since": "2025-09-15T14:30:00+08:00",
            "aboard": "met",
        }
    ],
    "seconds_max": 4,
    "seed": 1,
    "reason": "车辆故障",
}
EDIT = {
    "order": "0b5e1c1e-3f86-4d7c-9a53-6c6f6f1f6d11",
    "courier": "C33030000102",
    "pickup": None,
    "dropoff": None,
}
RELAX = {
    "order": "0b5e1c1e-3f86-4d7c-9a53-6c6f6f1f6d11",
    "reason": "患者同意晚一点收",
    "courier": None,
}
LOCKS = {"stops": [], "routes": [], "locked": True, "reason": "患者已约定"}


@bp.post("/replans")
@may("plan.make")
@bp.input(ReplanRequest, arg_name="form", example=REPLAN)
@answers({202: PlanningView})
def make_replan(plan_id: UUID, form: ReplanRequest) -> ResponseReturnValue:
    """Ask for a new version of a plan; what was begun or locked stays as it is."""
    return accepted(ask_replan(plan_id, form))


@bp.post("/locks")
@may("plan.change")
@bp.input(LockRequest, arg_name="form", example=LOCKS)
@answers({200: PlanView})
def lock(plan_id: UUID, form: LockRequest) -> ResponseReturnValue:
    """Lock stops and routes, or set them free; a stop holds all before it."""
    return reply(locked(plan_id, form))


@bp.post("/edits")
@may("plan.change")
@bp.input(TryQuery, location="query", arg_name="asked")
@bp.input(EditRequest, arg_name="form", example=EDIT)
@answers({200: EditView})
def edit(plan_id: UUID, asked: TryQuery, form: EditRequest) -> ResponseReturnValue:
    """Move a parcel by hand, or with ?try=1 say what that would cost and break."""
    return reply(edited(plan_id, form, only_try=asked.only_try))


@bp.post("/edits/undo")
@may("plan.change")
@answers({200: PlanView})
def undo(plan_id: UUID) -> ResponseReturnValue:
    """Undo the last move of a draft."""
    return reply(undone(plan_id))


@bp.post("/remedies")
@may("plan.change")
@bp.input(RelaxRequest, arg_name="form", example=RELAX)
@answers({202: PlanningView})
def relax(plan_id: UUID, form: RelaxRequest) -> ResponseReturnValue:
    """Grant what an order left behind needs, and ask for a version that has it."""
    return accepted(relaxed(plan_id, form))


@bp.get("/acts")
@may("plan.read")
@answers({200: tuple[PlanAct, ...]})
def list_acts(plan_id: UUID) -> ResponseReturnValue:
    """List what dispatchers did with a plan, and why."""
    return reply(service.acts(db.session(), plan_id, carrier_code=caller().subject))


def ask_replan(plan_id: UUID, form: ReplanRequest) -> PlanningView:
    """Keep what was asked and hand it to a worker."""
    now = clock.now()
    absent = [
        Absent(it.courier, it.since or now, met=it.aboard == "met")
        for it in form.absent
    ]
    asked = service.ask_replan(
        db.session(),
        plan_id,
        Replan(
            form.mode,
            form.seed,
            form.seconds_max,
            absent,
            form.reason,
            tuple(form.orders),
        ),
        id_=client_keys.act_id(),
        carrier_code=caller().subject,
        by=caller().user,
        now=now,
    )
    return planning.handed_in(asked)


def locked(plan_id: UUID, form: LockRequest) -> PlanView:
    """Lock what a form names, or set it free."""
    stops = [(it.route, it.no) for it in form.stops]
    return service.lock(
        db.session(),
        parts.desk(),
        plan_id,
        Locks(stops, form.routes, form.locked, form.reason),
        carrier_code=caller().subject,
        by=caller().user,
        now=clock.now(),
    )


def edited(plan_id: UUID, form: EditRequest, *, only_try: bool) -> EditView:
    """Move the parcel that a form names, or only try it."""
    asked = Edit(form.order, form.courier, form.pickup, form.dropoff, form.seen)
    session, desk, firm = db.session(), parts.desk(), caller().subject
    if only_try:
        return service.try_edit(
            session,
            desk,
            plan_id,
            asked,
            carrier_code=firm,
            now=clock.now(),
            travel=parts.travel(),
        )
    return service.apply_edit(
        session,
        desk,
        plan_id,
        asked,
        carrier_code=firm,
        by=caller().user,
        now=clock.now(),
        travel=parts.travel(),
    )


def undone(plan_id: UUID) -> PlanView:
    """Undo the last move of a draft of the caller's firm."""
    return service.undo_edit(
        db.session(),
        parts.desk(),
        plan_id,
        carrier_code=caller().subject,
        by=caller().user,
        now=clock.now(),
        travel=parts.travel(),
    )


def relaxed(plan_id: UUID, form: RelaxRequest) -> PlanningView:
    """Grant an order's remedy and hand the new version to a worker."""
    asked = service.relax(
        db.session(),
        plan_id,
        Relax(form.order, form.reason, form.courier),
        id_=client_keys.act_id(),
        carrier_code=caller().subject,
        by=caller().user,
        now=clock.now(),
    )
    return planning.handed_in(asked)

"""Exceptions over the interface: listed, taken by one dispatcher, ended in one act."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from pharmacies.places import Point
from routing import service
from routing.cases import Window
from routing.service import Again, Asker, CaseView, NewDoor
from web import clock, db, parts, places, planning
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_live import CaseReplan, CaseRetry

bp = APIBlueprint("cases", __name__, url_prefix="/api")

RETRY = {
    "window_opens": "2025-09-16T09:00:00+08:00",
    "window_closes": "2025-09-16T12:00:00+08:00",
    "new_code": False,
    "address": None,
    "point": None,
    "roughly": False,
}


@bp.post("/courier/breakdown")
@may("breakdown.report")
@answers({200: CaseView})
def report_breakdown() -> ResponseReturnValue:
    """Report that the caller's vehicle broke down; asking again changes nothing."""
    return reply(broke_down())


@bp.get("/cases")
@may("case.read")
@answers({200: tuple[CaseView, ...]})
def list_cases() -> ResponseReturnValue:
    """List the caller's firm's cases: the open ones first, then those just ended."""
    firm = caller().subject
    found = service.desk_cases(db.session(), parts.desk(), firm, now=clock.now())
    return reply(found)


@bp.get("/cases/<uuid:case_id>")
@may("case.read")
@answers({200: CaseView})
def show_case(case_id: UUID) -> ResponseReturnValue:
    """Show one case with its history."""
    return reply(own_case(case_id))


@bp.post("/cases/<uuid:case_id>/taking")
@may("case.take")
@answers({200: CaseView})
def take(case_id: UUID) -> ResponseReturnValue:
    """Take a case; who comes second is told who has it."""
    return reply(taken(case_id))


@bp.post("/cases/<uuid:case_id>/release")
@may("case.take")
@answers({200: CaseView})
def let_go(case_id: UUID) -> ResponseReturnValue:
    """Give a case back, so that another dispatcher can take it."""
    return reply(let_go_of(case_id))


@bp.post("/cases/<uuid:case_id>/retry")
@may("case.settle")
@bp.input(CaseRetry, arg_name="form", example=RETRY)
@answers({200: CaseView})
def retry(case_id: UUID, form: CaseRetry) -> ResponseReturnValue:
    """End a case with a later window; a wrong address is put right in the same act."""
    return reply(tried_again(case_id, form))


@bp.post("/cases/<uuid:case_id>/return")
@may("case.settle")
@answers({200: CaseView})
def bring_back(case_id: UUID) -> ResponseReturnValue:
    """End a case with a return: stock, settlement, allowance and notice together."""
    return reply(brought_back(case_id))


@bp.post("/cases/<uuid:case_id>/replan")
@may("case.settle")
@bp.input(CaseReplan, arg_name="form", example={"aboard": "met"})
@answers({200: CaseView})
def replan(case_id: UUID, form: CaseReplan) -> ResponseReturnValue:
    """End a case by planning without its courier; the planning bears the case's number."""
    return reply(planned_without(case_id, form))


@bp.post("/cases/<uuid:case_id>/closing")
@may("case.settle")
@answers({200: CaseView})
def close(case_id: UUID) -> ResponseReturnValue:
    """End a breakdown that needs no act any more; the route stays as it is."""
    return reply(closed(case_id))


def broke_down() -> CaseView:
    """Report the calling courier's breakdown."""
    code = caller().subject
    return service.report_breakdown(db.session(), courier_code=code, now=clock.now())


def own_case(case_id: UUID) -> CaseView:
    """Read one case of the caller's firm."""
    firm = caller().subject
    return service.desk_case(db.session(), parts.desk(), case_id, carrier_code=firm)


def taken(case_id: UUID) -> CaseView:
    """Take a case for the caller."""
    return service.take_case(db.session(), parts.desk(), case_id, _asker())


def let_go_of(case_id: UUID) -> CaseView:
    """Give a case back."""
    return service.let_go_case(db.session(), parts.desk(), case_id, _asker())


def tried_again(case_id: UUID, form: CaseRetry) -> CaseView:
    """End a case with a later window."""
    window = Window(form.window_opens, form.window_closes)
    again = Again(window, form.new_code, _door(case_id, form))
    return service.try_again(db.session(), parts.desk(), case_id, again, asker=_asker())


def brought_back(case_id: UUID) -> CaseView:
    """End a case with a return."""
    return service.bring_back(db.session(), parts.desk(), case_id, _asker())


def planned_without(case_id: UUID, form: CaseReplan) -> CaseView:
    """End a case by planning without its courier, and hand the planning to a worker."""
    ended = service.plan_without(
        db.session(),
        parts.desk(),
        case_id,
        met=form.aboard == "met",
        asker=_asker(),
    )
    firm = caller().subject
    asked = service.planning(db.session(), case_id, carrier_code=firm, now=clock.now())
    planning.handed_in(asked)
    return ended


def closed(case_id: UUID) -> CaseView:
    """End a breakdown without an act."""
    return service.close_case(db.session(), parts.desk(), case_id, _asker())


def _door(case_id: UUID, form: CaseRetry) -> NewDoor | None:
    """Find the address that was put right: in its own district, where no fee changes."""
    if form.address is None:
        return None
    order = own_case(case_id).order
    if order is None:
        return None
    if form.point is not None:
        point = Point(form.point.lon, form.point.lat)
    else:
        known = places.gazetteer(db.session())
        db.session().rollback()  # others take their time: nothing is held meanwhile
        found = places.sought(known, parts.geocoder(), form.address, order.area)
        point = places.door(found, roughly=form.roughly).point
    places.reject_elsewhere(point, order.area)
    return NewDoor(form.address, point)


def _asker() -> Asker:
    who = caller()
    return Asker(who.subject, who.user, clock.now())

"""Dispatchers over the interface: their firm's couriers, shifts, vehicles, boxes and areas."""

from dataclasses import dataclass, fields

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from pharmacies import crew_service as service
from pharmacies.crew import CourierTerms, CrewAct, CrewChange, Member
from web import clock, db
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_crew import CrewTerms, EndRequest, HireRequest, TermsRequest

bp = APIBlueprint("crew", __name__, url_prefix="/api/crew")

TERMS = {
    "name": "周强",
    "phone": "12000000021",
    "shift_begins": "08:00:00",
    "shift_ends": "18:00:00",
    "rest_weekday": 7,
    "vehicle": "电动车 浙C12345",
    "capacity_parcels": 30,
    "cold_capacity_parcels": 6,
    "areas": ["330302"],
    "lon": 120.66,
    "lat": 28.01,
    "from_day": "2030-01-01",
}


@dataclass(frozen=True, slots=True)
class Hired:
    """The code of a new courier."""

    code: str


@bp.get("")
@may("crew.read")
@answers({200: tuple[Member, ...]})
def list_crew() -> ResponseReturnValue:
    """List the firm's couriers as they work today, and what is to change."""
    return reply(listed())


@bp.post("")
@may("crew.change")
@bp.input(HireRequest, arg_name="form", example={**TERMS, "reason": "旺季"})
@answers({201: Hired})
def hire(form: HireRequest) -> ResponseReturnValue:
    """Take a courier into the firm's crew from a day on."""
    return reply(Hired(hired(form)), 201)


@bp.get("/<courier_code>/acts")
@may("crew.read")
@answers({200: tuple[CrewAct, ...]})
def list_acts(courier_code: str) -> ResponseReturnValue:
    """List what was done about a courier, the latest first."""
    return reply(service.history(db.session(), caller().subject, courier_code))


@bp.post("/<courier_code>/terms")
@may("crew.change")
@bp.input(TermsRequest, arg_name="form", example={**TERMS, "seen": 0})
@answers({200: tuple[Member, ...]})
def set_terms(courier_code: str, form: TermsRequest) -> ResponseReturnValue:
    """Change a courier's terms from a day on; plans that were made keep theirs."""
    changed(courier_code, form)
    return reply(listed())


@bp.post("/<courier_code>/end")
@may("crew.change")
@bp.input(
    EndRequest,
    arg_name="form",
    example={"from_day": "2030-01-01", "seen": 0, "reason": "离职"},
)
@answers({200: tuple[Member, ...]})
def end(courier_code: str, form: EndRequest) -> ResponseReturnValue:
    """End a courier's work for the firm from a day on."""
    changed(courier_code, form)
    return reply(listed())


def listed() -> tuple[Member, ...]:
    """List the crew of the caller's firm."""
    return service.members(db.session(), caller().subject, clock.today())


def hired(form: HireRequest) -> str:
    """Hire for the caller's firm; returns the new courier's code."""
    return service.hire(
        db.session(),
        _terms(form),
        carrier_code=caller().subject,
        from_day=form.from_day,
        reason=form.reason,
        by=caller().user,
        today=clock.today(),
        now=clock.now(),
    )


def changed(courier_code: str, form: TermsRequest | EndRequest) -> None:
    """Change a courier of the caller's firm, or end the work."""
    terms = _terms(form) if isinstance(form, CrewTerms) else None
    asked = CrewChange(courier_code, form.from_day, terms, form.reason, form.seen)
    service.change(
        db.session(),
        asked,
        carrier_code=caller().subject,
        by=caller().user,
        today=clock.today(),
        now=clock.now(),
    )


def _terms(form: CrewTerms) -> CourierTerms:
    told = {field.name: getattr(form, field.name) for field in fields(CourierTerms)}
    return CourierTerms(**{**told, "areas": tuple(sorted(set(form.areas)))})

"""Dispatchers over the interface: their firm's couriers, shifts, vehicles, boxes and areas."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import Conflict, NotFound, Words
from pharmacies import crew_service as service
from pharmacies.crew import CourierTerms, CrewAct, CrewChange, Member
from web import accounts, clock, db, invitations
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_crew import (
    CrewTerms,
    EndRequest,
    HireRequest,
    InviteRequest,
    TermsRequest,
)

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


GONE = Words(
    "这位配送员已不在岗，不能邀请。",
    "This courier no longer works for the firm and cannot be invited.",
    "请先在“修改”里让他重新上岗。",
    "Let the courier work again under the terms first.",
)


@dataclass(frozen=True, slots=True)
class Hired:
    """The code of a new courier."""

    code: str


@dataclass(frozen=True, slots=True)
class Invited:
    """The path of a new invitation's page, told once, and until when it is open."""

    path: str
    expires_at: datetime


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


@bp.post("/<courier_code>/invitation")
@may("crew.invite")
@bp.input(InviteRequest, arg_name="form", example={"username": ""})
@answers({201: Invited})
def invite(courier_code: str, form: InviteRequest) -> ResponseReturnValue:
    """Invite a courier of the firm to open an account, or to set its password anew."""
    sent = invited(courier_code, form.username)
    path = url_for("invited_pages.show", token=sent.token)
    return reply(Invited(path, sent.expires_at), 201)


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


def member(courier_code: str) -> Member:
    """Find one courier of the caller's firm; raises NotFound."""
    found = next((it for it in listed() if it.code == courier_code), None)
    if found is None:
        raise NotFound("配送员", "courier")
    return found


def invited(courier_code: str, username: str = "") -> invitations.Sent:
    """Invite a courier of the caller's firm to open an account.

    With one of the courier's own accounts, to set its password anew.
    """
    one = member(courier_code)
    if one.gone:
        raise Conflict(GONE)
    if username and username not in _names(one.code):
        raise NotFound("账号", "account")
    return invitations.invite(
        db.session(),
        invitations.Invitee("courier", one.code, one.terms.name, username),
        by=(caller().user, "dispatch"),
        now=clock.now(),
    )


def uninvited(courier_code: str, invitation_id: UUID) -> None:
    """Make an invitation of a courier of the caller's firm void."""
    invitations.withdraw(
        db.session(),
        invitation_id,
        invitee=("courier", member(courier_code).code),
        by=(caller().user, "dispatch"),
        now=clock.now(),
    )


def _names(courier_code: str) -> set[str]:
    found = accounts.logins(db.session(), "courier", courier_code)
    return {one.username for one in found}


def _terms(form: CrewTerms) -> CourierTerms:
    told = {field.name: getattr(form, field.name) for field in fields(CourierTerms)}
    return CourierTerms(**{**told, "areas": tuple(sorted(set(form.areas)))})

"""A patient's access codes (取药码), and who may act for whom, over the interface."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service import (
    AccessCodeView,
    AgentView,
    Recipient,
    SharedCode,
    ShownView,
)
from web import client_keys, clock, db, guessed, parts
from web.auth import caller, may
from web.code_schemas import Leave, LeaveEnding, SharingRequest
from web.consents import given
from web.openapi import answers, reply

bp = APIBlueprint("sharing", __name__, url_prefix="/api")

EXAMPLE = {
    "prescriptions": ["0b9f6c1e-4d3a-4c55-9d7e-2f0a1b3c4d5e"],
    "share_with": "helper",
    "helper": {"name": "林小妹", "phone_tail": "0001"},
    "days": 3,
}


@bp.post("/access-codes")
@may("sharing.change")
@bp.input(SharingRequest, arg_name="form", example=EXAMPLE)
@answers({201: SharedCode})
def share(form: SharingRequest) -> ResponseReturnValue:
    """Make an access code for prescriptions; its text is told this once."""
    return reply(shared(form), 201)


@bp.get("/access-codes")
@may("sharing.read")
@answers({200: list[AccessCodeView]})
def codes() -> ResponseReturnValue:
    """List what the caller has shared, and what was done with it."""
    found = service.access_codes(
        db.session(), parts.desk().vault, caller().subject, now=clock.now()
    )
    return reply(found)


@bp.post("/access-codes/<uuid:access_code_id>/withdrawal")
@may("sharing.change")
@answers({200: AccessCodeView})
def withdraw(access_code_id: UUID) -> ResponseReturnValue:
    """Withdraw an access code at once."""
    return reply(withdrawn(access_code_id))


@bp.get("/presentations")
@may("sharing.read")
@answers({200: list[ShownView]})
def presentations() -> ResponseReturnValue:
    """List where the caller's prescriptions were shown by a code, and by whom."""
    return reply(
        service.presentations_of(db.session(), parts.desk().vault, caller().subject)
    )


@bp.get("/family-agents")
@may("sharing.read")
@answers({200: list[AgentView]})
def agents() -> ResponseReturnValue:
    """List who may show the caller's codes (亲情代办)."""
    return reply(service.agents_of(db.session(), parts.desk().vault, caller().subject))


@bp.post("/family-agents")
@may("sharing.change")
@bp.input(
    Leave,
    arg_name="form",
    example={"person_no": "I000000002", "id_number": "33030219830618401X"},
)
@answers({201: list[AgentView]})
def allow(form: Leave) -> ResponseReturnValue:
    """Let a relative show the caller's codes."""
    with guessed.relative(form.person_no):
        service.allow_agent(
            db.session(),
            parts.desk().vault,
            person_no=caller().subject,
            agent_no=form.person_no,
            id_number=form.id_number,
            now=clock.now(),
            consent=given(form.consent),
        )
    return reply(
        service.agents_of(db.session(), parts.desk().vault, caller().subject), 201
    )


@bp.post("/family-agents/withdrawals")
@may("sharing.change")
@bp.input(LeaveEnding, arg_name="form", example={"person_no": "I000000002"})
@answers({200: list[AgentView]})
def end(form: LeaveEnding) -> ResponseReturnValue:
    """Withdraw the leave; what was presented already stays as it is."""
    who = caller().subject
    service.end_agent(
        db.session(), person_no=who, agent_no=form.person_no, now=clock.now()
    )
    return reply(service.agents_of(db.session(), parts.desk().vault, who))


def shared(form: SharingRequest) -> SharedCode:
    """Share as a request says, for the caller or whom the caller acts for."""
    # A client's key would keep the answer, and the text of the code with it.
    client_keys.not_final()
    who = caller().subject
    return service.share(
        db.session(),
        parts.desk().vault,
        person_no=form.person or who,
        prescription_ids=form.prescriptions,
        recipient=Recipient(
            form.share_with,
            form.helper.name if form.helper else None,
            form.helper.phone_tail if form.helper else None,
            form.outlet,
        ),
        days=form.days,
        by=who,
        rules=parts.desk().life,
        now=clock.now(),
        consent=given(form.consent),
    )


def withdrawn(access_code_id: UUID) -> AccessCodeView:
    """Withdraw an access code of the caller, or of whom the caller acts for."""
    return service.withdraw(
        db.session(),
        parts.desk().vault,
        access_code_id=access_code_id,
        by=caller().subject,
        now=clock.now(),
    )

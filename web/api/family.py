"""Family aid (个人账户家庭共济) over the interface: whom the caller's account pays for."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from web import clock, db, guessed, parts
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import Aid, Withdrawal

bp = APIBlueprint("family", __name__, url_prefix="/api")


@bp.get("/family-aid")
@may("family.read")
@answers({200: list[str]})
def aided() -> ResponseReturnValue:
    """List the numbers of the people whom the caller's account pays for."""
    return reply(service.people_aided(db.session(), caller().subject))


@bp.post("/family-aid")
@may("family.change")
@bp.input(
    Aid,
    arg_name="form",
    example={"person_no": "I000000001", "id_number": "33030219560312401X"},
)
@answers({201: list[str]})
def allow(form: Aid) -> ResponseReturnValue:
    """Let the caller's account pay for a relative, after the relative's own."""
    with guessed.relative(form.person_no):
        service.allow_aid(
            db.session(),
            parts.desk().vault,
            payer_no=caller().subject,
            person_no=form.person_no,
            id_number=form.id_number,
            now=clock.now(),
        )
    return reply(service.people_aided(db.session(), caller().subject), 201)


@bp.post("/family-aid/withdrawals")
@may("family.change")
@bp.input(Withdrawal, arg_name="form", example={"person_no": "I000000001"})
@answers({200: list[str]})
def withdraw(form: Withdrawal) -> ResponseReturnValue:
    """Withdraw the leave; what is settled already stays as it is."""
    service.end_aid(
        db.session(),
        payer_no=caller().subject,
        person_no=form.person_no,
        now=clock.now(),
    )
    return reply(service.people_aided(db.session(), caller().subject))

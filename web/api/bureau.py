"""The insurance bureau (医保局) over the interface, and the tokens of API clients."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from apiflask import APIBlueprint
from flask import abort
from flask.typing import ResponseReturnValue

from pharmacies import service as pharmacies
from pharmacies.quota import Standing
from web import clock, db, parts
from web.auditing import area_of_caller
from web.auth import may, token_for
from web.openapi import answers, reply
from web.schemas import DayQuery, TokenRequest

bp = APIBlueprint("bureau", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class Token:
    """A token to be sent in the header Authentication-Token."""

    token: str
    header: Literal["Authentication-Token"] = "Authentication-Token"


@bp.post("/tokens")
@bp.input(
    TokenRequest,
    arg_name="form",
    example={"username": "hospital-1", "password": "..."},
)
@answers({201: Token})
def sign_in(form: TokenRequest) -> ResponseReturnValue:
    """Exchange name and password, and six digits where staff need them, for a token."""
    token = token_for(form.username, form.password, form.code)
    if token is None:
        abort(401)
    return reply(Token(token), 201)


@bp.get("/quota")
@may("quota.read")
@bp.input(DayQuery, location="query", arg_name="query")
@answers({200: tuple[Standing, ...]})
def quota(query: DayQuery) -> ResponseReturnValue:
    """Show each quota unit against its target of designated pharmacies."""
    return reply(standings_on(query.day or clock.today()))


def standings_on(day: date) -> tuple[Standing, ...]:
    """Tell where each quota unit that the caller looks after stands on a day."""
    rules = parts.rules(day)
    return pharmacies.quota_standings(
        db.session(),
        rules.quota_targets,
        day,
        aliases=rules.quota_units,
        pooling_area=area_of_caller(),
    )

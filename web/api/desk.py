"""The bureau's desk over the interface."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from web import clock, db, desk
from web.auditing import area_of_caller
from web.auth import caller, may
from web.desk import TileTold
from web.openapi import answers, reply
from web.schemas import DayQuery

bp = APIBlueprint("desk", __name__, url_prefix="/api")


@bp.get("/desk")
@may("desk.read")
@bp.input(DayQuery, location="query", arg_name="query")
@answers({200: tuple[TileTold, ...]})
def show(query: DayQuery) -> ResponseReturnValue:
    """Tell what is due, late and changed, tile by tile, for the caller's area."""
    day = query.day or clock.today()
    return reply(desk.tell(db.session(), caller().roles, area_of_caller(), day))

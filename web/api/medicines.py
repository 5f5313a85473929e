"""The catalogue (药品目录) over the interface: search, a medicine on a day, its history."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing.intake.instants import Day
from pharmacies import service as pharmacies
from pharmacies.catalogue import finding
from pharmacies.catalogue.finding import Found
from pharmacies.catalogue.history import History, history
from pharmacies.medicines import Medicine
from web import clock, db
from web.auth import may
from web.openapi import answers, reply

bp = APIBlueprint("medicines", __name__, url_prefix="/api/medicines")


class FindQuery(BaseModel):
    """What is looked for: a name or part of it, pinyin, initials, or a code."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, max_length=finding.TYPED_MAX)
    limit: int = Field(default=finding.LIMIT, ge=1, le=100)


class OnQuery(BaseModel):
    """The day asked about, today where none is given, and in which area."""

    model_config = ConfigDict(extra="forbid")

    day: Day | None = None
    area: str = Field(default="", pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6})?$")


@bp.get("")
@may("medicine.read")
@bp.input(FindQuery, location="query", arg_name="query")
@answers({200: Found})
def find(query: FindQuery) -> ResponseReturnValue:
    """Find medicines: an exact code decides, anything else only proposes."""
    return reply(finding.find(db.session(), query.q, query.limit))


@bp.get("/<string(length=23):code>")
@may("medicine.read")
@bp.input(OnQuery, location="query", arg_name="query")
@answers({200: Medicine})
def medicine(code: str, query: OnQuery) -> ResponseReturnValue:
    """Show a medicine as it is on a day, on the terms of an area's region."""
    day = query.day or clock.today()
    return reply(pharmacies.medicine(db.session(), code, day, query.area))


@bp.get("/<string(length=23):code>/history")
@may("medicine.read")
@answers({200: History})
def told(code: str) -> ResponseReturnValue:
    """Tell all that was entered about a medicine: from which day, by whom, from which file."""
    pharmacies.medicine(db.session(), code)
    return reply(history(db.session(), code))

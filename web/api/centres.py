"""What centres say of the people whom they manage, over the interface (渝某区 三（四）3)."""

from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispensing.service.matching.acting import Answer
from dispensing.service.matching.centres import Centre, CentrePeople
from web import centres
from web.api.matching import PAGES_MAX, Written
from web.auth import may
from web.openapi import answers, reply
from web.schemas import OutletCode, Strict, Text, Whole

bp = APIBlueprint("centres", __name__, url_prefix="/api")
MEANT = {"institution": "五马街道卫生服务中心", "outlet_code": "H33030200004"}


class CentreQuery(Strict):
    """Which of the own people: all, or those of whom this was said."""

    state: Literal["", "open", "confirmed", "refused"] = "open"
    page: Annotated[int, Field(ge=1, le=PAGES_MAX)] = 1


class CentreSaidOfOne(Strict):
    """What a centre says of one person; a refusal gives its reason."""

    entry_id: Annotated[Whole, Field(ge=1, le=2**53)]
    code: Literal["confirmed", "refused"]
    note: Text | None = None


class CentreSaid(Strict):
    """What a centre says of its people; all of it is written, or nothing."""

    people: Annotated[list[CentreSaidOfOne], Field(min_length=1, max_length=500)]


class CentreMeant(Strict):
    """Which outlet a registry means by an institution's name."""

    institution: Text
    outlet_code: OutletCode


@bp.get("/managed")
@may("centre.read")
@bp.input(CentreQuery, location="query", arg_name="query")
@answers({200: CentrePeople})
def people(query: CentreQuery) -> ResponseReturnValue:
    """Give the people whom the own institution manages and who are to be let in, masked."""
    return reply(centres.own_people(query.state, query.page))


@bp.post("/managed/words")
@may("centre.confirm")
@bp.input(
    CentreSaid,
    arg_name="form",
    example={"people": [{"entry_id": 1, "code": "confirmed"}]},
)
@answers({200: Written})
def say(form: CentreSaid) -> ResponseReturnValue:
    """Confirm or refuse people whom the own institution manages, until they are let in."""
    words = [Answer(one.entry_id, one.code, one.note or "") for one in form.people]
    return reply(Written(written=centres.said(words)).model_dump())


@bp.get("/matching/runs/<uuid:run_id>/centres")
@may("matching.read")
@answers({200: tuple[Centre, ...]})
def of_run(run_id: UUID) -> ResponseReturnValue:
    """Tell which centres manage the people of a run's list to enrol, and what they have said."""
    return reply(centres.of_run(run_id))


@bp.post("/matching/runs/<uuid:run_id>/centres")
@may("centre.assign")
@bp.input(CentreMeant, arg_name="form", example=MEANT)
@answers({200: tuple[Centre, ...]})
def assign(run_id: UUID, form: CentreMeant) -> ResponseReturnValue:
    """Say which outlet the registry means; it holds for later runs, too."""
    centres.assigned(form.institution, form.outlet_code)
    return reply(centres.of_run(run_id))

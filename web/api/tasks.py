"""Dates, tasks and meetings of an area over the interface."""

import binascii
from base64 import b64decode
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing.errors import FieldError, Malformed
from dispensing.intake.instants import Day
from dispensing.service import tasks
from dispensing.service.tasks import (
    Decision,
    Evidence,
    MeetingView,
    Minutes,
    Said,
    TaskActView,
    TaskView,
)
from web import client_keys, clock, db, parts
from web.auth import caller, may
from web.desk import planning
from web.openapi import answers, reply
from web.schemas import Strict, Text

bp = APIBlueprint("tasks", __name__, url_prefix="/api")

FILE_CHARS_MAX = 6 * 1024 * 1024
Unit = Literal["bureau", "health", "institution"]
Words = Annotated[str, Field(max_length=4000)]


class YearQuery(BaseModel):
    """The year asked about; this one where none is given."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=2000, le=2100)] | None = None


class EvidenceFileForm(Strict):
    """A file in base64."""

    name: Text
    media: Text
    base64: Annotated[str, Field(min_length=4, max_length=FILE_CHARS_MAX)]


class TaskActForm(Strict):
    """What was done about a task: words, a file, or both."""

    kind: Literal["begin", "note", "evidence", "done", "reopen"]
    words: Annotated[str, Field(max_length=1000)] = ""
    file: EvidenceFileForm | None = None


class MeetingDecisionForm(Strict):
    """One decision of a meeting: it becomes a task."""

    words: Text
    of: Unit
    who: Annotated[str, Field(max_length=100)] = ""
    due: Day | None = None


class MeetingForm(Strict):
    """The minutes of a meeting."""

    held_on: Day
    present: Text
    words: Words = ""
    decisions: Annotated[tuple[MeetingDecisionForm, ...], Field(max_length=20)] = ()


@bp.get("/tasks")
@may("task.read")
@answers({200: tuple[TaskView, ...]})
def list_tasks() -> ResponseReturnValue:
    """List the tasks of the area: a year back, a month ahead, and those without a day."""
    place = planning.place_of_caller()
    return reply(planning.at_hand(db.session(), place, clock.today()))


@bp.get("/calendar")
@may("task.read")
@bp.input(YearQuery, location="query", arg_name="query")
@answers({200: tuple[TaskView, ...]})
def calendar(query: YearQuery) -> ResponseReturnValue:
    """List what the texts and the meetings want in a year, by day."""
    year, today = query.year or clock.today().year, clock.today()
    place = planning.place_of_caller()
    return reply(planning.year_of(db.session(), year, place, today))


@bp.get("/tasks/<key>")
@may("task.read")
@answers({200: tuple[TaskActView, ...]})
def history(key: str) -> ResponseReturnValue:
    """List what was written down about a task, in its order."""
    place, today = planning.place_of_caller(), clock.today()
    tasks.task(db.session(), planning.plan(today), place, key, today=today)
    return reply(tasks.history(db.session(), parts.desk().vault, place, key))


@bp.post("/tasks/<key>/acts")
@may("task.change")
@bp.input(
    TaskActForm, arg_name="form", example={"kind": "done", "words": "调度表已报送市局"}
)
@answers({201: TaskView})
def do(key: str, form: TaskActForm) -> ResponseReturnValue:
    """Write down what was done about a task; it is not changed afterwards."""
    told = tasks.do(
        db.session(),
        parts.desk().vault,
        planning.plan(clock.today()),
        Said(form.kind, form.words, _file(form.file) if form.file else None),
        place=planning.place_of_caller(),
        key=key,
        act_key=str(client_keys.act_id()),
        by=caller().user,
        role=caller().doing("task.change"),
        now=clock.now(),
    )
    return reply(told, 201)


@bp.get("/meetings")
@may("task.read")
@answers({200: tuple[MeetingView, ...]})
def list_meetings() -> ResponseReturnValue:
    """List the meetings of the area, the latest first."""
    return reply(tasks.meetings(db.session(), planning.place_of_caller()))


@bp.post("/meetings")
@may("task.change")
@bp.input(
    MeetingForm,
    arg_name="form",
    example={
        "held_on": "2025-09-15",
        "present": "区医保局、区卫健委",
        "words": "通报两病用药保障进展",
        "decisions": [{"words": "核对名单", "of": "health", "due": "2025-09-30"}],
    },
)
@answers({201: MeetingView})
def hold(form: MeetingForm) -> ResponseReturnValue:
    """Keep the minutes of a meeting; each decision is a task."""
    decisions = tuple(Decision(d.words, d.of, d.who, d.due) for d in form.decisions)
    held = tasks.hold(
        db.session(),
        planning.place_of_caller(),
        Minutes(form.held_on, form.present, form.words, decisions),
        key=str(client_keys.act_id()),
        by=caller().user,
        role=caller().doing("task.change"),
        now=clock.now(),
    )
    return reply(held, 201)


def _file(form: EvidenceFileForm) -> Evidence:
    try:
        raw = b64decode(form.base64, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed([FieldError("file.base64", "base64")]) from None
    return Evidence(form.name, form.media, raw)

"""Matching over the interface: registries, runs, lists, what became of each person."""

from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing.intake.instants import Day
from dispensing.matching.lists import CODES
from dispensing.service.matching.acting import Answer
from dispensing.service.matching.enrolling import Enrolled
from dispensing.service.matching.reading import (
    MatchedPeople,
    MatchingRunView,
    Wanted,
)
from dispensing.service.matching.tasks import MatchingTask
from pharmacies.catalogue.cells import BYTES_MAX
from web import matching
from web.auth import may
from web.openapi import answers, reply
from web.schemas import Strict, Text, Whole

bp = APIBlueprint("matching", __name__, url_prefix="/api/matching")

PAGES_MAX = 100_000


class RegistryFile(BaseModel):
    """A registry of managed patients, and of which day it is; else of today."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    table: UploadFile
    as_of: Day | None = None


class ListQuery(Strict):
    """Which people of a list."""

    change: Literal["", "new", "changed", "same"] = ""
    page: Annotated[int, Field(ge=1, le=PAGES_MAX)] = 1


class ListAct(Strict):
    """That a list was handed over, or came in."""

    kind: Literal["sent", "received"]


class SaidOfOne(Strict):
    """What became of one person on a list."""

    entry_id: Annotated[Whole, Field(ge=1, le=2**53)]
    code: Literal[CODES]  # type: ignore[valid-type]
    note: Text | None = None


class SaidOfList(Strict):
    """What became of people on a list; all of it is written, or nothing."""

    people: Annotated[list[SaidOfOne], Field(min_length=1, max_length=500)]


class Written(Strict):
    """How many were written; what was said before is not written twice."""

    written: int


@bp.post("/files")
@may("matching.enter")
@bp.input(RegistryFile, location="files", arg_name="form")
@answers({202: MatchingTask})
def hand_in(form: RegistryFile) -> ResponseReturnValue:
    """Take a registry; a worker says what is wrong with its rows, and nothing is written."""
    content = form.table.stream.read(BYTES_MAX + 1)
    return reply(matching.handed(form.table.filename or "", content, form.as_of), 202)


@bp.get("/tasks/<uuid:task_id>")
@may("matching.read")
@answers({200: MatchingTask})
def task(task_id: UUID) -> ResponseReturnValue:
    """Tell how far a file or a run is, and which rows are refused."""
    return reply(matching.task(task_id))


@bp.post("/files/<uuid:task_id>/take")
@may("matching.enter")
@answers({202: MatchingTask})
def take(task_id: UUID) -> ResponseReturnValue:
    """Let a worker take a registry that was tried without a refused row."""
    return reply(matching.asked_take(task_id), 202)


@bp.post("/runs")
@may("matching.run")
@answers({202: MatchingTask})
def run() -> ResponseReturnValue:
    """Let a worker match the latest registry with the insured, as of today."""
    return reply(matching.asked_run(), 202)


@bp.get("/runs")
@may("matching.read")
@answers({200: tuple[MatchingRunView, ...]})
def runs() -> ResponseReturnValue:
    """List the runs with the caller's lists, the latest first."""
    return reply(matching.runs())


@bp.get("/runs/<uuid:run_id>/lists/<name>")
@may("matching.read")
@bp.input(ListQuery, location="query", arg_name="query")
@answers({200: MatchedPeople})
def people(run_id: UUID, name: str, query: ListQuery) -> ResponseReturnValue:
    """Give people of a list, masked; each read is recorded."""
    wanted = Wanted(name, change=query.change, page=query.page)
    return reply(matching.people(run_id, wanted))


@bp.post("/runs/<uuid:run_id>/lists/<name>/acts")
@may("matching.answer")
@bp.input(ListAct, arg_name="form", example={"kind": "received"})
@answers({200: MatchingRunView})
def act(run_id: UUID, name: str, form: ListAct) -> ResponseReturnValue:
    """Write down that a list was handed over or came in; twice is once."""
    matching.acted(run_id, name, form.kind)
    return reply(matching.one_run(run_id))


@bp.post("/runs/<uuid:run_id>/lists/<name>/outcomes")
@may("matching.answer")
@bp.input(
    SaidOfList,
    arg_name="form",
    example={"people": [{"entry_id": 1, "code": "confirmed"}]},
)
@answers({200: Written})
def say(run_id: UUID, name: str, form: SaidOfList) -> ResponseReturnValue:
    """Write down what became of people on a list of the latest run."""
    said = [Answer(one.entry_id, one.code, one.note or "") for one in form.people]
    return reply(Written(written=matching.answered(run_id, name, said)).model_dump())


@bp.post("/runs/<uuid:run_id>/lists/<name>/enrolments")
@may("matching.enrol")
@answers({200: Enrolled})
def enrol(run_id: UUID, name: str) -> ResponseReturnValue:
    """Let the people of a list in without an application, where a text says so."""
    return reply(matching.enrolled(run_id, name))

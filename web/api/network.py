"""The network over the interface: who closes its gaps, and what chains and firms owe."""

import re
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import abort, current_app
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispensing.errors import FieldError, Malformed, Words
from pharmacies import register_service as register
from pharmacies.catalogue.said import BadFile
from pharmacies.gaps import GapReport
from pharmacies.register_service import FILE_KINDS, Entered, FileKind, Imported
from routing.service import siting
from routing.service.siting_jobs import SitingRun, ask_siting
from routing.service.weighing import weights_of
from routing.siting import limit_of
from web import client_keys, clock, db, parts
from web.auth import caller, may
from web.jobs import sitings
from web.jobs.running import jobs_of
from web.openapi import answers, reply
from web.schemas import DayQuery, Strict

bp = APIBlueprint("network", __name__, url_prefix="/api")

SECONDS_MAX = 5.0  # of a search beside an answer; the command may take longer


class SitingQuery(DayQuery):
    """How far is near (km or minutes), which units, how many more, and who counts more."""

    unit: Annotated[str, Field(max_length=20)] = ""
    km: Annotated[float, Field(ge=0.05, le=200)] | None = None
    minutes: Annotated[float, Field(ge=1, le=240)] | None = None
    extra: Annotated[int, Field(ge=0, le=100)] = 0
    drugs: Literal["in_stock", "listed", "any"] = "listed"
    weights: Annotated[str, Field(max_length=400)] = ""


class GapsQuery(DayQuery):
    """The day asked about, and for how many days ahead papers are looked at."""

    within: Annotated[int, Field(ge=0, le=3660)] = 60


class RegisterFile(Strict):
    """A CSV file of papers or drug lists, as text."""

    kind: Literal["papers", "lists"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    csv: Annotated[str, Field(min_length=1)]
    dry_run: bool = True


@bp.get("/siting")
@may("siting.read")
@bp.input(SitingQuery, location="query", arg_name="query")
@answers({200: siting.SitingView})
def choose(query: SitingQuery) -> ResponseReturnValue:
    """Choose the candidates that fill each unit's gap and serve most unserved patients."""
    return reply(sited(query))


@bp.get("/network-gaps")
@may("siting.read")
@bp.input(GapsQuery, location="query", arg_name="query")
@answers({200: GapReport})
def gaps(query: GapsQuery) -> ResponseReturnValue:
    """Tell what chains and delivery firms lack on a day, and which papers end soon."""
    return reply(gaps_found(query))


@bp.post("/register-files")
@may("register.enter")
@bp.input(
    RegisterFile,
    arg_name="form",
    example={
        "kind": "papers",
        "name": "papers.csv",
        "csv": "holder,kind,number,begins,ends\n",
        "dry_run": True,
    },
)
@answers({200: Imported})
def enter(form: RegisterFile) -> ResponseReturnValue:
    """Enter a file: every row, or none where one is bad; a dry run only tells."""
    raw = form.csv.encode()
    return reply(imported(form.kind, raw, form.name, form.dry_run))


def sited(query: SitingQuery) -> siting.SitingView:
    """Choose what closes the gaps, in the seconds that an answer may take."""
    quota, asked = asked_of(query, SECONDS_MAX)
    session, vault = db.session(), parts.desk().vault
    return siting.close_gaps(session, quota, asked, parts.travel(), vault=vault)


def sited_by_worker(query: SitingQuery, seconds_max: int) -> SitingRun:
    """Let a worker choose, who takes longer than an answer may."""
    quota, asked = asked_of(query, seconds_max)
    siting.reject_unknown_units(quota, asked)
    run = ask_siting(
        db.writing_session(),
        quota,
        asked,
        id_=client_keys.act_id(),
        by=caller().user,
        now=clock.now(),
    )
    db.close_sessions()  # the worker may be of this process, and want the turn to write
    platform = current_app._get_current_object()  # type: ignore[attr-defined]
    sitings.hand_in(jobs_of(platform), run.id)
    return run


def asked_of(
    query: SitingQuery, seconds_max: float
) -> tuple[siting.Quota, siting.Asked]:
    """Read what is asked, with the figures of the plan on that day."""
    area = own_area()
    day = query.day or clock.today()
    rules = parts.rules(day)
    try:
        near = limit_of(query.km, query.minutes)
    except ValueError:
        raise Malformed([FieldError("km", "km or minutes, one of them")]) from None
    asked = siting.Asked(
        area,
        day,
        near,
        (query.unit,) if query.unit else (),
        extra=query.extra,
        drugs=query.drugs,
        weights=weights_of(re.split("[,，;；]", query.weights)),
        seconds_max=seconds_max,
    )
    return siting.quota_of(rules), asked


def own_area() -> str:
    """Name this installation's pooling area; officers of another one are turned away."""
    who, area = caller(), siting.pooling_area_of(parts.settings().region)
    if "admin" not in who.roles and not who.subject.startswith(area):
        abort(403)
    return area


def gaps_found(query: GapsQuery) -> GapReport:
    """Find the gaps of a day in this installation's pooling area."""
    day = query.day or clock.today()
    return register.gap_report(
        db.session(),
        diseases=tuple(sorted(parts.rules(day).diseases)),
        pooling_area=own_area(),
        day=day,
        within_days=query.within,
    )


def imported(kind: str, raw: bytes, name: str, dry_run: bool) -> Imported:
    """Enter a file under the caller's name, or only tell what would become of it."""
    own_area()
    kinds: dict[str, FileKind] = {name: name for name in FILE_KINDS}
    if kind not in kinds:
        raise Malformed([FieldError("kind", "papers or lists")])
    entered = Entered(caller().user, clock.now(), name)
    try:
        return register.import_file(
            db.writing_session(),
            kinds[kind],
            raw,
            entered=entered,
            dry_run=dry_run,
        )
    except BadFile as error:
        refused = Malformed([FieldError("csv", error.said.en)])
        refused.words = Words(
            error.said.zh, error.said.en, "请更正文件。", "Correct the file."
        )
        raise refused from None

"""What lies over the texts, over the interface: open figures, versions, and what is asked."""

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError, Malformed
from dispensing.policy import Figure
from dispensing.policy.overlay_text import Answer, with_answer, without
from dispensing.service import overlaying
from dispensing.service.approving import Party
from dispensing.service.effects import OpenQuestion, questions
from dispensing.service.overlaying import OverlayTrial, OverlayVersion
from pharmacies.places import POOLING_AREAS
from web import clock, db, parts
from web.api.network import own_area
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_overlay import Answered, Proposed, Tried

bp = APIBlueprint("overlays", __name__, url_prefix="/api/overlay")

ANSWER = {
    "name": "ratio.resident.level3",
    "value": "0.30",
    "document": "温州市全民基本医疗保险办法",
    "number": "温政令第1号",
    "issued_on": "2025-08-01",
    "sentence": "三级医疗机构支付比例为30%",
    "since": "2025-10-01",
}


@dataclass(frozen=True, slots=True)
class OverlayStanding:
    """What the texts in force leave open, the versions that answer, and the text of the last."""

    region: str
    questions: tuple[OpenQuestion, ...]
    versions: tuple[OverlayVersion, ...]
    text: str


@bp.get("")
@may("overlay.read")
@answers({200: OverlayStanding})
def standing() -> ResponseReturnValue:
    """Tell what the texts in force leave open, what that stops, and the versions that answer."""
    return reply(what_stands())


@bp.get("/versions/<int:no>")
@may("overlay.read")
@answers({200: OverlayVersion})
def version(no: int) -> ResponseReturnValue:
    """Give one version, word for word."""
    return reply(version_of(no))


@bp.post("/trials")
@may("overlay.propose")
@bp.input(Tried, arg_name="form", example={"answer": ANSWER})
@answers({200: OverlayTrial})
def tried(form: Tried) -> ResponseReturnValue:
    """Tell what an overlay would change, and in the decisions of 30 days; nothing is written."""
    return reply(trial_of(form))


@bp.post("")
@may("overlay.propose")
@bp.input(
    Proposed,
    arg_name="form",
    example={"answer": ANSWER, "reason": "市局办法已印发"},
)
@answers({200: OverlayTrial})
def propose(form: Proposed) -> ResponseReturnValue:
    """Ask for a version; the answer is `second-person-needed` with the number of the proposal."""
    proposed(form)
    raise AssertionError("a version of an overlay always wants a second person")


def what_stands() -> OverlayStanding:
    """Tell what is open in the caller's area, and what has answered."""
    own_area()
    region, session = parts.settings().region, db.session()
    kept = overlaying.versions(session, region)
    return OverlayStanding(
        region,
        questions(session, parts.desk(), region, clock.today()),
        kept,
        kept[0].text if kept else "",
    )


def figures_in_force() -> tuple[Figure, ...]:
    """List the figures of the version in force, also those of days to come."""
    version = parts.desk().approved.version(parts.settings().region)
    return version.figures if version is not None else ()


def version_of(number: int) -> OverlayVersion:
    """Give one version of the caller's area."""
    own_area()
    return overlaying.version(db.session(), parts.settings().region, number)


def text_of(form: Tried) -> str:
    """Give the whole overlay that a form asks for: as it is, or with an answer more or less."""
    own_area()
    region = parts.settings().region
    kept = overlaying.versions(db.session(), region)
    last = kept[0].text if kept else ""
    given = [each for each in (form.text, form.answer, form.withdrawn) if each]
    if len(given) != 1:
        raise Malformed([FieldError("text", "a text, an answer or what is withdrawn")])
    if form.answer is not None:
        return with_answer(last, region, _title(), _answer(form.answer))
    if form.withdrawn is not None:
        return without(
            last or form_of(region), form.withdrawn.name, form.withdrawn.since
        )
    return form.text or ""


def form_of(region: str) -> str:
    """Write an overlay without any value."""
    return f'region = "{region}"\ntitle = "{_title()}"\n'


def trial_of(form: Tried) -> OverlayTrial:
    """Tell what an overlay would change; nothing is written."""
    region = parts.settings().region
    return overlaying.tried(
        db.session(), parts.desk(), region, text_of(form), today=clock.today()
    )


def proposed(form: Proposed) -> None:
    """Ask for it in the caller's name; always raises SecondNeeded."""
    who = caller()
    overlaying.propose_overlay(
        db.session(),
        parts.desk(),
        parts.settings().region,
        text_of(form),
        place=own_area(),
        reason=form.reason,
        by=Party(who.user, who.doing("overlay.propose"), who.name),
        now=clock.now(),
        today=clock.today(),
    )


def _title() -> str:
    return f"{POOLING_AREAS.get(own_area(), '')}医保经办填写的参数"


def _answer(form: Answered) -> Answer:
    return Answer(
        form.name,
        form.value,
        form.document,
        form.number,
        form.issued_on,
        form.sentence,
        form.since,
    )

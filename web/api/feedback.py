"""Ratings and complaints (评价与投诉) over the interface: said by patients, answered in time."""

from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field

from dispensing.service import feedback as service
from dispensing.service.feedback_views import FeedbackView
from web import clock, db, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import Strict, Text, Whole
from web.strict import plain_text

bp = APIBlueprint("feedback", __name__, url_prefix="/api")

WORDS_MAX = 500
Words = Annotated[str, Field(max_length=WORDS_MAX), AfterValidator(plain_text)]
SAYS = {
    "about": "outlet",
    "party": "P33030200001",
    "topic": "no_stock",
    "words": "到店才说没有药",
}


class FeedbackRequest(Strict):
    """What is said of one party of a case: with stars a rating, without a complaint."""

    about: Literal["outlet", "carrier", "insurance"]
    party: Annotated[str, Field(min_length=4, max_length=12)]
    topic: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    words: Words = ""
    stars: Annotated[Whole, Field(ge=1, le=5)] | None = None


class AnswerRequest(Strict):
    """What is answered to a complaint."""

    words: Text


class ReplyRequest(Strict):
    """Whether an answer contents the patient, and why not."""

    content: bool
    words: Words = ""


@bp.post("/prescriptions/<uuid:prescription_id>/feedback")
@may("feedback.give")
@bp.input(FeedbackRequest, arg_name="form", example=SAYS)
@answers({201: FeedbackView})
def give(prescription_id: UUID, form: FeedbackRequest) -> ResponseReturnValue:
    """Rate one party of an own case, or complain of it; a complaint is answered in a week."""
    return reply(given(prescription_id, form), 201)


@bp.get("/feedback")
@may("feedback.read")
@answers({200: list[FeedbackView]})
def show() -> ResponseReturnValue:
    """List what the caller has said, or what concerns the caller, what waits longest first."""
    return reply(listed())


@bp.post("/feedback/<uuid:feedback_id>/answers")
@may("feedback.answer")
@bp.input(AnswerRequest, arg_name="form", example={"words": "已补货，请再来。"})
@answers({201: FeedbackView})
def answer(feedback_id: UUID, form: AnswerRequest) -> ResponseReturnValue:
    """Answer a complaint, as the party that it is about or as the bureau."""
    return reply(answered(feedback_id, form), 201)


@bp.post("/feedback/<uuid:feedback_id>/replies")
@may("feedback.give")
@bp.input(ReplyRequest, arg_name="form", example={"content": True})
@answers({201: FeedbackView})
def reply_to(feedback_id: UUID, form: ReplyRequest) -> ResponseReturnValue:
    """Tell whether an answer contents; where not, the bureau answers next."""
    return reply(replied(feedback_id, form), 201)


def given(prescription_id: UUID, form: FeedbackRequest) -> FeedbackView:
    """Keep what the calling patient says of an own case."""
    scope.prescription(prescription_id)
    said = service.Said(
        form.about, form.party, form.topic, form.words.strip(), form.stars
    )
    return service.give_feedback(
        db.session(), prescription_id, said, by=caller().user, now=clock.now()
    )


def listed() -> tuple[FeedbackView, ...]:
    """List for the caller."""
    who, now = caller(), clock.now()
    role = who.doing("feedback.read")
    if role == "patient":
        return service.feedback_of(db.session(), who.subject, now=now)
    return service.feedback_for(db.session(), role, who.subject, now=now)


def answered(feedback_id: UUID, form: AnswerRequest) -> FeedbackView:
    """Answer as the caller."""
    who = caller()
    return service.answer_feedback(
        db.session(),
        feedback_id,
        form.words,
        role=who.doing("feedback.answer"),
        subject=who.subject,
        by=who.user,
        now=clock.now(),
    )


def replied(feedback_id: UUID, form: ReplyRequest) -> FeedbackView:
    """Reply as the calling patient."""
    return service.reply_to_answer(
        db.session(),
        feedback_id,
        person_no=caller().subject,
        content=form.content,
        words=form.words.strip(),
        by=caller().user,
        now=clock.now(),
    )

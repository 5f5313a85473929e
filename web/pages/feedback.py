"""The pages of ratings and complaints (评价与投诉): said by patients, answered in time."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import DomainError
from dispensing.feedback import ANSWER_DAYS, STARS_MAX, TOPICS
from dispensing.service import feedback as service
from dispensing.service.feedback_views import standings_of
from web import db, scope
from web.api import feedback as api
from web.auth import caller, may
from web.live import seen
from web.pages import forms

bp = Blueprint("feedback_pages", __name__)

TOPIC = {"counter": "desk", "dispatch": "firm", "bureau": "area"}


@bp.get("/patient/feedback")
@may("feedback.read", face="patient", page=True)
def home() -> ResponseReturnValue:
    """Show what the caller has said, and what was answered."""
    seen.note()
    return render_template("patient/feedback.html", said=api.listed())


@bp.get("/patient/prescriptions/<uuid:prescription_id>/feedback")
@may("feedback.read", face="patient", page=True)
def ask(prescription_id: UUID) -> ResponseReturnValue:
    """Ask how one party of a case did."""
    return _form(prescription_id)


@bp.post("/patient/prescriptions/<uuid:prescription_id>/feedback")
@may("feedback.give", page=True)
def give(prescription_id: UUID) -> ResponseReturnValue:
    """Keep a rating or a complaint; what was typed stays where it is refused."""
    about, _, party = forms.text("whom", 30).partition(":")
    try:
        form = forms.read(
            api.FeedbackRequest,
            about=about,
            party=party,
            topic=forms.text("topic", 40) or "other",
            words=forms.text("words", api.WORDS_MAX),
        )
        api.given(prescription_id, form)
    except DomainError as error:
        scope.prescription(prescription_id)
        return _form(prescription_id, error), 422
    return redirect(url_for(".home"))


@bp.post("/patient/feedback/<uuid:feedback_id>/replies")
@may("feedback.give", page=True)
def reply(feedback_id: UUID) -> ResponseReturnValue:
    """Tell whether an answer contents."""
    content = request.form.get("content") == "yes"
    words = forms.text("words", api.WORDS_MAX)
    api.replied(feedback_id, api.ReplyRequest(content=content, words=words))
    return redirect(url_for(".home"))


@bp.get("/feedback")
@may("feedback.answer", page=True)
def desk() -> ResponseReturnValue:
    """Show what concerns the caller: what waits longest first, and how content patients are."""
    seen.note()
    found = api.listed()
    role = caller().doing("feedback.answer")
    return render_template(
        "feedback.html",
        said=found,
        standings=standings_of(found),
        topic=TOPIC[role],
        role=role,
        answer_days=ANSWER_DAYS,
    )


@bp.post("/feedback/<uuid:feedback_id>/answers")
@may("feedback.answer", page=True)
def answer(feedback_id: UUID) -> ResponseReturnValue:
    """Answer a complaint."""
    api.answered(feedback_id, forms.read(api.AnswerRequest))
    return redirect(url_for(".desk"))


def _form(prescription_id: UUID, error: DomainError | None = None) -> str:
    rx = scope.prescription(prescription_id)
    parties = service.parties_of(db.session(), prescription_id)
    kind = request.values.get("kind", "rating")
    return render_template(
        "patient/feedback_form.html",
        rx=rx,
        parties=parties,
        kind="complaint" if kind == "complaint" else "rating",
        typed=request.form,
        error=error.words if error else None,
        topics={each.about: TOPICS[each.about] for each in parties},
        stars_max=STARS_MAX,
        answer_days=ANSWER_DAYS,
    )

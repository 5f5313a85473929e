"""The patient's page of consents: what each one is, given or withdrawn, and what follows."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.consenting import grounds
from dispensing.service import consents, withdrawing
from dispensing.service.consents import Given
from web import clock, db, scope
from web.auth import caller, may
from web.consents import text_of
from web.pages import forms
from web.schemas import Recorded
from web.words import language

bp = Blueprint("consent_pages", __name__, url_prefix="/patient/consents")
counter_bp = Blueprint(
    "counter_consent_pages",
    __name__,
    url_prefix="/counter/prescriptions/<uuid:prescription_id>/consents",
)


@bp.get("")
@may("consent.change", page=True)
def home() -> ResponseReturnValue:
    """Show what the caller agrees to, and what rests on a duty or a contract instead."""
    found = consents.standings(db.session(), caller().subject)
    return render_template(
        "patient/consents.html",
        standings=[(each, text_of(each)) for each in found],
        others=grounds().others,
        spoken=language(),
    )


@counter_bp.get("")
@may("consent.record", page=True)
def at_counter(prescription_id: UUID) -> ResponseReturnValue:
    """Show a clerk how the patient of a prescription stands to each purpose."""
    return _counter(prescription_id, _patient(prescription_id))


@counter_bp.post("/<purpose>")
@may("consent.record", page=True)
def record(prescription_id: UUID, purpose: str) -> ResponseReturnValue:
    """Write down at the counter what a patient agrees to, or withdraws, on which paper."""
    person_no, session = _patient(prescription_id), db.session()
    said = forms.read(Recorded)
    if said.act == "give":
        given = Given(said.consent, said.way, caller().user, said.paper)
        consents.give(session, person_no, purpose, given, now=clock.now())
    else:
        asked = withdrawing.Asked(said.way, caller().user, said.paper)
        withdrawing.withdraw(session, person_no, purpose, asked, now=clock.now())
    return redirect(url_for(".at_counter", prescription_id=prescription_id))


@bp.post("/<purpose>")
@may("consent.change", page=True)
def give(purpose: str) -> ResponseReturnValue:
    """Agree to the text that was shown."""
    who = caller()
    said = Given(forms.text("consent", 64), "page", who.user)
    consents.give(db.session(), who.subject, purpose, said, now=clock.now())
    return redirect(url_for(".home"))


@bp.post("/<purpose>/withdraw")
@may("consent.change", page=True)
def withdraw(purpose: str) -> ResponseReturnValue:
    """Withdraw a consent, once what follows was read."""
    who, session = caller(), db.session()
    if "sure" not in request.form:
        found = consents.standing(session, who.subject, purpose)
        return render_template(
            "patient/consent_withdraw.html", one=found, text=text_of(found)
        )
    asked = withdrawing.Asked("page", who.user)
    withdrawing.withdraw(session, who.subject, purpose, asked, now=clock.now())
    return redirect(url_for(".home"))


def _patient(prescription_id: UUID) -> str:
    """Name whose prescription is settled or held here; NotFound for another."""
    return scope.own_prescription(prescription_id).person_no


def _counter(prescription_id: UUID, person_no: str) -> str:
    found = consents.standings(db.session(), person_no)
    return render_template(
        "counter/consents.html",
        standings=[(each, text_of(each)) for each in found],
        prescription_id=prescription_id,
    )

"""The patient's page of consents: what each one is, given or withdrawn, and what follows."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.consenting import grounds
from dispensing.service import consents, withdrawing
from dispensing.service.consents import Given
from web import clock, db
from web.auth import caller, may
from web.consents import text_of
from web.pages import forms
from web.words import language

bp = Blueprint("consent_pages", __name__, url_prefix="/patient/consents")


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
    withdrawing.withdraw(
        session, who.subject, purpose, way="page", by=who.user, now=clock.now()
    )
    return redirect(url_for(".home"))

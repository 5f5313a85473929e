"""Consents over the interface: how the person stands to each purpose, given, withdrawn."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service import consents, withdrawing
from dispensing.service.consents import Given, Standing
from web import clock, db, scope
from web.auth import caller, may
from web.consents import given, text_of
from web.openapi import answers, reply
from web.schemas import Consented, WithdrawnQuery

bp = APIBlueprint("consents", __name__, url_prefix="/api")

EXAMPLE = {"sha256": 64 * "0", "way": "paper"}


@dataclass(frozen=True, slots=True)
class ConsentView:
    """How a person stands to a purpose, and the text of today; `sha256` names it."""

    purpose: str
    stands: bool
    since: datetime | None
    way: str | None
    title: str
    text: str
    follows: str
    clause: str
    sha256: str


@bp.get("/consents")
@may("consent.change")
@answers({200: list[ConsentView]})
def show() -> ResponseReturnValue:
    """Show how the caller stands to each purpose."""
    return reply(views(caller().subject))


@bp.put("/consents/<purpose>")
@may("consent.change")
@bp.input(Consented, arg_name="form", example=EXAMPLE)
@answers({200: list[ConsentView]})
def give(purpose: str, form: Consented) -> ResponseReturnValue:
    """Agree to the text of today."""
    _give(caller().subject, purpose, form)
    return reply(views(caller().subject))


@bp.delete("/consents/<purpose>")
@may("consent.change")
@answers({200: list[ConsentView]})
def withdraw(purpose: str) -> ResponseReturnValue:
    """Withdraw a consent; what was done before stays as it is."""
    _withdraw(caller().subject, purpose, "page")
    return reply(views(caller().subject))


@bp.put("/prescriptions/<uuid:prescription_id>/consents/<purpose>")
@may("consent.record")
@bp.input(Consented, arg_name="form", example=EXAMPLE)
@answers({200: list[ConsentView]})
def record(prescription_id: UUID, purpose: str, form: Consented) -> ResponseReturnValue:
    """Write down at the counter what a patient has agreed to on paper, or by a helper."""
    person_no = scope.own_prescription(prescription_id).person_no
    _give(person_no, purpose, form)
    return reply(views(person_no))


@bp.delete("/prescriptions/<uuid:prescription_id>/consents/<purpose>")
@may("consent.record")
@bp.input(WithdrawnQuery, location="query", arg_name="asked")
@answers({200: list[ConsentView]})
def record_withdrawal(
    prescription_id: UUID, purpose: str, asked: WithdrawnQuery
) -> ResponseReturnValue:
    """Write down at the counter that a patient withdraws a consent."""
    person_no = scope.own_prescription(prescription_id).person_no
    _withdraw(person_no, purpose, asked.way, asked.paper)
    return reply(views(person_no))


def views(person_no: str) -> list[ConsentView]:
    """Tell how a person stands to each purpose, in the reader's language."""
    return [_view(each) for each in consents.standings(db.session(), person_no)]


def _give(person_no: str, purpose: str, form: Consented) -> None:
    said = given(form)
    assert isinstance(said, Given)
    consents.give(db.session(), person_no, purpose, said, now=clock.now())


def _withdraw(person_no: str, purpose: str, way: str, paper: str = "") -> None:
    asked = withdrawing.Asked(way, caller().user, paper)
    withdrawing.withdraw(db.session(), person_no, purpose, asked, now=clock.now())


def _view(found: Standing) -> ConsentView:
    text, last = text_of(found), found.last if found.stands else None
    return ConsentView(
        found.purpose.slug,
        found.stands,
        last.at if last else None,
        last.way if last else None,
        text.wording.title,
        text.wording.text,
        text.wording.follows,
        text.clause,
        text.sha256,
    )

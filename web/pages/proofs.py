"""Proofs of delivery (送达凭证): looked up by those concerned, each look on record."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, BaseModel, Field

from dispensing.errors import FieldError
from dispensing.intake.instants import Day
from dispensing.parcel_code import read_parcel_code
from routing.service.delivered import LISTED_MAX, Delivered, Sought, Whose, delivered
from web import clock, db, parts, scope
from web.auth import caller, may
from web.pages import forms
from web.strict import plain_text

bp = Blueprint("proofs_pages", __name__, url_prefix="/proofs")

LATE = timedelta(minutes=2)  # from then on both hours of a proof are told
_WHY = "proofs_why"  # in the session: for which order, and why


class Search(BaseModel):
    """What a delivery is looked up by."""

    number: Annotated[str, Field(max_length=40), AfterValidator(plain_text)] = ""
    day: Day | None = None
    courier: Annotated[str, Field(pattern=r"^[A-Z0-9]{0,20}$")] = ""
    name: Annotated[str, Field(max_length=40), AfterValidator(plain_text)] = ""


class Reason(BaseModel):
    """Why the bureau looks at a delivery."""

    why: Annotated[
        str,
        Field(min_length=scope.WHY_MIN, max_length=scope.WHY_MAX),
        AfterValidator(plain_text),
    ]


@bp.get("")
@may("proof.read", page=True)
def home() -> ResponseReturnValue:
    """Look deliveries up by number, day, courier or the patient's masked name."""
    asked = forms.query(Search)
    sought = Sought(_number(asked.number), asked.day, asked.courier, asked.name)
    # The bureau names what it looks for before anybody's delivery is listed.
    named = any((asked.number, asked.day, asked.courier, asked.name))
    found = _found(sought=sought) if named or "bureau" not in caller().roles else ()
    return render_template(
        "proofs/home.html", found=found, asked=asked, most=LISTED_MAX, named=named
    )


@bp.get("/<uuid:order_id>")
@may("proof.read", page=True)
def show(order_id: UUID) -> ResponseReturnValue:
    """Show what was kept of one delivery; the bureau says why first."""
    scope.order(order_id)
    if _asks_why(order_id):
        return render_template("proofs/why.html", order_id=order_id)
    (one, *_) = _found(order_id=order_id) or (None,)
    return render_template("proofs/one.html", one=one, order_id=order_id, late=LATE)


@bp.post("/<uuid:order_id>")
@may("proof.read", page=True)
def say_why(order_id: UUID) -> ResponseReturnValue:
    """Keep why the bureau looks at a delivery, for as long as it looks at this one."""
    scope.order(order_id)
    session[_WHY] = [str(order_id), forms.read(Reason).why]
    return redirect(url_for(".show", order_id=order_id))


@bp.get("/<uuid:order_id>/pictures/<uuid:proof_id>")
@may("proof.read", page=True)
def picture(order_id: UUID, proof_id: UUID) -> ResponseReturnValue:
    """Give the picture of one proof."""
    if _asks_why(order_id):
        return redirect(url_for(".show", order_id=order_id))
    found = scope.proof(proof_id, order_id=order_id, why=_why(order_id))
    answer = Response(found.raw, content_type=found.media)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _found(
    *, order_id: UUID | None = None, sought: Sought | None = None
) -> tuple[Delivered, ...]:
    who = caller()
    role = who.doing("proof.read")
    whose = {
        "patient": Whose(person_no=who.subject, order_id=order_id),
        "counter": Whose(outlet_code=who.subject, order_id=order_id),
        "dispatch": Whose(carrier_code=who.subject, order_id=order_id),
        "bureau": Whose(area=who.subject[:4], order_id=order_id),
    }[role]
    own = role == "patient"
    return delivered(
        db.writing_session(),  # each look is recorded
        parts.desk().vault,
        whose,
        sought or Sought(),
        reader=None if own else who.reads(role, scope.proof_purpose(_why(order_id))),
        now=clock.now(),
    )


def _asks_why(order_id: UUID) -> bool:
    kept = session.get(_WHY, ["", ""])
    return caller().doing("proof.read") == "bureau" and kept[0] != str(order_id)


def _why(order_id: UUID | None) -> str:
    kept: list[str] = session.get(_WHY, ["", ""])
    return kept[1] if kept[0] == str(order_id) else ""


def _number(text: str) -> str:
    """Read the beginning of an order's number, or the code on its parcel."""
    order_id = read_parcel_code(text) if text else None
    number = order_id.hex if order_id else text.replace("-", "").strip().lower()
    if number and (len(number) > 32 or set(number) - set("0123456789abcdef")):
        raise forms.NotAsExpected([FieldError("number", "a number such as 7d4f9e0a")])
    return number

"""The counter's forms for the life of a prescription: review, claim, give back, refer, close."""

from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from web import scope
from web.api.life import (
    claimed_here,
    given_back,
    referred_back,
    rest_closed,
    review_withdrawn,
    reviewed,
)
from web.auth import may
from web.pages import claims, duty, forms
from web.schemas_life import (
    GivingBack,
    Referral,
    RestClosure,
    ReviewRequest,
    ReviewWithdrawal,
)

bp = Blueprint("life_pages", __name__, url_prefix="/counter/prescriptions")


@bp.post("/<uuid:prescription_id>/review")
@may("prescription.review", page=True)
def review(prescription_id: UUID) -> ResponseReturnValue:
    """Write a pharmacist's review down."""
    scope.not_held_elsewhere(prescription_id)
    form = forms.read(
        ReviewRequest, pharmacist=_pharmacist(), opinion=forms.text("opinion", 500)
    )
    reviewed(prescription_id, form)
    duty.keep(form.pharmacist.code, form.pharmacist.name)
    return _back(prescription_id)


@bp.post("/<uuid:prescription_id>/reviews/<int:no>/withdrawal")
@may("prescription.review", page=True)
def withdraw_review(prescription_id: UUID, no: int) -> ResponseReturnValue:
    """Withdraw a passed review."""
    scope.not_held_elsewhere(prescription_id)
    form = forms.read(ReviewWithdrawal, pharmacist=_pharmacist())
    review_withdrawn(prescription_id, no, form)
    claims.forget(prescription_id)
    return _back(prescription_id)


@bp.post("/<uuid:prescription_id>/claim")
@may("prescription.claim", page=True)
def claim(prescription_id: UUID) -> ResponseReturnValue:
    """Hold the prescription for this pharmacy."""
    scope.not_held_elsewhere(prescription_id)
    claimed = claimed_here(prescription_id)
    claims.keep(prescription_id, claimed.secret)
    return _back(prescription_id)


@bp.post("/<uuid:prescription_id>/return")
@may("prescription.claim", page=True)
def give_back(prescription_id: UUID) -> ResponseReturnValue:
    """Give the prescription back."""
    scope.not_held_elsewhere(prescription_id)
    form = forms.read(GivingBack, secret=_secret(prescription_id))
    given_back(prescription_id, form)
    claims.forget(prescription_id)
    return _back(prescription_id)


@bp.post("/<uuid:prescription_id>/refer")
@may("prescription.refer_back", page=True)
def refer_back(prescription_id: UUID) -> ResponseReturnValue:
    """Send the prescription back to the prescriber."""
    scope.not_held_elsewhere(prescription_id)
    form = forms.read(Referral, secret=claims.kept(prescription_id))
    referred_back(prescription_id, form)
    claims.forget(prescription_id)
    return _back(prescription_id)


@bp.post("/<uuid:prescription_id>/close")
@may("prescription.close_rest", page=True)
def close_rest(prescription_id: UUID) -> ResponseReturnValue:
    """Close the rest of what was handed out in part."""
    scope.not_held_elsewhere(prescription_id)
    rest_closed(prescription_id, forms.read(RestClosure))
    return _back(prescription_id)


def _pharmacist() -> dict[str, str]:
    return {
        "code": forms.text("pharmacist_code", 40),
        "name": forms.text("pharmacist_name", 40),
    }


def _secret(prescription_id: UUID) -> str:
    # Without one that was kept the service says what to do: a form cannot know it.
    return claims.kept(prescription_id) or "-" * 43


def _back(prescription_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("counter_pages.show", prescription_id=prescription_id))

"""The life of a prescription over the interface: review, claim, give back, refer, close."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service.views import Claimed, PrescriptionView, ReviewView
from web import clock, db, parts, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_life import (
    GivingBack,
    Referral,
    RestClosure,
    ReviewRequest,
    ReviewWithdrawal,
)

bp = APIBlueprint("life", __name__, url_prefix="/api/prescriptions")

SECRET = "nH0eQzWvUo7v1m3Q2o9yq0l4b8r5s6t7u8v9w0x1y2z"


@bp.post("/<uuid:prescription_id>/reviews")
@may("prescription.review")
@bp.input(
    ReviewRequest,
    arg_name="form",
    example={
        "verdict": "passed",
        "pharmacist": {"code": "ZY330300012345", "name": "叶药师"},
        "opinion": "",
    },
)
@answers({200: ReviewView})
def review(prescription_id: UUID, form: ReviewRequest) -> ResponseReturnValue:
    """Review a prescription (审方), or agree to it as the second pharmacist (复核)."""
    scope.not_held_elsewhere(prescription_id)
    return reply(reviewed(prescription_id, form))


@bp.post("/<uuid:prescription_id>/reviews/<int:no>/withdrawal")
@may("prescription.review")
@bp.input(
    ReviewWithdrawal,
    arg_name="form",
    example={
        "pharmacist": {"code": "ZY330300012345", "name": "叶药师"},
        "reason": "与在用药物有相互作用，漏看",
    },
)
@answers({200: ReviewView})
def withdraw_review(
    prescription_id: UUID, no: int, form: ReviewWithdrawal
) -> ResponseReturnValue:
    """Withdraw a passed review before the settlement (撤回审方)."""
    scope.not_held_elsewhere(prescription_id)
    return reply(review_withdrawn(prescription_id, no, form))


@bp.post("/<uuid:prescription_id>/claim")
@may("prescription.claim")
@answers({200: Claimed})
def claim(prescription_id: UUID) -> ResponseReturnValue:
    """Hold a prescription for this pharmacy; the secret is told this once."""
    scope.not_held_elsewhere(prescription_id)
    return reply(claimed_here(prescription_id))


@bp.post("/<uuid:prescription_id>/return")
@may("prescription.claim")
@bp.input(
    GivingBack, arg_name="form", example={"secret": SECRET, "reason": "out_of_stock"}
)
@answers({200: PrescriptionView})
def give_back(prescription_id: UUID, form: GivingBack) -> ResponseReturnValue:
    """Give a claimed prescription back, so that another pharmacy may have it."""
    scope.not_held_elsewhere(prescription_id)
    given_back(prescription_id, form)
    return reply(scope.prescription(prescription_id))


@bp.post("/<uuid:prescription_id>/referral")
@may("prescription.refer_back")
@bp.input(Referral, arg_name="form", example={"wanted": "氨氯地平缺货", "secret": None})
@answers({200: PrescriptionView})
def refer_back(prescription_id: UUID, form: Referral) -> ResponseReturnValue:
    """Send a prescription back to its prescriber, because another medicine is wanted."""
    scope.not_held_elsewhere(prescription_id)
    referred_back(prescription_id, form)
    return reply(scope.prescription(prescription_id))


@bp.post("/<uuid:prescription_id>/rest/closure")
@may("prescription.close_rest")
@bp.input(RestClosure, arg_name="form", example={"reason": "not_wanted"})
@answers({200: PrescriptionView})
def close_rest(prescription_id: UUID, form: RestClosure) -> ResponseReturnValue:
    """Close the rest of a prescription that was handed out in part."""
    scope.not_held_elsewhere(prescription_id)
    rest_closed(prescription_id, form)
    return reply(scope.prescription(prescription_id))


def reviewed(prescription_id: UUID, form: ReviewRequest) -> ReviewView:
    """Write down what a pharmacist says of a prescription."""
    return service.review(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        review=service.Review(
            form.verdict, form.pharmacist.code, form.pharmacist.name, form.opinion
        ),
        by=caller().user,
        now=clock.now(),
        no=form.no,
    )


def review_withdrawn(
    prescription_id: UUID, no: int, form: ReviewWithdrawal
) -> ReviewView:
    """Write down that a pharmacist withdraws a review."""
    return service.withdraw_review(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        no=no,
        withdrawal=service.Withdrawal(
            form.reason, form.pharmacist.code, form.pharmacist.name
        ),
        by=caller().user,
        now=clock.now(),
    )


def claimed_here(prescription_id: UUID) -> Claimed:
    """Hold a prescription for the caller's pharmacy."""
    return service.claim(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        by=caller().user,
        now=clock.now(),
    )


def given_back(prescription_id: UUID, form: GivingBack) -> None:
    """Give a claimed prescription back."""
    service.give_back(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        secret=form.secret,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
    )


def referred_back(prescription_id: UUID, form: Referral) -> None:
    """Send a prescription back to its prescriber."""
    service.refer_back(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        secret=form.secret,
        wanted=form.wanted,
        by=caller().user,
        now=clock.now(),
    )


def rest_closed(prescription_id: UUID, form: RestClosure) -> None:
    """Close the rest of a prescription."""
    service.close_rest(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
    )

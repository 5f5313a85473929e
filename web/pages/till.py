"""The outlet's till as a page: what it should hold, what couriers bring, closing it."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.ledger import TILLS
from pharmacies.service import courier_names
from web import client_keys, clock, db
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("till_pages", __name__, url_prefix="/counter/till")


@bp.get("")
@may("till.read", page=True)
def home() -> ResponseReturnValue:
    """Show what the till should hold now, and how it was closed before."""
    outlet_code = caller().subject
    till = service.till(db.session(), outlet_code)
    # Who brings cash is seen at the counter; staff of other outlets read nothing here.
    codes = [purse.courier_code for purse in till.purses]
    return render_template(
        "counter/till.html",
        till=till,
        names=courier_names(db.session(), codes),
        closings=service.closings(db.session(), outlet_code),
        methods=TILLS,
    )


@bp.post("/close")
@may("till.close", page=True)
def close() -> ResponseReturnValue:
    """Close the till against what was counted (交班)."""
    service.close_till(
        db.session(),
        outlet_code=caller().subject,
        counted={method: forms.fen(method) for method in TILLS},
        reason=forms.text("reason"),
        by=caller().user,
        now=clock.now(),
        act_id=client_keys.act_id(),
        after=request.form.get("after"),
    )
    return redirect(url_for(".home"))


@bp.post("/tenders/<uuid:prescription_id>")
@may("till.enter", page=True)
def tender(prescription_id: UUID) -> ResponseReturnValue:
    """Record how the patient pays the own share, in parts where that is so."""
    service.tender(
        db.session(),
        settlement_id=forms.number("settlement"),
        outlet_code=caller().subject,
        parts={method: forms.fen(method) for method in TILLS},
        by=caller().user,
        now=clock.now(),
    )
    return redirect(url_for("counter_pages.show", prescription_id=prescription_id))


@bp.post("/hand-in")
@may("till.enter", page=True)
def hand_in() -> ResponseReturnValue:
    """Take in what a courier collected at the door."""
    service.hand_in(
        db.session(),
        outlet_code=caller().subject,
        courier_code=forms.text("courier", 40),
        amount_fen=forms.fen("amount"),
        by=caller().user,
        now=clock.now(),
        act_id=client_keys.act_id(),
    )
    return redirect(url_for(".home"))

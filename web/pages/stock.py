"""An outlet's stock as a page: on hand, receipts, losses and counts."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pharmacies import service as pharmacies
from web import db
from web.api.stock import counted, moved
from web.auth import caller, login_as
from web.pages import forms
from web.schemas import StockCount, StockMovement

bp = Blueprint("stock_pages", __name__, url_prefix="/counter/stock")


@bp.get("")
@login_as("counter", page=True)
def home() -> ResponseReturnValue:
    """Show what is on hand, and the last movements."""
    outlet_code = caller().subject
    return render_template(
        "counter/stock.html",
        on_hand=pharmacies.on_hand(db.session(), outlet_code),
        movements=pharmacies.movements(db.session(), outlet_code)[:60],
    )


@bp.post("/enter")
@login_as("counter", page=True)
def enter() -> ResponseReturnValue:
    """Enter a receipt, a loss, or what was counted."""
    if request.form.get("kind") == "counted":
        number = request.form.get("quantity", "")
        counted(forms.read(StockCount, counted=number))
    else:
        moved(forms.read(StockMovement))
    return redirect(url_for(".home"))

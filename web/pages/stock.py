"""An outlet's stock as a page: on hand, receipts, losses and counts."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pharmacies import service as pharmacies
from pharmacies.replenishing import Reorder
from web import db
from web.api.shelves import chosen, on_shelf, to_order
from web.api.stock import counted, moved
from web.auth import caller, may
from web.pages import forms
from web.schemas_stock import ReorderQuery, StockCount, StockMovement

EXPIRING_DAYS = 90  # marked on the page; the operator's choice, no rule

bp = Blueprint("stock_pages", __name__, url_prefix="/counter/stock")


@bp.get("")
@may("stock.read", page=True)
def home() -> ResponseReturnValue:
    """Show what is on hand batch by batch, choices, what to order, and the last movements."""
    outlet_code = caller().subject
    medicine = request.args.get("generic_of", "").strip()
    return render_template(
        "counter/stock.html",
        shelf=on_shelf(EXPIRING_DAYS),
        choices=chosen(medicine) if medicine else (),
        medicine=medicine,
        odd=pharmacies.stock_differences(db.session(), outlet_code),
        orders=_orders(),
        given=request.args,
        on_hand=pharmacies.on_hand(db.session(), outlet_code),
        movements=pharmacies.movements(db.session(), outlet_code)[:60],
    )


def _orders() -> tuple[Reorder, ...] | None:
    """List what to order by the figures that are asked with, None without any."""
    given = (request.args.get(name, "").strip() for name in ReorderQuery.model_fields)
    return to_order(forms.query(ReorderQuery)) if any(given) else None


@bp.post("/enter")
@may("stock.enter", page=True)
def enter() -> ResponseReturnValue:
    """Enter a receipt, a loss, or what was counted."""
    if request.form.get("kind") == "counted":
        number = request.form.get("quantity", "")
        counted(forms.read(StockCount, counted=number))
    else:
        moved(forms.read(StockMovement))
    return redirect(url_for(".home"))

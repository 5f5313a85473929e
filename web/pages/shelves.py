"""The bureau's page of stock: recalls, least assortments, alarms and demand."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pharmacies import lot_service
from web import db
from web.api.shelves import alarmed, assorted, expected, said
from web.auth import may
from web.pages import forms
from web.schemas_stock import AlarmQuery, DemandQuery, RecallForm

bp = Blueprint("shelves_pages", __name__, url_prefix="/bureau/stock")


@bp.get("")
@may("supply.read", page=True)
def home() -> ResponseReturnValue:
    """Show recalls and assortments; alarms and demand by the figures that are asked with."""
    given = {name: value for name, value in request.args.items() if value.strip()}
    alarm = {"window_days", "percent"} & given.keys()
    found = alarmed(forms.query(AlarmQuery)) if alarm else None
    needs = expected(forms.query(DemandQuery).days) if "days" in given else None
    return render_template(
        "bureau/stock.html",
        recalls=lot_service.recalls(db.session()),
        assorted=assorted(),
        alarms=found,
        needs=needs,
        given=given,
    )


@bp.post("/recall")
@may("recall.order", page=True)
def recall() -> ResponseReturnValue:
    """Recall a lot, or give it free again."""
    said(forms.read(RecallForm))
    return redirect(url_for(".home"))

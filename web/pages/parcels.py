"""The label of a parcel: what a courier scans when it is loaded."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dispensing.parcel_code import parcel_code
from dispensing.qr import draw_svg
from pharmacies import service as pharmacies
from web import db, scope
from web.auth import may

bp = Blueprint("parcel_pages", __name__, url_prefix="/counter")


@bp.get("/orders/<uuid:order_id>/label")
@may("order.pack", page=True)
def label(order_id: UUID) -> ResponseReturnValue:
    """Show the label of a parcel to be printed; neither name nor address is on it."""
    order = scope.order(order_id)
    code = parcel_code(order_id)
    return render_template(
        "counter/label.html",
        order=order,
        code=code,
        svg=draw_svg(code),
        outlet=pharmacies.outlet(db.session(), order.outlet_code).name,
    )

"""The patient over the interface: insurance codes (医保码) and delivery orders."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service import Delivery
from dispensing.service.views import IssuedCode, OrderView
from pharmacies.places import Point
from web import clock, db, parts, places, scope, windows
from web.auth import caller, may
from web.consents import given
from web.openapi import answers, reply
from web.schemas import CodeRequest, OrderRequest

bp = APIBlueprint("patient", __name__, url_prefix="/api")

ORDER = {
    "window_opens": "2025-09-15T14:00:00+08:00",
    "window_closes": "2025-09-15T17:00:00+08:00",
    "area": "330302",
    "address": "鹿城区示例路1号",
    "point": {"lon": 120.655, "lat": 28.015},
    "phone": "19900000001",
}


@bp.post("/insurance-codes")
@may("code.issue")
@bp.input(
    CodeRequest,
    arg_name="form",
    example={"purpose": "settle", "outlet": "P33030200001"},
)
@answers({201: IssuedCode})
def issue_code(form: CodeRequest) -> ResponseReturnValue:
    """Issue an insurance code that opens one act at one outlet for a minute."""
    issued = service.issue_code(
        db.session(),
        parts.desk(),
        person_no=form.person or caller().subject,
        purpose=form.purpose,
        outlet_code=form.outlet,
        shown_by=caller().subject,
        operator=form.operator,
        now=clock.now(),
    )
    return reply(issued, 201)


@bp.post("/prescriptions/<uuid:prescription_id>/order")
@may("order.place")
@bp.input(OrderRequest, arg_name="form", example=ORDER)
@answers({201: OrderView})
def order_delivery(prescription_id: UUID, form: OrderRequest) -> ResponseReturnValue:
    """Order the delivery of a settled prescription."""
    scope.own_prescription(prescription_id)
    point = Point(form.point.lon, form.point.lat)
    places.reject_elsewhere(point, form.area)
    placed = service.order_delivery(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        delivery=delivery_of(form, point),
        now=clock.now(),
        consent=given(form.consent),
    )
    return reply(placed, 201)


@bp.get("/orders/<uuid:order_id>")
@may("order.read")
@answers({200: OrderView})
def show_order(order_id: UUID) -> ResponseReturnValue:
    """Show one delivery order to those it concerns."""
    return reply(scope.order(order_id))


def delivery_of(form: OrderRequest, point: Point) -> Delivery:
    """Say where and when it shall come: in the patient's own window, or as soon as it can."""
    opens, closes = form.window_opens, form.window_closes
    if opens is None or closes is None:
        opens, closes = windows.soonest()
    return Delivery(
        window_opens=opens,
        window_closes=closes,
        area=form.area,
        address=form.address,
        point=point,
        phone=form.phone,
        own_window=form.window_opens is not None,
    )

"""The courier's face: today's stops in order, load, hand over, failure; also without a line."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]

from dispensing.parcel_code import parcel_code
from dispensing.signing import ED25519, key_list
from routing import service
from routing.service.views import RouteView, StopView
from web import clock, cold_chain, db, parts, scope
from web.api.cases import broke_down
from web.api.courier import keep_photograph
from web.api.dispatch import door_of
from web.auth import caller, may
from web.live import seen
from web.looks import is_elder, theme
from web.pages import forms, going
from web.schemas_cold import ReadingForm
from web.schemas_door import Failure, Handover, PickUps
from web.words import language

bp = Blueprint("courier_pages", __name__, url_prefix="/courier")

SCRIPTS = (
    *("store", "clock", "sending", "acts", "proof", "scan", "place", "leaving"),
    "page",
)


@bp.get("")
@may("route.read", page=True)
def home() -> ResponseReturnValue:
    """Show the caller's routes of today, stop by stop; 304 where a phone has them already."""
    seen.note()
    generate_csrf()
    shown = _shown(
        service.routes(db.session(), parts.desk(), caller().subject, clock.today())
    )
    tag = _tag(shown)
    if tag in request.if_none_match:
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    now_ms = int(clock.now().timestamp() * 1000)
    page = make_response(render_template("courier/home.html", **shown, now_ms=now_ms))
    page.set_etag(tag)
    # A courier's place is asked for on this page alone.
    page.headers["Permissions-Policy"] = (
        "geolocation=(self), microphone=(), camera=(self)"
    )
    return page


@bp.post("/breakdown")
@may("breakdown.report", page=True)
def break_down() -> ResponseReturnValue:
    """Report that the vehicle broke down."""
    broke_down()
    return redirect(url_for(".home"))


@bp.post("/routes/<uuid:route_id>/depart")
@may("route.depart", page=True)
def depart(route_id: UUID) -> ResponseReturnValue:
    """Set out on a route."""
    service.depart(
        db.session(),
        parts.desk(),
        route_id=route_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/pick-up")
@may("order.pick_up", page=True)
def pick_up(order_id: UUID) -> ResponseReturnValue:
    """Pick one parcel up."""
    service.pick_up(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        now=clock.now(),
    )
    return redirect(url_for(".home"))


@bp.post("/pick-ups")
@may("order.pick_up", page=True)
def pick_up_all() -> ResponseReturnValue:
    """Pick up the parcels that were ticked at one counter; each that is there already stays."""
    form = forms.read(PickUps, orders=request.form.getlist("order"))
    for order_id in form.orders:
        service.pick_up(
            db.session(),
            parts.desk(),
            order_id=order_id,
            courier_code=caller().subject,
            now=clock.now(),
        )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/hand-over")
@may("order.hand_over", page=True)
def hand_over(order_id: UUID) -> ResponseReturnValue:
    """Hand an order over against what the patient shows."""
    form = forms.read(
        Handover,
        temperature_dc=_temperature_dc() if request.form.get("temperature") else None,
        proxy=forms.proxy("patient_id_number"),
        seal_intact=request.form.get("seal") == "intact",
    )
    service.hand_over(
        db.session(),
        parts.desk(),
        secret=parts.keys().handover,
        signed_by=parts.ring().public(),
        order_id=order_id,
        courier_code=caller().subject,
        door=door_of(form),
        now=clock.now(),
    )
    return _photographed(order_id)


@bp.post("/orders/<uuid:order_id>/fail")
@may("order.fail", page=True)
def fail(order_id: UUID) -> ResponseReturnValue:
    """Record a delivery that failed."""
    form = forms.read(Failure)
    service.fail(
        db.session(),
        parts.desk(),
        order_id=order_id,
        courier_code=caller().subject,
        reason=form.reason,
        outcome=form.outcome,
        now=clock.now(),
    )
    return _photographed(order_id)


@bp.post("/routes/<uuid:route_id>/reading")
@may("temperature.record", page=True)
def read_box(route_id: UUID) -> ResponseReturnValue:
    """Write down what the box was read at, for every cold parcel in it."""
    read_dc = _temperature_dc()
    cold_chain.noted(
        forms.read(ReadingForm, temperature_dc=read_dc, source="box", route_id=route_id)
    )
    return redirect(url_for(".home"))


@bp.post("/orders/<uuid:order_id>/reading")
@may("temperature.record", page=True)
def read_parcel(order_id: UUID) -> ResponseReturnValue:
    """Write down what a cold parcel was read at when it was picked up."""
    read_dc = _temperature_dc()
    cold_chain.noted(
        forms.read(
            ReadingForm, temperature_dc=read_dc, source="pickup", order_id=order_id
        )
    )
    return redirect(url_for(".home"))


@bp.get("/orders/<uuid:order_id>/call")
@may("order.call", page=True)
def call(order_id: UUID) -> ResponseReturnValue:
    """Show the telephone number of a door that is still ahead; the look at it is recorded."""
    found = scope.order(order_id)
    phone = service.phone_at_door(
        db.writing_session(),
        parts.desk(),
        order_id,
        courier_code=caller().subject,
        reader=caller().reads("courier", "联系收货人"),
        now=clock.now(),
    )
    return render_template("courier/call.html", phone=phone, address=found.address)


@bp.get("/worker.js")
def worker() -> ResponseReturnValue:
    """Give the script that serves the page without a line; no secret is in it."""
    answer = Response(going.worker_script(SCRIPTS), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/courier"
    return answer


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Say how the page is installed on a phone."""
    text = json.dumps(going.manifest(), ensure_ascii=False)
    return Response(text, mimetype="application/manifest+json")


def _temperature_dc() -> int:
    """Read a temperature of a form in °C; below zero by a tick, for keys without a minus."""
    read_dc = forms.degrees("temperature")
    return -abs(read_dc) if request.form.get("below") else read_dc


def _photographed(order_id: UUID) -> ResponseReturnValue:
    """Keep the photograph that came with a form, and lead back to the route."""
    picture = request.files.get("photo")
    raw = picture.read() if picture else b""
    if raw:
        keep_photograph(order_id, raw)
    return redirect(url_for(".home"))


def grouped(stops: Iterable[StopView]) -> tuple[tuple[StopView, ...], ...]:
    """Put what is loaded at one counter together: neighbours alone, so that the order is kept."""

    def place(stop: StopView) -> tuple[object, ...]:
        return (stop.name, stop.point) if stop.kind == "pickup" else (stop.no,)

    return tuple(tuple(found) for _, found in groupby(stops, place))


def to_bring_back(routes: Iterable[RouteView]) -> dict[str, tuple[StopView, ...]]:
    """Tell which parcels that found no taker go back today, by the outlet they came from."""
    back: dict[str, tuple[StopView, ...]] = {}
    for route in routes:
        failed = {
            it.order_id for it in route.stops if it.outcome in ("retry", "return")
        }
        for stop in route.stops:
            if stop.kind == "pickup" and stop.order_id in failed:
                back[stop.name] = (*back.get(stop.name, ()), stop)
    return back


def _shown(routes: tuple[RouteView, ...]) -> Mapping[str, Any]:
    stops = [stop for route in routes for stop in route.stops]
    ahead = [
        (route.id, stop.no)
        for route in routes
        for stop in route.stops
        if route.state == "out"
        and stop.kind in ("pickup", "dropoff")
        and stop.done_at is None
    ]
    return {
        "routes": sorted(routes, key=lambda route: route.state == "done"),
        "ways": {stop.point: going.ways(stop.point) for stop in stops},
        "ahead": {
            route.id: grouped(
                it for it in route.stops if it.kind != "start" and it.done_at is None
            )
            for route in routes
        },
        "codes": {it.order_id: parcel_code(it.order_id) for it in stops if it.order_id},
        "next": ahead[0] if ahead else None,
        "back": to_bring_back(routes),
        "keys": _keys(),
        "scripts": SCRIPTS,
        "today": clock.today().isoformat(),
        "arrivals": service.arrivals_of_courier(
            *(db.session(), parts.desk(), caller().subject, parts.live_travel()),
            now=clock.now(),
        ),
        "broken": service.breakdown_since(
            db.session(), caller().subject, clock.today()
        ),
        "cases": service.case_words(
            db.session(), {stop.order_id for stop in stops if stop.order_id}
        ),
    }


def _keys() -> str:
    """List the keys with which a phone can check a patient's code by itself."""
    known = [key for key in parts.ring().public().values() if key.algorithm == ED25519]
    listed = [{"kid": key["kid"], "x": key["x"]} for key in key_list(known)["keys"]]
    return json.dumps(listed)


def _tag(shown: Mapping[str, Any]) -> str:
    """Name the page by what is on it, for this session: the same name, the same page."""
    about = (
        caller().subject,
        caller().name,
        session.get("csrf_token"),
        language(),
        theme(),
        is_elder(),
        going.version(SCRIPTS),
        sorted((name, repr(each)) for name, each in shown.items()),
    )
    return hashlib.sha256(repr(about).encode()).hexdigest()[:32]

"""The patient's face: my prescriptions, my code, my delivery."""

from datetime import datetime
from functools import cache, partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.qr import draw_svg
from dispensing.service import at_home
from dispensing.service.listing import ListedView
from dispensing.service.views import OrderView
from pharmacies import service as pharmacies
from pharmacies.nearby import named_admitted, nearest_admitted
from pharmacies.outlets import Outlet
from pharmacies.places import AREAS, Point, pooling_area
from routing import service as routing
from routing.door_token import sign_token
from routing.service.code_issues import issue_of
from web import clock, cold_chain, consents, db, parts, places, scope, shown
from web.api import promises
from web.api.live_road import arrival_of, case_of
from web.api.patient import delivery_of
from web.auth import caller, may
from web.live import seen
from web.pages import enrolled, forms, way
from web.pages.cold_chain import left_and_came
from web.schemas import CodeRequest, OrderRequest
from web.windows import proposal

bp = Blueprint("patient_pages", __name__, url_prefix="/patient")

NEAR_MAX = 12
WORDS_MAX = 40
SOON = "soon"  # no window of one's own


@bp.get("")
@may("own.read", page=True)
def home() -> ResponseReturnValue:
    """Show the caller's prescriptions and what the year has used."""
    seen.note()
    ways = _ways()
    year = at_home.year_of(
        db.session(), parts.desk(), caller().subject, now=clock.now()
    )
    return render_template(
        "patient/home.html",
        ongoing=[each for each in ways if each[0].life.stage not in way.OVER],
        over=[each for each in ways if each[0].life.stage in way.OVER],
        year=year,
        given=enrolled.lately(),
        labels=parts.labels(clock.today()),
    )


@bp.get("/prescriptions/<uuid:prescription_id>")
@may("prescription.read", face="patient", page=True)
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show one prescription: its state, why, the amounts, and what can be done now."""
    seen.note()
    found = scope.prescription(prescription_id)
    _, point, _ = service.home_of(db.session(), parts.desk(), caller().subject)
    named = names()
    return render_template(
        "patient/prescription.html",
        rx=found,
        way=way.way_of(found, named),
        steps=way.steps_of(found, named),
        assessed=shown.last_assessed(found),
        outlets=near(point, found.life.claimed_by or found.outlet_code),
        receipts=service.receipts_of(db.session(), prescription_id),
        asks_delivery=consents.asked("delivery", found.person_no) is not None,
    )


@bp.get("/codes")
@may("code.issue", page=True)
def codes() -> ResponseReturnValue:
    """Ask in which pharmacy an insurance code (医保码) is to be shown, and what for."""
    seen.note()
    _, point, _ = service.home_of(db.session(), parts.desk(), caller().subject)
    words = request.args.get("name", "").strip()[:WORDS_MAX]
    return render_template(
        "patient/codes.html",
        outlets=named(point, words) if words else near(point, None),
        words=words,
        chosen=request.args.get("outlet"),
        issues_codes=parts.desk().issues_codes,
        ways=_ongoing(),
    )


@bp.post("/codes")
@may("code.issue", page=True)
def code() -> ResponseReturnValue:
    """Draw a fresh insurance code (医保码) for one outlet."""
    seen.note()
    form = forms.read(CodeRequest)
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
    left_s = int((issued.expires_at - clock.now()).total_seconds())
    place = pharmacies.outlet(db.session(), form.outlet)
    return render_template(
        "patient/code.html",
        issued=issued,
        outlet=place,
        purpose=form.purpose,
        person=form.person,
        left_s=left_s,
        ways=[] if form.person else _ongoing(),
    )


@bp.get("/prescriptions/<uuid:prescription_id>/order")
@may("order.place", face="patient", page=True)
def order_form(prescription_id: UUID) -> ResponseReturnValue:
    """Ask where and when a settled prescription is to be brought."""
    found = scope.prescription(prescription_id)
    if found.state != "settled" or way.is_ordered(found):
        return redirect(url_for(".show", prescription_id=prescription_id))
    address, _, phone = service.home_of(db.session(), parts.desk(), caller().subject)
    return render_template(
        "patient/order_form.html",
        rx=found,
        address=address,
        phone=phone,
        areas=AREAS,
        proposal=proposal(),
        asked=consents.asked("delivery", found.person_no),
    )


@bp.post("/prescriptions/<uuid:prescription_id>/order")
@may("order.place", face="patient", page=True)
def order(prescription_id: UUID) -> ResponseReturnValue:
    """Order the delivery of a settled prescription."""
    placed = place_order(prescription_id)
    return redirect(url_for(".track", order_id=placed.id))


@bp.get("/orders/<uuid:order_id>")
@may("order.read", face="patient", page=True)
def track(order_id: UUID) -> ResponseReturnValue:
    """Show where a delivery is, and the six digits that receive it."""
    seen.note()
    scope.order(order_id)
    tracked = routing.tracking(
        db.session(), parts.desk(), parts.keys().handover, order_id
    )
    late = clock.now() > tracked.order.window_closes
    return render_template(
        "patient/order.html",
        tracked=tracked,
        door=_door_picture(tracked.order),
        arrival=arrival_of(order_id),
        case=case_of(order_id),
        steps=way.order_steps(tracked.order),
        outlet=pharmacies.outlet(db.session(), tracked.order.outlet_code),
        cold=cold_chain.seen(order_id) if tracked.order.storage == "cold" else None,
        left_and_came=partial(
            left_and_came, returned=tracked.order.state == "returned"
        ),
        promise=promises.of_order(order_id),
        is_late=late and tracked.order.ended_at is None,
    )


def _door_picture(order: OrderView) -> str:
    """Draw the signed code that a courier's phone can check by itself, while it opens a door."""
    if order.state not in ("planned", "out"):
        return ""
    issue = issue_of(db.session(), order.id)
    return draw_svg(sign_token(str(order.id), parts.ring().signer(), issue))


def place_order(prescription_id: UUID) -> OrderView:
    """Place the order that the sent form describes, for the patient or at the counter."""
    rx = scope.own_prescription(prescription_id)
    address = forms.line("address")
    point = _point_of(rx.person_no, address)
    form = forms.read(
        OrderRequest,
        address=address,
        point={"lon": point.lon, "lat": point.lat},
        **_window_chosen(),
        **forms.agreed(),
    )
    places.reject_elsewhere(point, form.area)
    return service.order_delivery(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        delivery=delivery_of(form, point),
        now=clock.now(),
        consent=consents.given(form.consent),
    )


def _window_chosen() -> dict[str, datetime]:
    """Read the window of the form; none where it is to come as soon as it can."""
    window = request.form.get("window", "")
    if window == SOON:
        return {}
    day, _, span = window.partition(" ")
    opens, _, closes = span.partition("-")
    return {
        "window_opens": forms.at(day, opens),
        "window_closes": forms.at(day, closes),
    }


def names() -> way.Named:
    """Give a way to name outlets, each looked up once for a page."""
    session = db.session()
    return cache(lambda code: pharmacies.outlet(session, code).name)


def own_prescriptions() -> tuple[ListedView, ...]:
    """List the caller's prescriptions, and record that they were read."""
    who = caller()
    return service.prescriptions_of(
        db.writing_session(),
        parts.desk(),
        who.subject,
        reader=who.reads("patient", "查看本人处方"),
        now=clock.now(),
    )


def _ways() -> list[tuple[ListedView, way.Way]]:
    found = own_prescriptions()
    at = (each for rx in found for each in (rx.settlement, rx.order) if each)
    codes = {each.outlet_code for each in at}
    named = pharmacies.outlet_names(db.session(), codes).__getitem__
    return [(rx, way.way_of(rx, named)) for rx in found]


def _ongoing() -> list[tuple[ListedView, way.Way]]:
    ways = [each for each in _ways() if each[0].life.stage not in way.OVER]
    # What has just happened comes first: it is what the code was shown for.
    return sorted(ways, key=lambda each: each[1].since, reverse=True)


def _point_of(person_no: str, typed: str) -> Point:
    """Find the typed address: the home has its point, others are looked up."""
    address, home, _ = service.home_of(db.session(), parts.desk(), person_no)
    if not typed or places.same_door(typed, address):
        return home
    known = places.gazetteer(db.session())
    db.session().rollback()  # others take their time: nothing is held meanwhile
    area = request.form.get("area")
    found = places.sought(known, parts.geocoder(), typed, area)
    return places.door(found, roughly="roughly" in request.form).point


def named(home: Point, words: str) -> list[Outlet]:
    """List the nearest designated pharmacies (指定药店) whose name or address has the words."""
    today, session = clock.today(), db.session()
    area = pooling_area(service.insured_in(session, caller().subject))
    return list(
        named_admitted(session, home, area, day=today, words=words, count=NEAR_MAX)
    )


def near(home: Point, checked_at: str | None) -> list[Outlet]:
    """List designated pharmacies (指定药店): where it was checked, then the nearest.

    They are those of the pooling area (统筹区) that insures the caller.
    """
    today, session = clock.today(), db.session()
    area = pooling_area(service.insured_in(session, caller().subject))
    found = nearest_admitted(session, home, area, today, count=NEAR_MAX)
    if checked_at is None or not pharmacies.is_designated(
        session, checked_at, today, "chronic"
    ):
        return list(found)
    first = pharmacies.outlet(session, checked_at)
    rest = [each for each in found if each.code != checked_at]
    return [first, *rest][:NEAR_MAX] if first.kind == "pharmacy" else list(found)

"""The dispatcher's road: who is where, what is wrong, and the desk of exceptions."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from dispensing.service.happened import COLD_VERDICTS
from pharmacies import service as network
from routing import service
from routing.service import CaseView
from routing.service.breaching import Breach, breach
from web import clock, db, parts, windows
from web.api import cases
from web.api.live_road import acknowledged, ended_key, given, made_key
from web.auth import caller, may
from web.live import seen
from web.pages import forms
from web.pages.cold_chain import faults
from web.schemas_live import CaseReplan, CaseRetry, DeviceForm

bp = Blueprint("road_pages", __name__, url_prefix="/dispatch")


@bp.get("/road")
@may("fleet.read", page=True)
def home() -> ResponseReturnValue:
    """Show who is on the road and when they come, what is wrong, and the firm's trackers."""
    seen.note()
    return _shown()


@bp.post("/road/alerts/<uuid:alert_id>")
@may("alert.acknowledge", page=True)
def acknowledge(alert_id: UUID) -> ResponseReturnValue:
    """Note that the caller has seen an alert."""
    acknowledged(alert_id)
    return redirect(url_for(".home"))


@bp.post("/road/keys")
@may("feed.change", page=True)
def make_key() -> ResponseReturnValue:
    """Make a key for the feed; the page shows it this once."""
    return _shown(made=made_key().key)


@bp.post("/road/keys/<uuid:key_id>/end")
@may("feed.change", page=True)
def end_key(key_id: UUID) -> ResponseReturnValue:
    """End a key of the feed."""
    ended_key(key_id)
    return redirect(url_for(".home"))


@bp.post("/road/devices")
@may("feed.change", page=True)
def give_device() -> ResponseReturnValue:
    """Say who carries a device; nobody takes it off the list."""
    given(forms.read(DeviceForm))
    return redirect(url_for(".home"))


@bp.get("/cases")
@may("case.read", page=True)
def list_cases() -> ResponseReturnValue:
    """Show the desk of exceptions: what waits, who has it, and what has just ended."""
    seen.note()
    firm = caller().subject
    found = service.desk_cases(db.session(), parts.desk(), firm, now=clock.now())
    return render_template("dispatch/cases.html", cases=found)


@bp.get("/cases/<uuid:case_id>")
@may("case.read", page=True)
def show_case(case_id: UUID) -> ResponseReturnValue:
    """Show one case, the acts that end it, and its history."""
    seen.note()
    found = cases.own_case(case_id)
    return render_template(
        "dispatch/case.html",
        case=found,
        me=caller().user,
        breach=_breach(found),
        faults=faults,
        verdicts=COLD_VERDICTS,
        slots=windows.proposal().slots,
    )


def _breach(case: CaseView) -> Breach | None:
    """Find what is wrong with the cold chain of a case that is still open."""
    if case.order is None or not case.is_open:
        return None
    return breach(db.session(), case.order.id, clock.now(), desk=parts.desk())


@bp.post("/cases/<uuid:case_id>/taking")
@may("case.take", page=True)
def take(case_id: UUID) -> ResponseReturnValue:
    """Take a case."""
    cases.taken(case_id)
    return _back(case_id)


@bp.post("/cases/<uuid:case_id>/release")
@may("case.take", page=True)
def let_go(case_id: UUID) -> ResponseReturnValue:
    """Give a case back."""
    cases.let_go_of(case_id)
    return _back(case_id)


@bp.post("/cases/<uuid:case_id>/retry")
@may("case.settle", page=True)
def retry(case_id: UUID) -> ResponseReturnValue:
    """End a case with a later window, and with the right address where it was wrong."""
    day, _, hours = forms.text("window", 30).partition(" ")
    opens, _, closes = hours.partition("-")
    form = forms.read(
        CaseRetry,
        window_opens=forms.at(day, opens),
        window_closes=forms.at(day, closes),
        new_code="new_code" in request.form,
        roughly="roughly" in request.form,
    )
    if cases.own_case(case_id).kind == "wrong_address" and form.address is None:
        raise forms.NotAsExpected([FieldError("address", "the right address")])
    cases.tried_again(case_id, form)
    return _back(case_id)


@bp.post("/cases/<uuid:case_id>/return")
@may("case.settle", page=True)
def bring_back(case_id: UUID) -> ResponseReturnValue:
    """End a case with a return."""
    cases.brought_back(case_id)
    return _back(case_id)


@bp.post("/cases/<uuid:case_id>/replan")
@may("case.settle", page=True)
def replan(case_id: UUID) -> ResponseReturnValue:
    """End a case by planning without its courier."""
    cases.planned_without(case_id, forms.read(CaseReplan))
    return redirect(url_for("dispatch_pages.show_planning", planning_id=case_id))


@bp.post("/cases/<uuid:case_id>/closing")
@may("case.settle", page=True)
def close(case_id: UUID) -> ResponseReturnValue:
    """End a breakdown that needs no act any more."""
    cases.closed(case_id)
    return _back(case_id)


def _shown(made: str | None = None) -> ResponseReturnValue:
    session, firm, now = db.session(), caller().subject, clock.now()
    return render_template(
        "dispatch/road.html",
        riders=service.riders(
            session, parts.desk(), firm, parts.live_travel(), now=now
        ),
        alerts=service.alerts(session, firm, now=now),
        keys=service.feed_keys(session, firm),
        devices=service.feed_devices(session, firm),
        crew=network.couriers(session, firm, clock.today()),
        made=made,
    )


def _back(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for(".show_case", case_id=case_id))

"""The dispatcher's crew: couriers with shifts, vehicles, boxes and areas, kept from a day on."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pharmacies import crew_service as service
from pharmacies.places import AREAS
from web import accounts, clock, db, invitations
from web.api import crew as api
from web.auth import caller, may
from web.live import seen
from web.pages import forms, invited
from web.schemas_crew import EndRequest, HireRequest, TermsRequest

bp = Blueprint("crew_pages", __name__, url_prefix="/dispatch/crew")

WEEKDAYS = ("不休", "周一", "周二", "周三", "周四", "周五", "周六", "周日")


@bp.get("")
@may("crew.read", page=True)
def home() -> ResponseReturnValue:
    """List the crew as it works today, and let somebody be hired."""
    seen.note()
    return render_template("dispatch/crew.html", crew=api.listed(), **_known())


@bp.post("")
@may("crew.change", page=True)
def hire() -> ResponseReturnValue:
    """Take a courier into the crew."""
    api.hired(forms.read(HireRequest, areas=request.form.getlist("areas")))
    return redirect(url_for(".home"))


@bp.get("/<courier_code>")
@may("crew.read", page=True)
def show(courier_code: str) -> ResponseReturnValue:
    """Show one courier: the terms, what is to change, what was done."""
    seen.note()
    return _courier(courier_code)


@bp.post("/<courier_code>/terms")
@may("crew.change", page=True)
def change(courier_code: str) -> ResponseReturnValue:
    """Change a courier's terms from a day on."""
    areas = request.form.getlist("areas")
    api.changed(courier_code, forms.read(TermsRequest, areas=areas))
    return redirect(url_for(".show", courier_code=courier_code))


@bp.post("/<courier_code>/end")
@may("crew.change", page=True)
def end(courier_code: str) -> ResponseReturnValue:
    """End a courier's work from a day on."""
    api.changed(courier_code, forms.read(EndRequest))
    return redirect(url_for(".show", courier_code=courier_code))


@bp.post("/<courier_code>/invitation")
@may("crew.invite", page=True)
def invite(courier_code: str) -> ResponseReturnValue:
    """Make a link by which the courier opens an account, or sets its password anew."""
    sent = api.invited(courier_code, forms.text("username", 64))
    return _courier(courier_code, invited.link(sent))


@bp.post("/<courier_code>/invitation/withdrawal")
@may("crew.invite", page=True)
def withdraw(courier_code: str) -> ResponseReturnValue:
    """Make a link void that was not used yet."""
    api.uninvited(courier_code, forms.number("invitation"))
    return redirect(url_for(".show", courier_code=courier_code))


def _courier(courier_code: str, link: Mapping[str, object] | None = None) -> str:
    one = api.member(courier_code)
    session, now = db.session(), clock.now()
    return render_template(
        "dispatch/courier.html",
        one=one,
        acts=service.history(session, caller().subject, courier_code),
        logins=accounts.logins(session, "courier", one.code),
        invitations=invitations.invitations(session, "courier", one.code, now=now),
        link=link,
        **_known(),
    )


def _known() -> dict[str, object]:
    codes = service.areas_of(db.session(), caller().subject)
    areas = {code: AREAS.get(code, code) for code in codes}
    return {"areas": areas, "weekdays": WEEKDAYS, "today": clock.today()}

"""The patient's page of sharing: access codes (取药码), helpers, and who may act for whom."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.access import PRESCRIPTIONS_MAX
from dispensing.service.listing import ListedView
from pharmacies import service as pharmacies
from web import clock, consents, db, guessed, parts
from web.api import sharing as api
from web.auth import caller, may
from web.code_schemas import Leave, LeaveEnding, SharingRequest
from web.pages import forms
from web.pages.patient import near, own_prescriptions

bp = Blueprint("sharing_pages", __name__, url_prefix="/patient/sharing")

SHOWN_STATES = ("received", "reversed")
EVENT_WORDS = {
    "shared": "已生成",
    "presented": "已出示",
    "refused": "未通过",
    "withdrawn": "已撤回",
}


@bp.get("")
@may("sharing.read", page=True)
def home() -> ResponseReturnValue:
    """Ask which prescriptions a code shall show, and to whom."""
    who, session = caller(), db.writing_session()
    mine = own_prescriptions()
    return render_template(
        "patient/sharing.html",
        open_ones=[rx for rx in mine if _may_be_shared(rx)],
        chosen=request.args.get("prescription", ""),
        outlets=near(service.home_of(session, parts.desk(), who.subject)[1], None),
        asked=consents.asked("helpers", who.subject),
    )


@bp.get("/codes")
@may("sharing.read", page=True)
def codes() -> ResponseReturnValue:
    """Show what was shared, with whom, and what was done with it."""
    who, session = caller(), db.writing_session()
    return render_template(
        "patient/sharing_codes.html",
        codes=service.access_codes(
            session, parts.desk().vault, who.subject, now=clock.now()
        ),
        numbers={rx.id: rx.disease for rx in own_prescriptions()},
        events=EVENT_WORDS,
        presentations=service.presentations_of(
            session, parts.desk().vault, who.subject
        ),
    )


@bp.get("/family")
@may("sharing.read", page=True)
def family() -> ResponseReturnValue:
    """Show who may act for the caller, and for whom the caller may."""
    who, session = caller(), db.session()
    return render_template(
        "patient/family.html",
        agents=service.agents_of(session, parts.desk().vault, who.subject),
        principals=service.people_acted_for(session, parts.desk().vault, who.subject),
        outlets=near(service.home_of(session, parts.desk(), who.subject)[1], None),
        issues_codes=parts.desk().issues_codes,
        asked=consents.asked("helpers", who.subject),
    )


@bp.post("")
@may("sharing.change", page=True)
def share() -> ResponseReturnValue:
    """Make an access code and show it: large, as letters, and as a slip to be printed."""
    form = forms.read(
        SharingRequest,
        prescriptions=_chosen(),
        **_recipient(),
        **forms.agreed(),
    )
    made = api.shared(form)
    chosen = [rx for rx in own_prescriptions() if rx.id in form.prescriptions]
    place = pharmacies.outlet(db.session(), form.outlet).name if form.outlet else None
    return render_template(
        "patient/access_code.html",
        made=made,
        prescriptions=chosen,
        helper=form.helper,
        place=place,
        last_day=made.expires_at - timedelta(seconds=1),
    )


@bp.post("/<uuid:access_code_id>/withdraw")
@may("sharing.change", page=True)
def withdraw(access_code_id: UUID) -> ResponseReturnValue:
    """Withdraw an access code at once."""
    api.withdrawn(access_code_id)
    return redirect(url_for(".codes"))


@bp.post("/agents")
@may("sharing.change", page=True)
def allow() -> ResponseReturnValue:
    """Let a relative show the caller's codes."""
    form = forms.read(Leave, **forms.agreed())
    with guessed.relative(form.person_no):
        service.allow_agent(
            db.session(),
            parts.desk().vault,
            person_no=caller().subject,
            agent_no=form.person_no,
            id_number=form.id_number,
            now=clock.now(),
            consent=consents.given(form.consent),
        )
    return redirect(url_for(".family"))


@bp.post("/agents/end")
@may("sharing.change", page=True)
def end() -> ResponseReturnValue:
    """Withdraw a relative's leave."""
    form = forms.read(LeaveEnding)
    service.end_agent(
        db.session(),
        person_no=caller().subject,
        agent_no=form.person_no,
        now=clock.now(),
    )
    return redirect(url_for(".family"))


def _may_be_shared(rx: ListedView) -> bool:
    """Tell whether anything can still be collected; nobody dispenses what was refused."""
    return rx.state in SHOWN_STATES and rx.life.stage != "review_refused"


def _chosen() -> list[str]:
    """Read which prescriptions are shared: those that were chosen, or all that are open."""
    if "all" not in request.form:
        return request.form.getlist("prescriptions")
    open_ones = [rx for rx in own_prescriptions() if _may_be_shared(rx)]
    return [str(rx.id) for rx in open_ones[:PRESCRIPTIONS_MAX]]


def _recipient() -> dict[str, object]:
    """Read with whom it is shared; a pharmacy only where it is chosen."""
    kind = request.form.get("share_with", "bearer")
    helper = {
        "name": forms.text("helper_name", 40),
        "phone_tail": forms.text("helper_phone_tail", 4),
    }
    if kind == "bearer" and helper["name"]:
        kind = "helper"  # whoever names a helper means no one else
    return {
        "share_with": kind,
        "helper": helper if kind == "helper" else None,
        "outlet": forms.text("outlet", 12) if kind == "outlet" else None,
    }

"""What is the patient's own: the medicines at home, the year, the slip, who has read it."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.qr import draw_svg
from dispensing.service import at_home
from dispensing.service.at_home import AtHome
from pharmacies import service as pharmacies
from pharmacies.drug_classes import class_of_atc
from web import clock, db, parts, program_keys, scope
from web.accounts import subjects_of
from web.auth import caller, may
from web.live import seen
from web.pages import enrolled, way
from web.pages.patient import names, near
from web.words import language, pick, say

bp = Blueprint("own_pages", __name__, url_prefix="/patient")

ON_SLIP_MAX = 3


@bp.get("/me")
@may("own.read", page=True)
def me() -> ResponseReturnValue:
    """List what else is here: the year, helpers, readers, what was said."""
    return render_template("patient/me.html")


@bp.get("/medicines")
@may("own.read", page=True)
def medicines() -> ResponseReturnValue:
    """Show one person's list of medicines (一人一药单): how long each lasts, when to come again."""
    seen.note()
    who = caller()
    found = at_home.medicines_at_home(
        db.writing_session(),
        parts.desk(),
        who.subject,
        reader=who.reads("patient", "查看本人药单"),
        now=clock.now(),
    )
    return render_template(
        "patient/medicines.html",
        medicines=found,
        today=clock.today(),
        drug_class=drug_class,
    )


@bp.get("/year")
@may("own.read", page=True)
def year() -> ResponseReturnValue:
    """Show what the year has used, what is reserved, and what is left."""
    seen.note()
    now = clock.now()
    found = at_home.year_of(db.session(), parts.desk(), caller().subject, now=now)
    return render_template(
        "patient/year.html",
        year=found,
        given=enrolled.of_caller(),
        labels=parts.labels(clock.today()),
    )


@bp.get("/prescriptions/<uuid:prescription_id>/slip")
@may("prescription.read", face="patient", page=True)
def slip(prescription_id: UUID) -> ResponseReturnValue:
    """Show a slip to be printed: the prescription's code, for whoever has no telephone."""
    found = scope.prescription(prescription_id)
    _, point, _ = service.home_of(db.session(), parts.desk(), caller().subject)
    return render_template(
        "patient/slip.html",
        rx=found,
        svg=draw_svg(str(found.id)),
        way=way.way_of(found, names()),
        outlets=near(point, found.life.claimed_by or found.outlet_code)[:ON_SLIP_MAX],
    )


@bp.get("/readers")
@may("own.read", page=True)
def readers() -> ResponseReturnValue:
    """Show who else has read the caller's data, and apart how often the caller has."""
    session, who = db.session(), caller()
    others, own = service.access_log(session, who.subject, own=who.user)
    users = {read.user for read in others}
    at = subjects_of(session, users) | program_keys.places_of(session, users)
    named = pharmacies.outlet_names(session, set(at.values()))
    return render_template(
        "patient/readers.html",
        others=[(read, named.get(at.get(read.user, ""), "")) for read in others],
        own=[(read, "") for read in own],
    )


def drug_class(one: AtHome) -> str:
    """Name the class of a medicine: as the catalogue has it, else as its ATC code says."""
    named = class_of_atc(one.atc)
    if named and (language() == "en" or not one.drug_class):
        return pick(*named)
    return one.drug_class or say("药品目录里没有写")

"""The faces: pages for patients, counters, dispatchers, couriers and the bureau."""

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from pharmacies.gs1 import TRACE_IN_LABEL
from web import centres as confirming
from web import clock, db, parts
from web.api import report_acts
from web.auth import caller, caller_or_none, home_of, may
from web.pages import (
    approvals,
    audit,
    bureau,
    bureau_forms,
    centres,
    clearing,
    closing,
    cold_chain,
    consents,
    counter,
    courier,
    crew,
    dates,
    design,
    desk,
    dispatch,
    evidence,
    explanation,
    exporting,
    factor,
    feedback,
    form_years,
    inspections,
    invited,
    issuer_keys,
    leading,
    life,
    lists,
    matching,
    me,
    medicines,
    network,
    notices,
    oidc,
    openings,
    overlays,
    own,
    paper,
    parcels,
    patient,
    pool,
    presenting,
    program_keys,
    promised,
    proofs,
    receipts,
    reconciling,
    reports,
    retention,
    rights,
    road,
    scores,
    serving,
    sharing,
    shelves,
    showing,
    siting,
    slips,
    smart,
    smart_sheets,
    staff,
    stock,
    tasks,
    till,
    tilts,
    traces,
    uploads,
)

bp = Blueprint("pages", __name__)
FACES = (
    patient.bp,
    counter.bp,
    explanation.bp,
    dispatch.bp,
    courier.bp,
    bureau.bp,
    audit.bp,
    exporting.bp,
    closing.bp,
    retention.bp,
    reports.bp,
    lists.bp,
    centres.bp,
    pool.bp,
    crew.bp,
    invited.bp,
    factor.bp,
    me.bp,
    design.bp,
    desk.bp,
    tasks.bp,
    inspections.bp,
    matching.bp,
    bureau_forms.bp,
    form_years.bp,
    cold_chain.bp,
    evidence.bp,
    scores.bp,
    serving.bp,
    sharing.bp,
    own.bp,
    consents.bp,
    consents.counter_bp,
    feedback.bp,
    presenting.bp,
    presenting.pictures_bp,
    life.bp,
    receipts.bp,
    till.bp,
    traces.bp,
    smart.bp,
    reconciling.bp,
    stock.bp,
    medicines.bp,
    shelves.bp,
    paper.bp,
    parcels.bp,
    proofs.bp,
    siting.bp,
    notices.bp,
    uploads.bp,
    issuer_keys.bp,
    program_keys.bp,
    network.bp,
    road.bp,
    rights.bp,
    approvals.bp,
    staff.bp,
    slips.bp,
    openings.bp,
    overlays.bp,
    clearing.bp,
    tilts.bp,
    smart_sheets.bp,
)


def init_app(app: Flask) -> None:
    """Register the faces and what their templates may say."""
    app.after_request(leading.lead)
    app.jinja_env.globals.update(
        trace_in_label=TRACE_IN_LABEL,
        issues_codes=lambda: parts.desk().issues_codes,
        asks_reports=report_acts.are_asked,
        asks_to_confirm=confirming.are_asked,
    )
    showing.init_app(app)
    promised.init_app(app)
    dates.init_app(app)
    factor.init_app(app)
    oidc.init_app(app)
    for face in (*FACES, bp):
        app.register_blueprint(face)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Send a caller to where they begin, and a visitor to the sign-in page."""
    who = caller_or_none()
    return redirect(home_of(who) if who else url_for("security.login"))


@bp.get("/hospital")
@may("issued.read", page=True)
def hospital() -> ResponseReturnValue:
    """Tell a hospital how its system sends prescriptions."""
    now = clock.now()
    keys = service.issuer_keys(db.session(), issuer=caller().subject, now=now)
    return render_template("hospital.html", keys=keys)

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
    for module in (patient, counter, explanation, dispatch, courier, bureau, audit):
        app.register_blueprint(module.bp)
    for module in (exporting, closing, retention, reports, lists, centres):
        app.register_blueprint(module.bp)
    app.register_blueprint(pool.bp)
    app.register_blueprint(crew.bp)
    app.register_blueprint(invited.bp)
    app.register_blueprint(factor.bp)
    app.register_blueprint(me.bp)
    factor.init_app(app)
    oidc.init_app(app)
    app.register_blueprint(design.bp)
    for module in (desk, tasks, inspections, matching, bureau_forms, form_years):
        app.register_blueprint(module.bp)
    app.register_blueprint(cold_chain.bp)
    app.register_blueprint(evidence.bp)
    app.register_blueprint(scores.bp)
    app.register_blueprint(serving.bp)
    app.register_blueprint(sharing.bp)
    app.register_blueprint(own.bp)
    for of_consents in (consents.bp, consents.counter_bp):
        app.register_blueprint(of_consents)
    app.register_blueprint(feedback.bp)
    app.register_blueprint(presenting.bp)
    app.register_blueprint(presenting.pictures_bp)
    app.register_blueprint(life.bp)
    app.register_blueprint(receipts.bp)
    app.register_blueprint(till.bp)
    app.register_blueprint(traces.bp)
    app.register_blueprint(smart.bp)
    app.register_blueprint(reconciling.bp)
    app.register_blueprint(stock.bp)
    app.register_blueprint(medicines.bp)
    app.register_blueprint(shelves.bp)
    app.register_blueprint(paper.bp)
    app.register_blueprint(parcels.bp)
    app.register_blueprint(proofs.bp)
    app.register_blueprint(siting.bp)
    app.register_blueprint(notices.bp)
    app.register_blueprint(uploads.bp)
    app.register_blueprint(issuer_keys.bp)
    app.register_blueprint(program_keys.bp)
    app.register_blueprint(network.bp)
    app.register_blueprint(road.bp)
    app.register_blueprint(rights.bp)
    for module in (
        approvals,
        staff,
        slips,
        openings,
        overlays,
        clearing,
        tilts,
        smart_sheets,
    ):
        app.register_blueprint(module.bp)
    app.register_blueprint(bp)


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

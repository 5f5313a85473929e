"""The platform as a web application: the only place where the parts are joined."""

import gc

# What is imported stays to the end: to look through it for garbage, again and again as
# it grows, takes over a quarter of the time in which a command starts.
gc.disable()

from apiflask import APIFlask
from flask import Flask
from sqlalchemy import Engine

from web import (
    acting,
    auth,
    client_keys,
    clock,
    db,
    desks,
    digests,
    events,
    feed,
    headers,
    keys,
    limits,
    live,
    looks,
    migrating,
    observe,
    openapi,
    pages,
    places,
    problems,
    rates,
    receipts,
    roads,
    signing_out,
    strict,
    watching,
    words,
)
from web import evidence as evidencing
from web.api import (
    approvals,
    audit,
    bureau,
    cases,
    centres,
    clearing,
    closing,
    codes,
    cold_chain,
    consents,
    counter,
    courier,
    crew,
    designations,
    dispatch,
    evidence,
    explanations,
    family,
    feedback,
    fhir,
    form_years,
    inspections,
    issuer_keys,
    life,
    lists,
    live_road,
    matching,
    medicine_files,
    medicines,
    national,
    network,
    openings,
    overlays,
    papers,
    patient,
    plans,
    pool,
    prescriptions,
    promises,
    reconciling,
    reports,
    scores,
    serving,
    sharing,
    shelves,
    smart,
    stock,
    till,
    traces,
    uploads,
    webhooks,
)
from web.api import desk as desk_api
from web.api import forms as forms_api
from web.api import program_keys as program_keys_api
from web.api import receipts as receipts_api
from web.api import tasks as tasks_api
from web.keyring import KeyRing
from web.settings import Settings

gc.freeze()
gc.enable()

VERSION = "0.1.0"
# In the order of the description.
INTERFACE = (
    prescriptions,
    national,
    papers,
    explanations,
    patient,
    counter,
    life,
    till,
    family,
    feedback,
    dispatch,
    courier,
    plans,
    pool,
    cold_chain,
    promises,
    evidence,
    live_road,
    crew,
    scores,
    cases,
    bureau,
    desk_api,
    tasks_api,
    inspections,
    forms_api,
    reports,
    form_years,
    network,
    designations,
    approvals,
    openings,
    overlays,
    clearing,
    traces,
    smart,
    lists,
    centres,
    audit,
    reconciling,
    stock,
    medicines,
    matching,
    medicine_files,
    shelves,
    fhir,
    issuer_keys,
    program_keys_api,
    webhooks,
    uploads,
    codes,
    serving,
    sharing,
    consents,
    closing,
)


def create_app(settings: Settings, engine: Engine | None = None) -> APIFlask:
    """Make the platform: database, keys, desk, faces and interface."""
    app = APIFlask(__name__, title="药达 Yaoda", version=VERSION, docs_path=None)
    app.json_errors = False
    app.config.update(_config(settings))
    app.spec_processor(openapi.complete)
    db.init_app(app, engine or _opened(settings))
    clock.init_app(app, settings.clock_start)
    own = keys.load_keys(settings.secrets_dir)
    app.extensions.update(
        settings=settings,
        keys=own,
        ring=KeyRing(settings.signing_dir, settings.algorithm),
        desk=desks.make_desk(settings, own, desks.look_in(app.extensions["engine"])),
        travel=roads.travel_of(settings),
        live_travel=roads.live_travel_of(settings),
        geocoder=places.geocoder_of(settings),
    )
    observe.init_app(app)  # first: it numbers the requests
    events.init_app(app)
    headers.init_app(app, https=settings.https)
    limits.init_app(app)  # before any body is read
    words.init_app(app)
    rates.init_app(app, settings)  # before anybody is looked up
    digests.init_app(app)  # before a library signs anything
    auth.init_app(app, settings, own)
    acting.init_app()
    looks.init_app(app)
    signing_out.init_app(app)
    client_keys.init_app(app)
    app.json = strict.Provider(app)  # after the security library, which sets its own
    openapi.init_app(app, is_open=settings.openapi == "open")
    problems.init_app(app)
    _register(app)
    if engine is None:  # one that was just opened is at the program's revision
        desks.hold_together(app.extensions["desk"])
    return app


def _register(app: Flask) -> None:
    for module in INTERFACE:
        app.register_blueprint(module.bp)
    app.register_blueprint(codes.pictures_bp)
    app.register_blueprint(courier.proofs_bp)
    app.register_blueprint(receipts_api.bp)
    app.register_blueprint(feed.bp)
    receipts.init_app(app)
    evidencing.init_app(app)
    live.init_app(app)
    watching.init_app(app)
    pages.init_app(app)


def _opened(settings: Settings) -> Engine:
    engine = db.open_engine(settings.database_url)
    try:
        migrating.require(engine)
    except Exception:
        engine.dispose()
        raise
    return engine


def _config(settings: Settings) -> dict[str, object]:
    return {
        "OPENAPI_VERSION": "3.1.0",
        "AUTO_404_RESPONSE": False,
        "AUTO_VALIDATION_ERROR_RESPONSE": False,
        "AUTO_AUTH_ERROR_RESPONSE": False,
        "AUTO_200_RESPONSE": True,  # else a view without a body is left out
        "AUTO_OPERATION_ID": True,
        "SECURITY_SCHEMES": openapi.SECURITY_SCHEMES,
        "DESCRIPTION": "慢性病处方的核验、结算与配送 / prescriptions checked, settled, delivered",
        "MAX_CONTENT_LENGTH": settings.body_bytes_max,
        "MAX_FORM_MEMORY_SIZE": settings.body_bytes_max,
        "JSON_SORT_KEYS": False,
    }

"""The pages of the cold chain: a pharmacist's list of breaches, and loggers' files handed in."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import DomainError, FieldError
from dispensing.service.happened import COLD_FAULTS, COLD_VERDICTS
from pharmacies import service as network
from routing.cold_chain import Reading
from routing.pictures.shapes import Picture, svg
from routing.pictures.temperature import temperature_chart
from routing.service.temperatures import TemperatureView
from web import clock, cold_chain, db
from web.auth import caller, may
from web.live import seen
from web.pages import duty, forms, showing
from web.schemas_cold import BreachForm, LoggerForm, PackingReading
from web.words import language, say

bp = Blueprint("cold_chain_pages", __name__)


@bp.get("/counter/breaches")
@may("breach.read", page=True)
def breaches() -> ResponseReturnValue:
    """Show the outlet's broken cold chains with their figures, those to decide on first."""
    seen.note()
    return _listed()


@bp.post("/counter/orders/<uuid:order_id>/breach")
@may("breach.decide", page=True)
def decide(order_id: UUID) -> ResponseReturnValue:
    """Write down what a pharmacist decides; what was typed stays where it is refused."""
    try:
        form = forms.read(BreachForm)
        cold_chain.decided(order_id, form)
    except DomainError as error:
        return _listed(error), 422
    duty.keep(form.pharmacist_code, form.pharmacist_name)
    return redirect(url_for(".breaches"))


@bp.post("/counter/orders/<uuid:order_id>/packing-reading")
@may("temperature.record_at_packing", page=True)
def packing(order_id: UUID) -> ResponseReturnValue:
    """Write down what a cold parcel was read at when it was packed."""
    form = forms.read(PackingReading, temperature_dc=forms.degrees("temperature"))
    cold_chain.noted_at_packing(order_id, form.temperature_dc)
    return redirect(url_for("counter_pages.home"))


@bp.get("/counter/orders/<uuid:order_id>/temperature.svg")
@may("temperature.read", face="counter", page=True)
def drawn(order_id: UUID) -> ResponseReturnValue:
    """Draw a parcel's temperatures over its way."""
    return Response(
        svg(_picture(cold_chain.seen(order_id))),
        content_type="image/svg+xml; charset=utf-8",
    )


@bp.get("/dispatch/loggers")
@may("logger.upload", face="dispatch", page=True)
def loggers() -> ResponseReturnValue:
    """Ask for a logger's file, and in whose box it was."""
    return _loggers()


@bp.post("/dispatch/loggers")
@may("logger.upload", face="dispatch", page=True)
def take_in() -> ResponseReturnValue:
    """Take a logger's file in, and tell what became of it; or why nothing did."""
    try:
        told = cold_chain.taken_in(_file())
    except DomainError as error:
        return _loggers(error=error), 422
    return _loggers(told=told)


@bp.post("/counter/orders/<uuid:order_id>/logger")
@may("logger.upload", face="counter", page=True)
def take_parcels(order_id: UUID) -> ResponseReturnValue:
    """Take in the file of a logger that was with one parcel."""
    try:
        cold_chain.taken_in(_file(order_id=order_id))
    except DomainError as error:
        return _listed(error), 422
    return redirect(url_for(".breaches"))


def left_and_came(told: TemperatureView, *, returned: bool) -> str:
    """Say in one line when a parcel left the fridge, when it came or went back, and how warm."""
    parts = []
    if told.left_fridge_at is not None:
        left = showing.hour(told.left_fridge_at)
        parts.append(say("{hour} 离开冷藏柜", hour=left))
    if told.ended_at is not None:
        ended = "{hour} 退回" if returned else "{hour} 送达"
        parts.append(say(ended, hour=showing.hour(told.ended_at)))
    if told.course.faults:
        parts.append(faults(told.course.faults))
    elif told.course.readings:
        parts.append(say("全程保持 2.0–8.0°C"))
    else:
        parts.append(say("还没有温度读数"))
    return say("，").join(parts)


def faults(found: tuple[str, ...]) -> str:
    """Name what breaks a cold chain, in the reader's language."""
    at = 0 if language() == "zh" else 1
    return say("、").join(COLD_FAULTS[each][at] for each in found)


def _listed(error: DomainError | None = None) -> str:
    return render_template(
        "cold_chain/breaches.html",
        breaches=cold_chain.waiting(),
        verdicts=COLD_VERDICTS,
        pharmacist=duty.next_one(()),
        typed=request.form,
        error=error.words if error else None,
        faults=faults,
        orders_of=request.view_args or {},
    )


def _loggers(told: object = None, error: DomainError | None = None) -> str:
    return render_template(
        "cold_chain/loggers.html",
        crew=network.couriers(db.session(), caller().subject, clock.today()),
        told=told,
        typed=request.form,
        error=error.words if error else None,
    )


def _file(**more: object) -> LoggerForm:
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise forms.NotAsExpected([FieldError("table", "a file")])
    return forms.read(LoggerForm, table=sent, **more)


def _picture(told: TemperatureView) -> Picture:
    read = [Reading(it.at, it.temperature_dc, it.source) for it in told.readings]
    return temperature_chart(read, told.rides)

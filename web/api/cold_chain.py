"""The cold chain over the interface: readings, loggers' files, breaches and decisions on them."""

from dataclasses import dataclass
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from routing.service.breaching import Breach
from routing.service.logger_files import TakenIn
from routing.service.temperatures import TemperatureView
from web import cold_chain
from web.auth import may
from web.openapi import answers, reply
from web.schemas_cold import BreachForm, LoggerForm, PackingReading, ReadingForm

bp = APIBlueprint("cold_chain", __name__, url_prefix="/api")

DECISION = {
    "verdict": "release",
    "pharmacist_code": "ZY330300012345",
    "pharmacist_name": "叶药师",
    "reason": "短时超温，说明书允许室温保存28天",
}


@dataclass(frozen=True, slots=True)
class Noted:
    """How many parcels a reading speaks of."""

    parcels: int


@bp.get("/orders/<uuid:order_id>/temperature")
@may("temperature.read")
@answers({200: TemperatureView})
def show(order_id: UUID) -> ResponseReturnValue:
    """Tell a parcel's readings, its minutes outside 2.0-8.0 °C and out of the fridge."""
    return reply(cold_chain.seen(order_id))


@bp.post("/readings")
@may("temperature.record")
@bp.input(
    ReadingForm,
    arg_name="form",
    example={
        "temperature_dc": 45,
        "source": "box",
        "route_id": "5b0b0c1e-7d0e-4c43-9d4e-0f6b8c1d2e3f",
    },
)
@answers({201: Noted})
def note(form: ReadingForm) -> ResponseReturnValue:
    """Write down what a box or one parcel was read at; the same again changes nothing."""
    return reply(Noted(cold_chain.noted(form)), 201)


@bp.post("/orders/<uuid:order_id>/packing-reading")
@may("temperature.record_at_packing")
@bp.input(PackingReading, arg_name="form", example={"temperature_dc": 43})
@answers({201: TemperatureView})
def note_at_packing(order_id: UUID, form: PackingReading) -> ResponseReturnValue:
    """Write down what a cold parcel was read at when it was packed."""
    cold_chain.noted_at_packing(order_id, form.temperature_dc)
    return reply(cold_chain.seen(order_id), 201)


@bp.post("/readings/files")
@may("logger.upload")
@bp.input(LoggerForm, location="files", arg_name="form")
@answers({201: TakenIn})
def take_in(form: LoggerForm) -> ResponseReturnValue:
    """Take in what a logger exported as CSV, whole or not at all; again it adds nothing."""
    return reply(cold_chain.taken_in(form), 201)


@bp.get("/breaches")
@may("breach.read")
@answers({200: tuple[Breach, ...]})
def list_breaches() -> ResponseReturnValue:
    """List this outlet's broken cold chains, those that wait for a pharmacist first."""
    return reply(cold_chain.waiting())


@bp.post("/orders/<uuid:order_id>/breach-decisions")
@may("breach.decide")
@bp.input(BreachForm, arg_name="form", example=DECISION)
@answers({201: Breach})
def decide(order_id: UUID, form: BreachForm) -> ResponseReturnValue:
    """Release a parcel whose cold chain is broken, or have it brought back, with a reason."""
    return reply(cold_chain.decided(order_id, form), 201)

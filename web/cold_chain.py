"""The cold chain as its callers act on it: each only on what is theirs."""

from datetime import UTC
from uuid import UUID

from dispensing.errors import FieldError, Malformed, NotFound
from pharmacies import service as pharmacies
from routing.loggers import BYTES_MAX, CHINA_OFFSET, Asked
from routing.service import breaching, logger_files, readings, temperatures
from routing.service.breaching import Breach, Decision
from routing.service.logger_files import Box, TakenIn
from routing.service.temperatures import TemperatureView
from web import clock, db, parts, scope
from web.auth import caller
from web.schemas_cold import BreachForm, LoggerForm, ReadingForm


def seen(order_id: UUID) -> TemperatureView:
    """Tell a parcel's temperatures to whoever may see the parcel."""
    scope.order(order_id)
    return temperatures.temperature(
        db.session(), parts.desk(), order_id, now=clock.now()
    )


def noted(form: ReadingForm) -> int:
    """Write down what the calling courier read."""
    now = clock.now()
    return readings.record_reading(
        db.session(),
        courier_code=caller().subject,
        at=form.at or now,
        temperature_dc=form.temperature_dc,
        source=form.source,
        order_id=form.order_id,
        route_id=form.route_id,
        now=now,
        desk=parts.desk(),
    )


def noted_at_packing(order_id: UUID, temperature_dc: int) -> None:
    """Write down what the calling counter read when it packed."""
    readings.record_at_counter(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        temperature_dc=temperature_dc,
        by=caller().user,
        now=clock.now(),
    )


def taken_in(form: LoggerForm) -> TakenIn:
    """Take in a logger's file of the caller's own box, firm or parcel."""
    now = clock.now()
    asked = Asked(
        now, UTC if form.zone == "utc" else CHINA_OFFSET, form.order, form.logger
    )
    box = _box(form)
    content = form.table.stream.read(BYTES_MAX + 1)
    return logger_files.take_file(
        db.session(), parts.desk(), content, asked, box=box, by=caller().user
    )


def waiting() -> tuple[Breach, ...]:
    """List the broken cold chains of the calling outlet, those to decide on first."""
    return breaching.breaches(
        db.session(), parts.desk(), caller().subject, now=clock.now()
    )


def decided(order_id: UUID, form: BreachForm) -> Breach:
    """Write down what a pharmacist of the calling outlet decides."""
    return breaching.decide_breach(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        decision=Decision(
            form.verdict, form.pharmacist_code, form.pharmacist_name, form.reason
        ),
        by=caller().user,
        now=clock.now(),
    )


def _box(form: LoggerForm) -> Box:
    """Say where the logger was; a courier's own box, one of the firm's, or an own parcel."""
    who = caller()
    role = who.doing("logger.upload")
    if role == "courier":
        return Box(who.subject)
    if role == "counter":
        if form.order_id is None:
            raise Malformed([FieldError("order_id", "the parcel that it was with")])
        return logger_files.outlets_parcel(db.session(), form.order_id, who.subject)
    try:
        rider = pharmacies.courier(db.session(), form.courier)
    except LookupError:
        raise NotFound("配送员", "courier") from None
    if rider.carrier != who.subject:
        raise NotFound("配送员", "courier")
    return Box(rider.code)

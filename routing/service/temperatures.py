"""How warm parcels were on their way: their readings, and what these come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict
from dispensing.policy import region_of
from dispensing.service.ordering import order_row
from dispensing.tables import OrderRow
from routing.cold_chain import STRICT, Course, Limits, Reading, Span, course
from routing.service.rides import rides_of
from routing.tables import ReadingRow

_FIGURES = {
    "outside_s_max": "cold.outside_minutes_max",
    "out_of_fridge_s_max": "cold.out_minutes_max",
    "gap_s_max": "cold.gap_minutes_max",
}


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One temperature as it was read, in tenths of a degree, and where it came from."""

    at: datetime
    temperature_dc: int
    source: str
    logger: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A limit of the operator's own, in minutes, and the document that it was taken from."""

    name: str
    minutes: int
    source: str


@dataclass(frozen=True, slots=True)
class TemperatureView:
    """How warm a parcel was on its way: from leaving the fridge to the door, or until now."""

    order_id: UUID
    left_fridge_at: datetime | None
    ended_at: datetime | None
    course: Course
    rides: tuple[Span, ...]
    readings: tuple[ReadingView, ...]
    bases: tuple[Basis, ...]  # the limits that an operator has filled in


def temperature(
    session: Session, desk: Desk, order_id: UUID, *, now: datetime
) -> TemperatureView:
    """Tell the readings of a parcel and what they come to."""
    row = order_row(session, order_id)
    (found,) = temperatures(session, desk, [row], now=now)
    return found


def temperatures(
    session: Session, desk: Desk | None, orders: Sequence[OrderRow], *, now: datetime
) -> tuple[TemperatureView, ...]:
    """Tell the same of many parcels, with as many questions as for one.

    Without a desk only the temperatures themselves are judged, by no limit of an operator.
    """
    rides = rides_of(session, orders, now)
    query = select(ReadingRow).where(col(ReadingRow.order_id).in_(rides))
    kept: dict[UUID, list[ReadingRow]] = {row.id: [] for row in orders}
    for each in session.exec(query.order_by(col(ReadingRow.at), col(ReadingRow.id))):
        kept[each.order_id].append(each)
    return tuple(
        _view(row, [it.span for it in rides[row.id]], kept[row.id], bases(desk, row))
        for row in orders
    )


def bases(desk: Desk | None, row: OrderRow) -> tuple[Basis, ...]:
    """List the limits that the operator has filled in for the area of a parcel."""
    region = region_of(row.area)
    if desk is None or region is None:
        return ()
    try:
        figures = desk.rules_of(region, day_of(row.window_opens)).figures
    except Conflict:
        return ()
    found = ((name, figures.get(name)) for name in _FIGURES.values())
    return tuple(
        Basis(name, it.value, it.source or it.cited.document)
        for name, it in found
        if it is not None and isinstance(it.value, int)
    )


def limits_of(found: Iterable[Basis]) -> Limits:
    """Take an operator's limits together, in seconds."""
    minutes = {basis.name: basis.minutes for basis in found}
    return Limits(
        outside_s_max=60 * minutes.get(_FIGURES["outside_s_max"], 0),
        **{
            name: 60 * minutes[_FIGURES[name]]
            for name in ("out_of_fridge_s_max", "gap_s_max")
            if _FIGURES[name] in minutes
        },
    )


def _view(
    row: OrderRow,
    rides: Sequence[Span],
    kept: Sequence[ReadingRow],
    found: tuple[Basis, ...],
) -> TemperatureView:
    read = [Reading(it.at, it.temperature_dc, it.source) for it in kept]
    limits = limits_of(found) if found else STRICT
    return TemperatureView(
        order_id=row.id,
        left_fridge_at=rides[0].begins if rides else None,
        ended_at=row.ended_at,
        course=course(read, rides, limits),
        rides=tuple(rides),
        readings=tuple(
            ReadingView(it.at, it.temperature_dc, it.source, it.logger) for it in kept
        ),
        bases=found,
    )

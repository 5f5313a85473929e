"""The business day on which an act is booked: a closed day takes nothing more."""

from datetime import date, datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.days import day_of, later
from dispensing.tables import ClosedDayRow, MessageNumberRow


def books_day(
    session: Session, outlet_code: str, now: datetime, *, on: date | None = None
) -> date:
    """Tell on which day an outlet books what is done now: today, or the next day that is open.

    Only a day that is over is closed, so this matters where a clock is behind. Who numbers
    a message has locked the row that this reads. What is booked later `on` a day that is
    still open locks it, so that the day is not closed meanwhile.
    """
    day = on or day_of(now)
    lock = on is not None
    row = session.get(MessageNumberRow, outlet_code, with_for_update=lock)
    return open_day(session, outlet_code, day, row.closed_until if row else None)


def open_day(
    session: Session, outlet_code: str, day: date, closed_until: date | None
) -> date:
    """Find the first day from a day on that is open; `closed_until` is the last closed one."""
    if closed_until is None or day > closed_until:
        return day
    closed = set(session.exec(closed_days(outlet_code, since=day)))
    while day in closed:
        day = later(day, 1)
    return day


def closed_days(outlet_code: str, *, since: date) -> SelectOfScalar[date]:
    """Ask for the days of an outlet that are closed, from a day on."""
    return select(col(ClosedDayRow.day)).where(
        col(ClosedDayRow.outlet_code) == outlet_code, col(ClosedDayRow.day) >= since
    )

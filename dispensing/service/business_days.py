"""The business day on which an act is booked: a closed day takes nothing more."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from dispensing.days import day_of, later
from dispensing.tables import ClosedDayRow, MessageNumberRow


def books_day(session: Session, outlet_code: str, now: datetime) -> date:
    """Tell on which day an outlet books what is done now: today, or the next day that is open.

    Only a day that is over is closed, so this matters where a clock is behind. Who numbers
    a message has locked the row that this reads.
    """
    day = day_of(now)
    row = session.get(MessageNumberRow, outlet_code)
    if row is None or row.closed_until is None or day > row.closed_until:
        return day
    query = select(col(ClosedDayRow.day)).where(
        col(ClosedDayRow.outlet_code) == outlet_code, col(ClosedDayRow.day) >= day
    )
    closed = set(session.exec(query))
    while day in closed:
        day = later(day, 1)
    return day

"""The windows that a delivery can be ordered for, and the soonest where nobody chose one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dispensing.days import CHINA
from dispensing.service.ordering import promise_hours
from web import clock, parts

WINDOWS = (("09:00", "12:00"), ("13:00", "15:30"), ("15:30", "18:00"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an order form starts with: the next window that is still open."""

    day: date
    opens: str
    promise_hours: int  # without a window of one's own
    windows: tuple[tuple[str, str], ...] = WINDOWS


def proposal() -> Proposal:
    """Propose today's next window, or tomorrow's first."""
    hour = f"{clock.now():%H:%M}"
    left = [opens for opens, closes in WINDOWS if hour < closes]
    hours = promise_hours(parts.rules(clock.today()))
    if left:
        return Proposal(clock.today(), left[0], hours)
    return Proposal(clock.today() + timedelta(days=1), WINDOWS[0][0], hours)


def soonest() -> tuple[datetime, datetime]:
    """Give the rest of the first day that still has a window: for who chose none."""
    first = proposal()
    opens, closes = (
        datetime.combine(first.day, time.fromisoformat(hour), CHINA)
        for hour in (first.opens, WINDOWS[-1][1])
    )
    return opens, closes

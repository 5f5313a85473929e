"""The windows that a delivery can be ordered for, and the soonest where nobody chose one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dispensing.days import CHINA
from dispensing.service.ordering import promise_hours
from web import clock, parts

DAYS_AHEAD = 7  # a week can be ordered ahead
WINDOWS = (("09:00", "12:00"), ("13:00", "15:30"), ("15:30", "18:00"))


@dataclass(frozen=True, slots=True)
class Slot:
    """One window in which a parcel may be brought, as an order form offers it."""

    day: date
    opens: str
    closes: str

    @property
    def value(self) -> str:
        """Write it as the form sends it."""
        return f"{self.day.isoformat()} {self.opens}-{self.closes}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an order form offers: the windows that are not over, the next one first."""

    slots: tuple[Slot, ...]
    promise_hours: int  # without a window of one's own


def proposal() -> Proposal:
    """Propose the windows of a week, from the next one on."""
    today, hour = clock.today(), f"{clock.now():%H:%M}"
    slots = tuple(
        Slot(today + timedelta(days=after), opens, closes)
        for after in range(DAYS_AHEAD)
        for opens, closes in WINDOWS
        if after or hour < closes
    )
    return Proposal(slots, promise_hours(parts.rules(today)))


def soonest() -> tuple[datetime, datetime]:
    """Give the rest of the first day that still has a window: for who chose none."""
    first = proposal().slots[0]
    opens, closes = (
        datetime.combine(first.day, time.fromisoformat(hour), CHINA)
        for hour in (first.opens, WINDOWS[-1][1])
    )
    return opens, closes

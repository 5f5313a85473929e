"""Business days: every day, month and year of a rule is one of China's calendar."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def day_of(now: datetime) -> date:
    """Return the calendar day in China of an aware instant.

    >>> from datetime import UTC
    >>> day_of(datetime(2025, 12, 31, 16, 0, tzinfo=UTC))
    datetime.date(2026, 1, 1)
    """
    if now.tzinfo is None:
        raise ValueError(f"expected an aware instant, got {now}")
    return now.astimezone(CHINA).date()


def start_of(day: date) -> datetime:
    """Return the instant at which a calendar day begins in China."""
    return datetime.combine(day, time.min, CHINA)


def later(day: date, days: int) -> date:
    """Return the day so many days later, at most the last one of the calendar.

    >>> later(date(2024, 2, 28), 2)
    datetime.date(2024, 3, 1)
    """
    return day + timedelta(days=min(days, (date.max - day).days))

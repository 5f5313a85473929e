"""Days and hours as one tells them at home: today by its name, and always with its date."""

from datetime import date, datetime

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from dispensing.days import CHINA
from routing.service.views import ArrivalView
from web import clock
from web.words import language, say

_NAMED = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters["on"] = _on
    app.jinja_env.filters["when"] = _when
    app.jinja_env.filters["comes"] = _comes
    app.jinja_env.filters["joined"] = joined


def on(value: date | datetime) -> str:
    """Tell a day by the clock of this app."""
    return told(value, clock.today())


def when(value: datetime) -> str:
    """Tell a day and an hour by the clock of this app."""
    return joined(on(value), f"{value.astimezone(CHINA):%H:%M}")


def joined(day: str, hours: str) -> str:
    """Set a day before its hours; a full-width bracket has its own room.

    >>> joined("今天（9月15日）", "15:10"), joined("10月1日", "15:10")
    ('今天（9月15日）15:10', '10月1日 15:10')
    """
    return f"{day}{'' if day.endswith('）') else ' '}{hours}"


def comes(expected: ArrivalView) -> str:
    """Tell a patient about when a parcel comes: of which day, between which hours."""
    early, late = (
        f"{it.astimezone(CHINA):%H:%M}" for it in (expected.early, expected.late)
    )
    return say("约{when} 送到", when=joined(on(expected.early), f"{early}–{late}"))


def told(value: date | datetime, today: date) -> str:
    """Tell a day; its year only where it is another one.

    A page that stays open over midnight, or is printed, still says which day it means.

    >>> told(date(2025, 9, 15), date(2025, 9, 15))
    '今天（9月15日）'
    >>> told(date(2025, 10, 1), date(2025, 9, 15))
    '10月1日'
    >>> told(date(2026, 1, 2), date(2025, 9, 15))
    '2026年1月2日'
    """
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    named = _NAMED.get((value - today).days)
    dated = _dated(value, with_year=value.year != today.year)
    return f"{say(named)}{say('（')}{dated}{say('）')}" if named else dated


def _dated(value: date, *, with_year: bool) -> str:
    if language() == "en":
        year = f" {value.year}" if with_year else ""
        return f"{value.day} {_MONTHS[value.month - 1]}{year}"
    year = f"{value.year}年" if with_year else ""
    return f"{year}{value.month}月{value.day}日"


# Jinja would show a constant once, in the language of its first reader.
@pass_context
def _on(_context: Context, value: date | datetime) -> str:
    return on(value)


@pass_context
def _when(_context: Context, value: datetime) -> str:
    return when(value)


@pass_context
def _comes(_context: Context, expected: ArrivalView) -> str:
    return comes(expected)

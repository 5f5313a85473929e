"""The cells of a logger's file: degrees as whole tenths, days and hours in any usual order."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

MIDDLE_DC = 50  # of 2.0-8.0 °C
ORDERS = ("ymd", "dmy", "mdy")
CHARS_MAX = 80  # no day, no degrees take more; a cell may hold a whole file
# Possessive: blanks that anybody may send are tried in one way alone.
_DEGREES = re.compile(
    r"([+-]?\d{1,4}(?:[.,]\d{1,6})?)\s*+(?:(?:°|º|deg)?\s*+[CF]?|[℃℉])", re.IGNORECASE
)
_DAY = re.compile(r"(\d{4}|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{4}|\d{1,2})日?")
_HOUR = re.compile(
    r"(?P<before>上午|下午|[AP]\.?M\.?)?\s*"
    r"(?P<hour>\d{1,2})[:.时](?P<minute>\d{2})(?:分?[:.]?(?P<second>\d{2})(?:[.,]\d+)?秒?)?"
    r"\s*(?P<after>上午|下午|[AP]\.?M\.?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time cell taken apart: three numbers of a day, an hour, and its offset where it has one."""

    numbers: tuple[str, str, str]
    hour: time
    offset: timezone | None

    def at(self, order: str, offset: timezone) -> datetime:
        """Put it together, its day in an order such as dmy, or raise ValueError."""
        found = dict(zip(order, self.numbers, strict=True))
        if len(found["d"]) > 2 or len(found["m"]) > 2 or len(found["y"]) not in (2, 4):
            raise ValueError("no such day")
        year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
        day = date(year, int(found["m"]), int(found["d"]))
        return datetime.combine(day, self.hour, self.offset or offset).astimezone(UTC)


def tenths(cell: str, *, fahrenheit: bool) -> int:
    """Read degrees as tenths of a degree Celsius; ValueError where it is no number.

    What is not a whole tenth is rounded away from the middle of 2.0-8.0 °C, so that
    nothing outside becomes inside.

    >>> [tenths(cell, fahrenheit=False) for cell in ("4,5", "8.04", "-0.35 °C")]
    [45, 81, -4]
    >>> tenths("46.4", fahrenheit=True)
    80
    """
    plain = _DEGREES.fullmatch(_short(cell).replace("\u2212", "-"))
    if plain is None:
        raise ValueError(f"{cell!r} is no number of degrees")
    exact = Decimal(plain[1].replace(",", ".")) * 10
    if fahrenheit:
        exact = (exact - 320) * 5 / 9
    away = ROUND_CEILING if exact > MIDDLE_DC else ROUND_FLOOR
    return int(exact.to_integral_value(away))


def moment(day_cell: str, hour_cell: str = "") -> Moment:
    """Take a day and an hour apart, from one cell or from two; ValueError where it is neither."""
    text = " ".join((_short(day_cell), _short(hour_cell))).strip()
    day = _DAY.match(text)
    if day is None:
        raise ValueError(f"{text!r} is no day with an hour")
    rest = text[day.end() :].lstrip(" T,")
    hour = _HOUR.match(rest)
    if hour is None:
        raise ValueError(f"{text!r} has no hour")
    tail = rest[hour.end() :].strip()
    return Moment((day[1], day[2], day[3]), _hour(hour), offset_of(tail, text))


def is_day(cell: str) -> bool:
    """Tell whether a cell begins with a day."""
    return _DAY.match(cell.strip()) is not None


def offset_of(tail: str, text: str = "") -> timezone | None:
    """Read an offset such as Z, +08:00 or GMT-5; None for nothing, ValueError for anything else.

    >>> offset_of("GMT-05:00")
    datetime.timezone(datetime.timedelta(days=-1, seconds=68400))
    """
    if not tail:
        return None
    if tail.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    found = _OFFSET.fullmatch(tail)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        raise ValueError(f"{text or tail!r} ends in something that is no offset")
    apart = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-apart if found[1] == "-" else apart)


def _short(cell: str) -> str:
    plain = cell.strip()
    if len(plain) > CHARS_MAX:
        raise ValueError(f"{plain[:CHARS_MAX]!r} goes on for too long")
    return plain


def _hour(found: re.Match[str]) -> time:
    half = (found["before"] or found["after"] or "").upper().replace(".", "")
    hour = int(found["hour"])
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"{found[0]!r} is no hour of half a day")
        hour = hour % 12 + (12 if half in {"PM", "下午"} else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))

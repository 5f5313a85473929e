"""How values are read from FHIR and written in it, each way back to the same literal."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dispensing.days import day_of, later
from dispensing.intake.message import PrescriptionMessage

_LONG, _SHORT = "continuous", "acute"
_DOSE = re.compile(r"([0-9]+(?:\.[0-9]+)?) (.+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotRead(ValueError):
    """A value that says something else than its field; the text is what was expected."""


def read(kind: str, value: Any, issued_at: Any) -> Any:
    """Read a value of FHIR as our own message has it; raises NotRead."""
    return _READERS[kind](value, issued_at)


def written(kind: str, value: Any, message: PrescriptionMessage) -> Any:
    """Write a value of a message as FHIR has it; None where nothing is written."""
    return None if value is None else _WRITERS[kind](value, message)


def _text(value: Any, _: Any) -> Any:
    return value


def _whole(value: Any, _: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    raise NotRead("a whole number")


def _repeats(value: Any, _: Any) -> int:
    # FHIR counts what may follow the first filling, a prescription all of them.
    return _whole(value, _) + 1


def _last_day(value: Any, issued_at: Any) -> int:
    try:
        begins = _day(issued_at)
    except (ValueError, OverflowError):
        return 1  # what is wrong is told of the instant of issue itself
    try:
        return (_day(value) - begins).days + 1
    except (ValueError, OverflowError):
        raise NotRead("a day, or an instant with its offset") from None


def _day(value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError("no offset")
    return day_of(at)


def _long_term(value: Any, _: Any) -> bool:
    if value not in (_LONG, _SHORT):
        raise NotRead(f"{_LONG} or {_SHORT}")
    return bool(value == _LONG)


def _dose(value: Any, _: Any) -> str:
    if not isinstance(value, Mapping) or "unit" not in value:
        raise NotRead("a quantity with its unit")
    number = value.get("value")
    return str(value["unit"]) if number is None else f"{number} {value['unit']}"


def _dose_written(value: str, _: PrescriptionMessage) -> dict[str, Any]:
    found = _DOSE.fullmatch(value)
    if found is None:
        return {"unit": value}
    return {"value": _number(found[1]), "unit": found[2]}


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


def _same(value: Any, _: PrescriptionMessage) -> Any:
    return value


_READERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "text": _text,
    "instant": _text,
    "whole": _whole,
    "repeats": _repeats,
    "last_day": _last_day,
    "long_term": _long_term,
    "dose": _dose,
}
_WRITERS: Mapping[str, Callable[[Any, PrescriptionMessage], Any]] = {
    "text": lambda value, _: value if value != "" else None,
    "instant": lambda value, _: value.isoformat(),
    "whole": _same,
    "repeats": lambda value, _: value - 1,
    "last_day": lambda value, message: later(
        day_of(message.issued_at), value - 1
    ).isoformat(),
    "long_term": lambda value, _: _LONG if value else None,
    "dose": _dose_written,
}

"""One value as it is sent: read in any form that is seen, written in one."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from numbers import Real
from types import MappingProxyType
from typing import Any

from dispensing.days import CHINA
from dispensing.intake.instants import within_reach

DEPTH_MAX = 12
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S")
_ALSO = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z")
_TIME = re.compile(
    r"[0-9]{14}|[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"([+-][0-9]{2}:?[0-9]{2}|Z)?"
)
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_KIND = re.compile(
    r"c(?P<length>[0-9]+)|n(?P<digits>[0-9]+)(,(?P<scale>[0-9]+))?|(?P<word>time|flag)"
    r"|node (?P<node>[a-z_]+)|nodes (?P<each>[a-z_]+) (?P<most>[0-9]+)"
)

Value = str | int | Decimal | bool | datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """What may stand in a field: c40, n16,4, time, flag, a node, or so many nodes."""

    form: str
    size: int = 0  # characters, digits, or how many nodes
    scale: int = 0
    node: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a region writes numbers and times."""

    numbers: str = "number"  # or text
    time: str = TIMES[0]


def kind_of(text: str) -> Kind | None:
    """Read a kind as the mapping files write it, or give None.

    >>> kind_of("n16,4")
    Kind(form='number', size=16, scale=4, node='')
    """
    found = _KIND.fullmatch(text)
    if found is None:
        return None
    if found["length"]:
        return Kind("text", int(found["length"]))
    if found["digits"]:
        return Kind("number", int(found["digits"]), int(found["scale"] or 0))
    if found["node"]:
        return Kind("node", 1, node=found["node"])
    if found["each"]:
        return Kind("nodes", int(found["most"]), node=found["each"])
    return Kind(found["word"])


def read_value(kind: Kind, raw: Any) -> Value | None:
    """Read a value in any form that is seen; None where it is absent, as an empty text is.

    Raises a ValueError that says what was expected.

    >>> read_value(Kind("text", 4), 1), read_value(Kind("flag"), "1")
    ('1', True)
    >>> read_value(Kind("number", 16, 4), " 3.0000 ") == 3
    True
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _READ[kind.form](kind, raw)


def write_value(kind: Kind, value: Value, manner: Manner) -> Any:
    """Write a value in the one form of a region; raises a ValueError where it does not fit.

    >>> write_value(Kind("number", 16, 4), Decimal("2.50"), Manner("text"))
    '2.5'
    """
    return _WRITE[kind.form](kind, value, manner)


def plain(value: Any, depth: int = DEPTH_MAX) -> Any:
    """Return a value that JSON can hold, not nested deeper than is taken."""
    if depth < 0:
        raise ValueError(f"at most {DEPTH_MAX} levels of nesting")
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, dict):
        return {_name(key): plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part, depth - 1) for part in value]
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, Real):
        raise ValueError("a text, a number, a list or an object")
    _decimal(value)
    return value


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError("names that are texts")
    return _printable(key)


def _read_text(kind: Kind, raw: Any) -> str:
    # A code is seen as "1" and as 1.
    is_number = isinstance(raw, Real | Decimal) and not isinstance(raw, bool)
    text = format(_decimal(raw), "f") if is_number else raw
    if not isinstance(text, str):
        raise ValueError(f"a text of at most {kind.size} characters")
    return _fitting(kind, _printable(text.strip()))


def _fitting(kind: Kind, text: str) -> str:
    if len(text) > kind.size:
        raise ValueError(f"a text of at most {kind.size} characters")
    return text


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValueError("a text without control characters")
    return text


def _read_number(kind: Kind, raw: Any) -> int | Decimal:
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw.strip()):
        raise ValueError(_digits(kind))
    if isinstance(raw, bool) or not isinstance(raw, str | Real | Decimal):
        raise ValueError(_digits(kind))
    return _in_digits(kind, _decimal(raw))


def _decimal(raw: Any) -> Decimal:
    try:
        value = Decimal(raw.strip() if isinstance(raw, str) else str(raw))
    except (InvalidOperation, ValueError):
        raise ValueError("a number") from None
    # Written out, a number with a large exponent would fill the memory.
    if not value.is_finite() or abs(value.adjusted()) > 30:
        raise ValueError("a number of usual size")
    return value


def _in_digits(kind: Kind, value: Decimal) -> int | Decimal:
    scaled = value.scaleb(kind.scale)
    if value < 0 or scaled != int(scaled) or int(scaled) >= 10**kind.size:
        raise ValueError(_digits(kind))
    return value if kind.scale else int(value)


def _digits(kind: Kind) -> str:
    if not kind.scale:
        return f"a whole number of at most {kind.size} digits"
    return f"a number of at most {kind.size} digits, {kind.scale} of them decimals"


def _read_flag(_kind: Kind, raw: Any) -> bool:
    text = raw.strip() if isinstance(raw, str) else raw
    for answer, forms in ((True, ("1", 1)), (False, ("0", 0))):
        if text in forms:
            return answer
    raise ValueError("0 or 1")


def _read_time(_kind: Kind, raw: Any) -> datetime:
    expected = "an instant such as 2025-09-15 08:12:00, in China's time"
    text = str(raw).strip() if isinstance(raw, str | int) else ""
    if not _TIME.fullmatch(text):
        raise ValueError(expected)
    for form in (*TIMES, *_ALSO):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 (zoned just below)
            here = found if found.tzinfo else found.replace(tzinfo=CHINA)
            return within_reach(here).astimezone(CHINA)
        except (ValueError, OverflowError):
            continue
    raise ValueError(expected)


def _write_text(kind: Kind, value: Value, _manner: Manner) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"a text of at most {kind.size} characters")
    return _fitting(kind, _printable(value))


def _write_number(kind: Kind, value: Value, manner: Manner) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(_digits(kind))
    number = Decimal(_in_digits(kind, Decimal(value)))
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if manner.numbers == "text" else json.loads(text)


def _write_flag(_kind: Kind, value: Value, _manner: Manner) -> str:
    if not isinstance(value, bool):
        raise ValueError("a flag")
    return "1" if value else "0"


def _write_time(_kind: Kind, value: Value, manner: Manner) -> str:
    if not isinstance(value, datetime):
        raise ValueError("an instant")
    return value.astimezone(CHINA).strftime(manner.time)


_READ: MappingProxyType[str, Callable[[Kind, Any], Value]] = MappingProxyType(
    {
        "text": _read_text,
        "number": _read_number,
        "flag": _read_flag,
        "time": _read_time,
    }
)
_WRITE: MappingProxyType[str, Callable[[Kind, Value, Manner], Any]] = MappingProxyType(
    {
        "text": _write_text,
        "number": _write_number,
        "flag": _write_flag,
        "time": _write_time,
    }
)

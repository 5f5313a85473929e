"""GS1 element strings on a box: product (01), last day (17), batch (10), serial (21).

As a scanner types them, with the separator FNC1, or as people read them, in brackets.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from pharmacies.medicines import is_gtin
from pharmacies.stock import TRACE_CODE, is_trace_code

FNC1 = "\x1d"
SHOWN = "\u241d"  # its printed sign (␝), where texts must not hold control characters
# The first parts that have a length of their own: no separator has to follow them.
_LENGTHS = {"01": 14, "11": 6, "15": 6, "17": 6}
_OF_VARIABLE_LENGTH = {"10": 20, "21": 20, "30": 8, "37": 8, "240": 30}
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^(]+)")
_SIGNS = re.compile(r"""[A-Za-z0-9!"%&'()*+,\-./:;<=>?_]+""")
_AIM = re.compile(r"^\](C1|d2|Q3|e0)")

_SEPARATOR = f"[{FNC1}{SHOWN}]"
_FIXED = "|".join(f"{name}[0-9]{{{length}}}" for name, length in _LENGTHS.items())
_VARIABLE = "|".join(name for name in _OF_VARIABLE_LENGTH if name != "21")
_TRACE = f"({TRACE_CODE})"
# Where a script finds the trace code in what a scanner typed, in one of two groups.
TRACE_IN_LABEL = (
    rf"^{_SEPARATOR}?(?:(?:{_FIXED}){_SEPARATOR}?"
    rf"|(?:{_VARIABLE})[^{FNC1}{SHOWN}]{{1,30}}{_SEPARATOR})*21{_TRACE}(?:{_SEPARATOR}|$)"
    rf"|^(?:\([0-9]{{2,4}}\)[^(]+)*\(21\) ?{_TRACE} ?(?:\(|$)"
)


class NotGs1(ValueError):
    """A text that is no GS1 string, or one whose figures cannot be."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a box tells: product (GTIN of 14 digits), batch, last day, serial; '' or None."""

    gtin: str = ""
    batch: str = ""
    expires_on: date | None = None
    serial: str = ""


def read_label(text: str) -> Label:
    """Read a GS1 string; raises NotGs1.

    >>> read_label("(01)06901234567892(17)270100(10)A1")
    Label(gtin='06901234567892', batch='A1', expires_on=datetime.date(2027, 1, 31), serial='')
    """
    keys = _AIM.sub("", text.strip(" \r\n\t").replace(SHOWN, FNC1)).removeprefix(FNC1)
    parts = _bracketed(keys) if keys.startswith("(") else _typed(keys)
    found: dict[str, str] = {}
    for name, value in parts:
        if found.setdefault(name, value) != value:
            raise NotGs1(f"({name}) stands twice, with different words")
    gtin = found.get("01", "")
    if gtin and not is_gtin(gtin):
        raise NotGs1("(01): the check digit is wrong")
    return Label(
        gtin,
        found.get("10", ""),
        _day(found["17"]) if "17" in found else None,
        found.get("21", ""),
    )


def is_label(text: str) -> bool:
    """Tell whether a text is a GS1 string that names a product, and more.

    >>> is_label("20250801")
    False
    """
    try:
        label = read_label(text)
    except NotGs1:
        return False
    return bool(label.gtin and (label.batch or label.serial or label.expires_on))


def trace_code_on(text: str) -> str | None:
    """Give the trace code (追溯码) that the GS1 string of a box holds as its serial, if any.

    >>> trace_code_on("(01)06901234567892(21)80000000000000000001")
    '80000000000000000001'
    """
    try:
        serial = read_label(text).serial
    except NotGs1:
        return None
    return serial if is_trace_code(serial) else None


def _bracketed(text: str) -> list[tuple[str, str]]:
    if _BRACKETED.sub("", text).strip():
        raise NotGs1("expected (01)…(17)…(10)…(21)…")
    return [_part(name, value.strip()) for name, value in _BRACKETED.findall(text)]


def _typed(text: str) -> list[tuple[str, str]]:
    """Part what a scanner typed: by lengths, and by FNC1 where there is none."""
    found = []
    left = text
    while left:
        name = next(
            (n for n in (*_LENGTHS, *_OF_VARIABLE_LENGTH) if left.startswith(n)), None
        )
        if name is None:
            raise NotGs1(f"no element is known that begins with {left[:4]!r}")
        left = left[len(name) :]
        if name in _LENGTHS:
            value, left = left[: _LENGTHS[name]], left[_LENGTHS[name] :]
        else:
            value, _, left = left.partition(FNC1)
        found.append(_part(name, value))
        left = left.removeprefix(FNC1)
    if not found:
        raise NotGs1("nothing was scanned")
    return found


def _part(name: str, value: str) -> tuple[str, str]:
    length = _LENGTHS.get(name)
    if length is not None and (len(value) != length or not _are_digits(value)):
        raise NotGs1(f"({name}): expected {length} digits, got {value!r}")
    longest = _OF_VARIABLE_LENGTH.get(name, 90)
    if length is None and not (_SIGNS.fullmatch(value) and len(value) <= longest):
        raise NotGs1(f"({name}): expected 1 to {longest} letters, got {value!r}")
    return name, value


def _are_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _day(digits: str) -> date:
    """Read YYMMDD of this century; day 00 is the last of its month, as GS1 says."""
    year, month, day = 2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])
    try:
        last = monthrange(year, month)[1]
        return date(year, month, day or last)
    except ValueError as error:
        raise NotGs1(f"(17): {digits} is no day") from error

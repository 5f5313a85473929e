"""What a scanner types, made whole again: it is a keyboard, and keyboards are set wrongly.

A scanner ends with CR, TAB or nothing, may say first which kind of code it read (the AIM
prefix, `]Q3`), types through an input method in full-width letters, with CapsLock on or
shift not taken, and sometimes reads one code twice. What can be made good without guessing
is made good; what cannot is told.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dispensing import access, insurance_code
from pharmacies.gs1 import trace_code_on
from pharmacies.stock import TRACE_CODE

DOUBLE_MS = 1000  # the same code within a second was read twice
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x3002: ".",
    0xFF61: ".",
    0x2014: "-",
}
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_TRACE = re.compile(TRACE_CODE)
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Scan:
    """What was scanned: its text, and what kind of code it is.

    `kind` is insurance_code, access_code, trace_code, id_number, prescription_id, or text
    where the letters do not say. `damage` is case_lost or truncated, where what is missing
    would have to be guessed.
    """

    text: str
    kind: str
    damage: str | None = None


def read(keys: str) -> Scan:
    """Read what a scanner has typed.

    >>> read("]C18000000000000000000１\\r")
    Scan(text='80000000000000000001', kind='trace_code', damage=None)
    """
    narrow = keys.translate(_FULL_WIDTH)
    on_box = trace_code_on(narrow)  # before its separators are taken for noise
    if on_box is not None:
        return Scan(on_box, "trace_code")
    text = _CONTROLS.sub("", narrow).strip()
    text = _AIM.sub("", text)
    half = text[: len(text) // 2]
    if half * 2 == text and _read(half).kind != "text":
        return _read(half)
    return _read(text)


def without_doubles(scans: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """Leave out what was read again within a second, of texts with their milliseconds.

    >>> without_doubles([(0, "A"), (400, "A"), (900, "B"), (2500, "B")])
    ('A', 'B', 'B')
    """
    last_ms: dict[str, int] = {}
    kept = []
    for at_ms, text in scans:
        if text not in last_ms or at_ms - last_ms[text] >= DOUBLE_MS:
            kept.append(text)
        last_ms[text] = at_ms
    return tuple(kept)


def _read(text: str) -> Scan:
    if text[: len(insurance_code.PREFIX)].lower() == insurance_code.PREFIX.lower():
        return _insurance_code(text)
    code = access.folded(text)
    if code.startswith(access.PREFIX):
        damage = None if len(code) == access.LENGTH else "truncated"
        return Scan(code, "access_code", damage)
    if _UUID.fullmatch(text.lower()):
        return Scan(text.lower(), "prescription_id")
    if _TRACE.fullmatch(text):
        return Scan(text, "trace_code")
    if _ID_NUMBER.fullmatch(text):
        return Scan(text.upper(), "id_number")
    return Scan(text, "text")


def _insurance_code(text: str) -> Scan:
    """Tell by the prefix what the keyboard did to the letters: `yM1.` is CapsLock."""
    prefix = text[: len(insurance_code.PREFIX)]
    if prefix == insurance_code.PREFIX.swapcase():
        text = text.swapcase()
    elif prefix != insurance_code.PREFIX:
        return Scan(text, "insurance_code", "case_lost")
    # The last dot parts the payload from its signature, which has a length of its own.
    signature = text.rpartition(".")[2]
    whole = len(signature) == insurance_code.SIGNATURE_SIGNS
    return Scan(text, "insurance_code", None if whole else "truncated")

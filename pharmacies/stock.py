"""Trace codes (药品追溯码): their form, and what a scan of several boxes must hold."""

from collections import Counter
from collections.abc import Iterable

TRACE_CODE_DIGITS = 20
TRACE_CODE_START = "8"
_PRODUCT_DIGITS = 7  # one product in one pack shares these


def is_trace_code(text: str) -> bool:
    """Tell whether a text is a trace code: twenty digits that start with 8.

    >>> is_trace_code("81234560000000000017")
    True
    """
    return (
        len(text) == TRACE_CODE_DIGITS
        and text.isascii()
        and text.isdigit()
        and text.startswith(TRACE_CODE_START)
    )


def product_of(trace_code: str) -> str:
    """Return the leading digits that all boxes of one product share."""
    if not is_trace_code(trace_code):
        raise ValueError(f"expected twenty digits from 8, got {trace_code!r}")
    return trace_code[:_PRODUCT_DIGITS]


def malformed(codes: Iterable[str]) -> tuple[str, ...]:
    """List the scanned texts that are no trace codes, in scan order."""
    return tuple(code for code in codes if not is_trace_code(code))


def scanned_twice(codes: Iterable[str]) -> tuple[str, ...]:
    """List the codes that a scan holds more than once: one box, one sale."""
    return tuple(code for code, times in Counter(codes).items() if times > 1)

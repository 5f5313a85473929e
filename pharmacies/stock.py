"""Trace codes (药品追溯码): their form, and what a scan of several boxes must hold."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

TRACE_CODE_DIGITS = 20
TRACE_CODE_START = "8"
TRACE_CODE = f"{TRACE_CODE_START}[0-9]{{{TRACE_CODE_DIGITS - 1}}}"


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


def malformed(codes: Iterable[str]) -> tuple[str, ...]:
    """List the scanned texts that are no trace codes, in scan order."""
    return tuple(code for code in codes if not is_trace_code(code))


class NoPartLeft(ValueError):
    """Every part of a scanned box is sold; `codes` names the boxes."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(", ".join(self.codes))


class TooManyCodes(ValueError):
    """More boxes were scanned than the line takes."""


class TooFewParts(ValueError):
    """The scanned boxes hold fewer parts than the line takes."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was scanned for one line: codes, and batches of listed old stock without one.

    The quantity is counted in parts of a box (拆零, the smallest unit that has a price):
    `pack_parts` of them are in one, and a box that is never split is one part.
    """

    codes: tuple[str, ...]
    quantity: int
    pack_parts: int = 1
    uncoded: tuple[str, ...] = ()  # the batch of each pack without a code (无码库存)

    @property
    def coded_parts(self) -> int:
        """Count the parts that have to come out of boxes with a code."""
        return max(0, self.quantity - len(self.uncoded) * self.pack_parts)

    @property
    def is_complete(self) -> bool:
        """Tell whether there is a code, or listed old stock, for each box.

        >>> Scan(("81234560000000000017",), quantity=2).is_complete
        False
        >>> Scan(("81234560000000000017",), quantity=2, pack_parts=10).is_complete
        True
        """
        return len(self.codes) * self.pack_parts >= self.coded_parts

    def sold(
        self, taken: Mapping[str, Collection[int]] | None = None
    ) -> tuple[tuple[str, int], ...]:
        """Choose the parts to sell, box by box in the order of their codes.

        `taken` tells which parts of a box were sold before. A box that gives nothing is
        one too many. Raises TooManyCodes, NoPartLeft and TooFewParts.
        """
        wanted = self.coded_parts
        found: list[tuple[str, int]] = []
        free = {code: self._free(code, taken or {}) for code in self.codes}
        if empty := [code for code, parts in free.items() if not parts]:
            raise NoPartLeft(empty)
        for code, parts in free.items():
            if len(found) == wanted:
                raise TooManyCodes(f"{len(self.codes)} boxes for {self.quantity}")
            found += [(code, part) for part in parts[: wanted - len(found)]]
        if self.codes and len(found) < wanted:
            raise TooFewParts(f"{len(found)} parts for {self.quantity}")
        return tuple(found)

    def _free(self, code: str, taken: Mapping[str, Collection[int]]) -> list[int]:
        gone = taken.get(code, ())
        return [part for part in range(1, self.pack_parts + 1) if part not in gone]


def scan_of(
    codes: Iterable[str],
    quantity: int,
    *,
    pack_parts: int = 1,
    uncoded: Iterable[str] = (),
) -> Scan:
    """Take the trace codes out of what was scanned, each once and in their order."""
    read = sorted({code for code in codes if is_trace_code(code)})
    return Scan(tuple(read), quantity, pack_parts, tuple(uncoded))

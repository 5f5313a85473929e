"""Fates in words, for a page, a line of a terminal, or a file."""

import csv
import zlib
from dataclasses import dataclass
from io import StringIO
from typing import Any

from pharmacies.catalogue.columns import COLUMNS
from pharmacies.catalogue.fates import Change, Fate
from pharmacies.catalogue.said import Said
from pharmacies.table_cells import cells

SHOWN_MAX = {"refused": 500, "changed": 300, "new": 100, "same": 0}
OUTCOMES = {"new": "新增", "changed": "变更", "same": "相同", "refused": "拒绝"}
_HEADINGS = {one.field: one.heading for kind in COLUMNS.values() for one in kind}
_FEN = ("standard_fen", "price_fen")


@dataclass(frozen=True, slots=True)
class ToldFate:
    """What becomes of a row, in words."""

    row: int
    thing: str  # a code, after a region or a price list where it has one
    outcome: str
    valid_from: str
    zh: str
    en: str


def told(fate: Fate) -> ToldFate:
    """Say what becomes of a row."""
    words = [_fault(one.column, one.said) for one in fate.faults]
    words += [_change(one) for one in fate.changes]
    return ToldFate(
        fate.row,
        " ".join(fate.key).strip(),
        fate.outcome,
        fate.valid_from.isoformat() if fate.valid_from else "",
        "；".join(one.zh for one in words),
        "; ".join(one.en for one in words),
    )


class Report:
    """The fates of a file: the first of each outcome to be shown, all of them as CSV."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what was taken down."""
        self.shown: list[ToldFate] = []
        self._counts = dict.fromkeys(SHOWN_MAX, 0)
        self._text = StringIO()
        self._table = csv.writer(self._text, lineterminator="\n")
        self._table.writerow(("行", "药品", "结果", "生效日期", "说明"))

    def append(self, fate: Fate, /) -> None:
        """Take one fate down."""
        one = told(fate)
        self._counts[one.outcome] += 1
        if self._counts[one.outcome] <= SHOWN_MAX[one.outcome]:
            self.shown.append(one)
        outcome = OUTCOMES[one.outcome]
        told_ = cells(one.row, one.thing, outcome, one.valid_from, one.zh)
        self._table.writerow(told_)

    def packed(self) -> bytes:
        """Give every fate as CSV, deflated."""
        return zlib.compress(self._text.getvalue().encode("utf-8-sig"), 6)

    def text(self) -> str:
        """Give every fate as CSV."""
        return self._text.getvalue()


def unpacked(fates: bytes) -> bytes:
    """Give the CSV that was deflated; nothing where there is none yet."""
    return zlib.decompress(fates) if fates else b""


def _fault(column: str, said: Said) -> Said:
    return Said(f"{column}：{said.zh}", f"{column}: {said.en}")


def _change(one: Change) -> Said:
    before, after = shown(one.field, one.before), shown(one.field, one.after)
    heading = _HEADINGS.get(one.field, one.field).removesuffix("(分)")
    return Said(
        f"{heading}：{before or '（空）'} → {after or '（空）'}",
        f"{one.field}: {before or '(empty)'} -> {after or '(empty)'}",
    )


def shown(field: str, value: Any) -> str:
    """Show a value as a file has it.

    >>> shown("standard_fen", 1560), shown("self_pay_permyriad", 1050), shown("vbp", True)
    ('15.60', '10.50%', '是')
    """
    if field in _FEN:
        return f"{value // 100}.{value % 100:02d}"
    if field == "self_pay_permyriad":
        return f"{value // 100}.{value % 100:02d}%"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return str(value)

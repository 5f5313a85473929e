"""Files of papers and of drug lists: read cell by cell, each row with its fate. Pure."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Literal

from pharmacies.qualifications import KINDS, Kind, Qualification

Outcome = Literal["new", "same", "refused"]
BYTES_MAX = 4 * 1024 * 1024
ROWS_MAX = 50_000
CELL_MAX = 100
PAPERS = ("holder", "kind", "number", "begins", "ends")
LISTS = ("chain", "published_on", "medicine")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one row: the number of its line, and why it is refused."""

    line: int
    outcome: Outcome
    said: str
    why_zh: str = ""
    why_en: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One medicine on a list, as a file names it."""

    chain: str
    published_on: date
    medicine: str


class BadFile(ValueError):
    """A file that is no table of this kind: one sentence says why, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class BadRow(ValueError):
    """A row that cannot be taken: one sentence says why, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


Row = Mapping[str, str]


def rows_of(raw: bytes, columns: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Read a CSV file in UTF-8 or GB18030; gives each row with the number of its line."""
    if len(raw) > BYTES_MAX:
        raise BadFile("文件太大，最多 4 MB。", "The file is larger than 4 MB.")
    reader = csv.DictReader(StringIO(_text(raw), newline=""), strict=True)
    wanted = tuple(columns)
    if tuple(reader.fieldnames or ()) != wanted:
        named = ",".join(wanted)
        raise BadFile(f"第一行应为：{named}", f"Expected the first line: {named}")
    try:
        for count, row in enumerate(reader, 1):
            if count > ROWS_MAX:
                raise BadFile("最多 50000 行。", "At most 50,000 rows.")
            if None in row or None in row.values():
                raise BadFile(
                    f"第 {reader.line_num} 行的列数不对。",
                    f"Line {reader.line_num} has another number of columns.",
                )
            yield reader.line_num, {key: it.strip() for key, it in row.items()}
    except csv.Error as error:
        raise BadFile(
            f"第 {reader.line_num} 行不是 CSV。",
            f"Line {reader.line_num} is no CSV: {error}",
        ) from None


def paper_of(row: Row) -> Qualification:
    """Read one paper, or raise BadRow."""
    _plain(row)
    if row["kind"] not in KINDS:
        known = "、".join(KINDS)
        raise BadRow(
            f"kind 应为 {known} 之一", f"expected kind to be one of {', '.join(KINDS)}"
        )
    begins, ends = _day(row, "begins"), _day(row, "ends")
    if ends < begins:
        raise BadRow("ends 早于 begins", "ends before it begins")
    kind: Kind = row["kind"]
    return Qualification(row["holder"], kind, row["number"], begins, ends)


def listed_of(row: Row) -> Listed:
    """Read one medicine of a list, or raise BadRow."""
    _plain(row)
    return Listed(row["chain"], _day(row, "published_on"), row["medicine"])


def fates_of(
    rows: Iterable[tuple[int, Row]], judge: Callable[[Row], Outcome]
) -> tuple[Fate, ...]:
    """Say what becomes of each row; what appears twice in a file is refused."""
    found, seen = [], dict[tuple[str, ...], int]()
    for line, row in rows:
        said = ",".join(row.values())
        try:
            first = seen.setdefault(tuple(row.values()), line)
            if first != line:
                raise BadRow(f"与第 {first} 行相同", f"the same as line {first}")
            found.append(Fate(line, judge(row), said))
        except BadRow as error:
            found.append(Fate(line, "refused", said, error.zh, error.en))
    return tuple(found)


def _text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadFile(
        "不是文本文件；请另存为 CSV（UTF-8 或 GB18030）。",
        "No text; save it as CSV in UTF-8 or GB18030.",
    )


def _plain(row: Row) -> None:
    for name, cell in row.items():
        if not cell:
            raise BadRow(f"{name} 为空", f"{name} is empty")
        if len(cell) > CELL_MAX or not cell.isprintable():
            raise BadRow(
                f"{name} 太长或含控制字符", f"{name} is too long or not printable"
            )


def _day(row: Row, name: str) -> date:
    try:
        if len(row[name]) == 10:
            return date.fromisoformat(row[name])
    except ValueError:
        pass
    raise BadRow(
        f"{name} 应为年-月-日，如 2025-09-15",
        f"expected {name} as year-month-day, such as 2025-09-15",
    )

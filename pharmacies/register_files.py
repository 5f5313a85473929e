"""Files of papers and of drug lists: read cell by cell, each row with its fate. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pharmacies.catalogue import reading, sheets
from pharmacies.catalogue.said import BadFile, Refused
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


Row = Mapping[str, str]


def rows_of(raw: bytes, columns: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Read a table, CSV or XLSX; gives each row with its number in a table program."""
    if len(raw) > BYTES_MAX:
        raise BadFile("文件太大，最多 4 MB。", "The file is larger than 4 MB.")
    wanted = tuple(columns)
    found = sheets.rows(raw)
    if _heads(next(found, (0, ()))[1]) != wanted:
        named = ",".join(wanted)
        raise BadFile(f"第一行应为：{named}。", f"Expected the first line: {named}")
    for count, (number, cells) in enumerate(found, 1):
        if count > ROWS_MAX:
            raise BadFile("最多 50000 行。", "At most 50,000 rows.")
        whole = [*cells, *([""] * (len(wanted) - len(cells)))]
        if any(whole[len(wanted) :]):
            raise BadFile(
                f"第 {number} 行的列数不对。",
                f"Line {number} has another number of columns.",
            )
        yield number, dict(zip(wanted, whole, strict=False))


def _heads(cells: Sequence[str]) -> tuple[str, ...]:
    """Give the names of the columns, without empty cells behind them."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def paper_of(row: Row) -> Qualification:
    """Read one paper, or raise Refused."""
    kind = _said(row, "kind")
    if kind not in KINDS:
        known = "、".join(KINDS)
        raise Refused(
            f"kind 应为 {known} 之一", f"expected kind to be one of {', '.join(KINDS)}"
        )
    begins, ends = _day(row, "begins"), _day(row, "ends")
    if ends < begins:
        raise Refused("ends 早于 begins", "ends before it begins")
    known_kind: Kind = kind
    return Qualification(
        _said(row, "holder"), known_kind, _said(row, "number"), begins, ends
    )


def listed_of(row: Row) -> Listed:
    """Read one medicine of a list, or raise Refused."""
    chain, medicine = _said(row, "chain"), _said(row, "medicine")
    return Listed(chain, _day(row, "published_on"), medicine)


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
                raise Refused(f"与第 {first} 行相同", f"the same as line {first}")
            found.append(Fate(line, judge(row), said))
        except Refused as error:
            found.append(Fate(line, "refused", said, error.said.zh, error.said.en))
    return tuple(found)


def _said(row: Row, name: str) -> str:
    try:
        said = reading.plain(row[name])
    except Refused as error:
        raise _named(name, error) from None
    if not said:
        raise Refused(f"{name} 为空", f"{name} is empty")
    if len(said) > CELL_MAX:
        raise Refused(f"{name} 太长", f"{name} is too long")
    return said


def _day(row: Row, name: str) -> date:
    _said(row, name)
    try:
        return reading.day(row[name])
    except Refused as error:
        raise _named(name, error) from None


def _named(name: str, error: Refused) -> Refused:
    return Refused(f"{name} {error.said.zh}", f"{name} {error.said.en}")

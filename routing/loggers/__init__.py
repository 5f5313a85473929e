"""What a temperature logger (温度记录仪) exports as CSV, read whole or refused with a reason.

Loggers write in many dialects: commas, semicolons or tabs; UTF-8 with or without a mark, UTF-16,
GB18030; a decimal comma; Celsius or Fahrenheit; days in any order; local time or UTC; lines of
metadata above the header. What can be told from the file is; what cannot is asked for, never
guessed. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import StringIO

from pharmacies.catalogue.said import BadFile
from pharmacies.catalogue.sheets import csv_cells, encoding
from routing.cold_chain import DC_LEAST, DC_MOST
from routing.loggers.cells import ORDERS, Moment, moment, tenths
from routing.loggers.columns import Columns, Row, columns

__all__ = [
    "BYTES_MAX",
    "CHINA_OFFSET",
    "ORDERS",
    "Asked",
    "LoggerFile",
    "Point",
    "read",
]

BYTES_MAX = 4 * 1024 * 1024
READINGS_MAX = 50_000
CHINA_OFFSET = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the one who uploads says where the file does not: time zone, order of days, number."""

    now: datetime
    offset: timezone = CHINA_OFFSET
    order: str | None = None  # one of ORDERS
    logger: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of a file, and the row that it stands in."""

    row: int
    at: datetime
    temperature_dc: int


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """A file that was read to its end: whose it is, and its readings in their order."""

    logger: str
    points: tuple[Point, ...]
    empty: int  # rows without a temperature: events of the logger itself


def read(content: bytes, asked: Asked) -> LoggerFile:
    """Read a logger's file, or raise BadFile with a sentence that names the row."""
    rows = list(_rows(content))
    found = columns(rows)
    below = [row for row in rows if row[0] > found.row]
    taken = [_taken(found, row) for row in below]
    kept = [one for one in taken if one is not None]
    if not kept:
        raise BadFile(
            f"第 {found.row} 行表头下面没有温度读数。",
            f"There is no reading below the header in row {found.row}.",
        )
    if len(kept) > READINGS_MAX:
        raise BadFile(
            f"超过 {READINGS_MAX} 个读数，请分成几份。",
            f"There are more than {READINGS_MAX} readings; split the file.",
        )
    offset = found.offset or asked.offset
    order = _order(kept, offset, asked)
    points = [Point(row, when.at(order, offset), warm) for row, when, warm in kept]
    once = _once(points, asked.now)
    return LoggerFile(_logger(found, below, asked), once, len(below) - len(kept))


_Taken = tuple[int, Moment, int]


def _rows(content: bytes) -> Iterator[Row]:
    if not content.strip():
        raise BadFile("文件是空的。", "The file is empty.")
    if len(content) > BYTES_MAX:
        mib = BYTES_MAX >> 20
        raise BadFile(
            f"文件超过 {mib} MiB，请分成几份。",
            f"The file is larger than {mib} MiB; split it.",
        )
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise BadFile(
            "这是 Excel 或 PDF 文件，请从记录仪软件导出 CSV。",
            "This is an Excel or PDF file; export CSV from the logger's program.",
        )
    text = content.decode(encoding(content)).removeprefix("\ufeff")
    if "\0" in text:
        raise BadFile("这不是文本文件。", "This is no text file.")
    return csv_cells(StringIO(text, newline=""), _delimiter(text))


def _delimiter(text: str) -> str:
    """Tell what parts the cells: a decimal comma is no comma between cells.

    The lines at the end are readings; metadata stand at the beginning.
    """
    last = [line for line in text.splitlines() if line.strip()][-20:]
    for each in ";\t":
        if 2 * sum(each in line for line in last) > len(last):
            return each
    return ","


def _taken(found: Columns, row: Row) -> _Taken | None:
    """Take one row, or None where the logger wrote no temperature into it."""
    number, cells = row
    if any(cell.strip() for cell in cells[found.width :]):
        raise BadFile(
            f"第 {number} 行比表头多出几格：可能用逗号既分列又作小数点，请改用分号分列导出。",
            f"Row {number} has more cells than the header: maybe commas part the cells"
            " and the decimals, too; export it with semicolons.",
        )
    full = [*cells, *[""] * (found.width - len(cells))]
    if not full[found.warm].strip():
        return None
    try:
        day, hour = full[found.day], "" if found.hour is None else full[found.hour]
        when = moment(day, hour)
        warm = tenths(full[found.warm], fahrenheit=_is_fahrenheit(found, full, number))
    except ValueError as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(
            f"第 {number} 行读不懂：时间“{full[found.day]}”，温度“{full[found.warm]}”。",
            f"Row {number} cannot be read: {error}.",
        ) from error
    if not DC_LEAST <= warm <= DC_MOST:
        raise BadFile(
            f"第 {number} 行的温度超出 {DC_LEAST // 10} 到 {DC_MOST // 10}°C，请核对单位。",
            f"The temperature in row {number} is not within {DC_LEAST // 10} to"
            f" {DC_MOST // 10} °C; see whether its unit is right.",
        )
    return number, when, warm


def _is_fahrenheit(found: Columns, cells: Sequence[str], number: int) -> bool:
    unit = "" if found.unit is None else cells[found.unit].strip().upper()
    if unit in {"C", "F", "°C", "°F", "℃", "℉"}:
        return unit in {"F", "°F", "℉"}
    if found.fahrenheit is None:
        raise BadFile(
            f"第 {found.row} 行的温度一列没有写单位，分不清 °C 还是 °F。",
            f"The column of temperatures in row {found.row} names no unit: °C or °F?",
        )
    return found.fahrenheit


def _order(kept: Sequence[_Taken], offset: timezone, asked: Asked) -> str:
    """Tell in which order days are written: the one that all rows fit, and that is not to come."""
    fits = []
    for order in ORDERS:
        try:
            last = max(when.at(order, offset) for _, when, _ in kept)
        except ValueError:
            continue
        if last <= asked.now + timedelta(days=1):
            fits.append(order)
    if asked.order is not None and asked.order in fits:
        return asked.order
    if len(fits) == 1 and asked.order is None:
        return fits[0]
    row, when, _ = kept[0]
    told = "-".join(when.numbers)
    if not fits or asked.order is not None:
        raise BadFile(
            f"第 {row} 行起的日期（{told}）不成立，或在将来；请核对记录仪的时钟和日期顺序。",
            f"The days from row {row} on ({told}) do not exist or are to come; look at the"
            " logger's clock and at the order of its days.",
        )
    raise BadFile(
        f"第 {row} 行的日期（{told}）分不清日和月，请选择日期顺序。",
        f"The day in row {row} ({told}) does not say which number is the month; choose"
        " the order of days.",
    )


def _once(points: Sequence[Point], now: datetime) -> tuple[Point, ...]:
    """Put readings in their order; one instant has one temperature and is not to come."""
    found: dict[datetime, Point] = {}
    for one in points:
        before = found.setdefault(one.at, one)
        if before.temperature_dc != one.temperature_dc:
            raise BadFile(
                f"第 {before.row} 行和第 {one.row} 行是同一时刻，温度却不同。",
                f"Rows {before.row} and {one.row} are of one instant, with two temperatures.",
            )
        if one.at > now + timedelta(minutes=5):
            raise BadFile(
                f"第 {one.row} 行的时间在将来；请核对时区和记录仪的时钟。",
                f"Row {one.row} is to come; look at the time zone and the logger's clock.",
            )
    return tuple(sorted(found.values(), key=lambda one: one.at))


def _logger(found: Columns, below: Sequence[Row], asked: Asked) -> str:
    """Name the logger: as the file says, and as who uploads says; they must agree."""
    said = asked.logger.strip()
    named = found.logger or _in_rows(found, below)
    if named and said and named != said:
        raise BadFile(
            f"文件里的记录仪编号是 {named}，填写的是 {said}。",
            f"The file names the logger {named}, and {said} was filled in.",
        )
    if not (named or said):
        raise BadFile(
            "文件里没有记录仪编号，请填写贴在记录仪上的编号。",
            "The file does not name its logger; fill in the number on the device.",
        )
    return named or said


def _in_rows(found: Columns, below: Sequence[Row]) -> str:
    if found.serial is None:
        return ""
    cells = (row[found.serial].strip() for _, row in below if len(row) > found.serial)
    return next((cell for cell in cells if cell), "")

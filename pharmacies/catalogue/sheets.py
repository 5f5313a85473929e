"""A table file as rows of cells: CSV in the encodings that are used, or XLSX."""

import csv
import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from itertools import islice

from pharmacies.catalogue import xlsx
from pharmacies.catalogue.cells import BYTES_MAX, COLUMNS_MAX, ROWS_MAX
from pharmacies.catalogue.said import BadFile

Row = tuple[int, Sequence[str]]  # its number as a table program shows it, its cells
AT_ONCE = 500
_DELIMITERS = ",\t;"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read to its end, packed: all its cells as objects fill the memory."""

    count: int
    packed: tuple[bytes, ...]

    def rows(self) -> Iterator[Row]:
        """Give its rows."""
        for some in self.packed:
            yield from pickle.loads(zlib.decompress(some))


def table(content: bytes) -> Table:
    """Read a file to its end; raises BadFile."""
    found, count, packed = rows(content), 0, list[bytes]()
    while some := list(islice(found, AT_ONCE)):
        count += len(some)
        packed.append(zlib.compress(pickle.dumps(some), 1))
    return Table(count, tuple(packed))


def rows(
    content: bytes, *, bytes_max: int | None = None, rows_max: int | None = None
) -> Iterator[Row]:
    """Give the rows of a file that hold anything; raises BadFile, also on the way."""
    if not content.strip():
        raise BadFile("文件是空的。", "The file is empty.")
    most = bytes_max or BYTES_MAX
    if len(content) > most:
        mib = most >> 20
        raise BadFile(
            f"文件超过 {mib} MiB，请分成几份。",
            f"The file is larger than {mib} MiB; split it.",
        )
    if content.startswith(_OLD_EXCEL):
        raise BadFile(
            "这是旧格式或加了密码的 Excel 文件，请另存为 XLSX 或 CSV，不设密码。",
            "This is an old or encrypted Excel file; save it as XLSX or CSV, without password.",
        )
    found = xlsx.rows(content) if content.startswith(b"PK") else _csv_rows(content)
    return _within(found, rows_max or ROWS_MAX)


def _within(found: Iterator[Row], rows_max: int) -> Iterator[Row]:
    for count, (number, cells) in enumerate(found):
        if count > rows_max:
            raise BadFile(
                f"超过 {rows_max} 行，请分成几份。",
                f"There are more than {rows_max} rows; split the file.",
            )
        if len(cells) > COLUMNS_MAX:
            raise BadFile(
                f"第 {number} 行超过 {COLUMNS_MAX} 列。",
                f"Row {number} has more than {COLUMNS_MAX} columns.",
            )
        yield number, cells


def _csv_rows(content: bytes) -> Iterator[Row]:
    text = TextIOWrapper(BytesIO(content), encoding(content), newline="")
    delimiter = max(_DELIMITERS, key=text.readline().count)
    text.seek(0)
    return csv_cells(text, delimiter)


def csv_cells(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Part lines of CSV into rows of cells, the empty ones left out; raises BadFile."""
    number = 0
    try:
        read = csv.reader(lines, delimiter=delimiter, strict=True)
        for number, cells in enumerate(read, 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise BadFile(
            f"第 {number + 1} 行起读不出来：引号没有成对，或者一格太长。",
            f"Unreadable from row {number + 1} on: a quote is not closed, or a cell too long.",
        ) from error


def encoding(content: bytes) -> str:
    """Tell in which encoding a whole file is text, or raise BadFile."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for each in encodings:
        try:
            content.decode(each)
        except UnicodeDecodeError:
            continue
        return each
    raise BadFile(
        "读不出文字：请存为 UTF-8 或 GB18030 的 CSV，或 XLSX。",
        "No text can be read: save it as CSV in UTF-8 or GB18030, or as XLSX.",
    )

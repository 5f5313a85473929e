"""The one sheet of an XLSX file that is meant, as rows of cells, read as a stream.

A file that unpacks to far more than it holds is refused by what its directory says; the
reader of the standard library gives no more than that. Formulas come as such. What somebody
who looks at the file does not see is not taken: a sheet beside the one, a hidden row.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from io import BytesIO
from posixpath import join, normpath
from sys import getsizeof
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from pharmacies.catalogue import xml_parts
from pharmacies.catalogue.cells import CELL_MAX, COLUMNS_MAX, Formula, Number
from pharmacies.catalogue.said import BadFile
from pharmacies.catalogue.xml_parts import broken

UNPACKED_MAX = 400 * 1024 * 1024
ENTRIES_MAX = 2_000
RATIO_MAX = 150  # a sheet of equal rows packs about 30 to 1
SMALL = 8 * 1024 * 1024
SHARED_MAX = 256 * 1024 * 1024  # bytes of memory for texts that cells share
_PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
_ENTRY = b"PK\x01\x02"  # before each entry of the directory
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_YES = ("1", "true")

Row = tuple[int, list[str]]


def rows(content: bytes) -> Iterator[Row]:
    """Give the rows that hold anything of the only sheet that does, or raise BadFile."""
    with _opened(content) as packed:
        shared = _shared(packed)
        with packed.open(_sheet(packed, shared)) as sheet:
            yield from _Sheet(shared).rows(sheet)


@contextmanager
def _opened(content: bytes) -> Iterator[ZipFile]:
    if content.count(_ENTRY) > ENTRIES_MAX:
        raise _too_much()
    try:
        with ZipFile(BytesIO(content)) as packed:
            _reject_bomb(packed, len(content))
            yield packed
    except BadFile:
        raise
    except (BadZipFile, LookupError, ValueError, zlib.error, expat.ExpatError) as error:
        raise broken() from error
    except (RuntimeError, EOFError) as error:  # a password, or packed in an odd way
        raise broken() from error


def _reject_bomb(packed: ZipFile, size: int) -> None:
    if any(one.compress_type not in _PACKINGS for one in packed.infolist()):
        raise broken()
    unpacked = sum(one.file_size for one in packed.infolist())
    if unpacked > min(UNPACKED_MAX, max(SMALL, size * RATIO_MAX)):
        raise _too_much()


def _too_much() -> BadFile:
    return BadFile(
        "这个 XLSX 文件展开后太大，不予读取。",
        "This XLSX file unpacks to too much and is not read.",
    )


def _sheet(packed: ZipFile, shared: Sequence[str]) -> str:
    """Name the part of the only visible sheet that holds anything, or of the first."""
    book = _Book()
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        with packed.open(part) as opened:
            for _ in xml_parts.read(opened, book):
                pass
    if not book.sheets:
        raise BadFile("文件里没有工作表。", "The file has no sheet.")
    filled = [each for each in book.sheets if _is_filled(packed, each[1], shared)]
    if len(filled) > 1:
        named = [name[:30] for name, _ in filled[:5]]
        raise BadFile(
            f"有内容的工作表不止一张：{'、'.join(named)}。请只留要导入的一张，其余删除或隐藏。",
            f"More than one sheet holds something: {', '.join(named)}. Keep the one that is"
            " meant; delete or hide the others.",
        )
    return (filled or book.sheets)[0][1]


def _is_filled(packed: ZipFile, part: str, shared: Sequence[str]) -> bool:
    with packed.open(part) as sheet:
        return next(_Sheet(shared).rows(sheet), None) is not None


class _Book:
    """The visible sheets of a workbook: what each is called, and in which part it is."""

    def __init__(self) -> None:
        self.depth = 0
        self._named: list[tuple[str, str]] = []
        self._targets: dict[str, str] = {}

    @property
    def sheets(self) -> list[tuple[str, str]]:
        """List name and part of each."""
        return [(name, self._part(id_)) for name, id_ in self._named]

    def _part(self, id_: str) -> str:
        target = self._targets[id_]
        if target.startswith("/"):
            return target.lstrip("/")
        return normpath(join("xl", target))

    def begin(self, name: str, given: dict[str, str]) -> None:
        self.depth += 1
        local = name.rpartition(" ")[2]
        if local == "sheet" and given.get("state", "visible") == "visible":
            ids = [value for key, value in given.items() if key.endswith(" id")]
            self._named += [(given.get("name", ""), id_) for id_ in ids]
        elif local == "Relationship":
            self._targets[given["Id"]] = given["Target"]
        elif local == "workbookPr" and given.get("date1904") in _YES:
            raise BadFile(
                "这个文件的日期从 1904 年算起，请在 Excel 选项里取消“使用 1904 日期系统”后另存。",
                "This file counts its days from 1904; switch the 1904 date system off and"
                " save it anew.",
            )

    def end(self, _: str) -> None:
        self.depth -= 1

    def said(self, _: str) -> None:
        """Hear no text: a workbook says everything in attributes."""


def _shared(packed: ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in packed.namelist():
        return []
    strings = _Strings()
    with packed.open("xl/sharedStrings.xml") as part:
        for _ in xml_parts.read(part, strings):
            if strings.size > SHARED_MAX:
                raise _too_much()
    return strings.found


class _Text:
    """What one text says; what only tells how it is read aloud is left out."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._listens = self._aloud = False

    def clear(self) -> None:
        self._parts.clear()
        self._length = 0

    def begin(self, local: str) -> None:
        self._aloud = self._aloud or local == "rPh"
        self._listens = local in ("v", "t") and not self._aloud

    def end(self, local: str) -> None:
        self._aloud = self._aloud and local != "rPh"
        self._listens = False

    def said(self, data: str) -> None:
        if not self._listens:
            return
        self._length += len(data)
        if self._length > CELL_MAX:
            raise BadFile(
                f"有一格超过 {CELL_MAX} 个字。",
                f"A cell is longer than {CELL_MAX} characters.",
            )
        self._parts.append(data)

    def whole(self) -> str:
        return "".join(self._parts)


class _Strings:
    """The texts that cells share, and how much memory they take."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.size = self.depth = 0
        self._text = _Text()
        self.said = self._text.said

    def begin(self, name: str, _: dict[str, str]) -> None:
        self.depth += 1
        local = name.rpartition(" ")[2]
        if local == "si":
            self._text.clear()
        else:
            self._text.begin(local)

    def end(self, name: str) -> None:
        self.depth -= 1
        local = name.rpartition(" ")[2]
        if local == "si":
            self.found.append(self._text.whole())
            self.size += getsizeof(self.found[-1])
        else:
            self._text.end(local)


class _Sheet:
    """What of a sheet has been read: rows that are whole, and the one that is not."""

    def __init__(self, shared: Sequence[str]) -> None:
        self.shared = shared
        self.whole: list[Row] = []
        self.cells: list[str] = []
        self.number = self.at = self.depth = 0
        self.kind = ""
        self.text = _Text()
        self.said = self.text.said
        self.reckoned = self.is_hidden = False
        self.hidden: list[tuple[int, int]] = []  # columns, from and to

    def rows(self, sheet: IO[bytes]) -> Iterator[Row]:
        for _ in xml_parts.read(sheet, self):
            yield from self.whole
            self.whole.clear()

    def begin(self, name: str, given: dict[str, str]) -> None:
        self.depth += 1
        local = name.rpartition(" ")[2]
        if local == "c":
            self.at = _column(given["r"]) if "r" in given else len(self.cells)
            self.kind = given.get("t", "n")
            self.text.clear()
            self.reckoned = self.kind == "e"
        elif local == "f":
            self.reckoned = True
        elif local == "row":
            self.number = int(given.get("r", self.number + 1))
            self.is_hidden = given.get("hidden") in _YES
            self.cells = []
        elif local == "col" and given.get("hidden") in _YES:
            self.hidden.append((int(given["min"]) - 1, int(given["max"]) - 1))
        elif local == "mergeCell":
            _reject_merged(given["ref"])
        else:
            self.text.begin(local)

    def end(self, name: str) -> None:
        self.depth -= 1
        local = name.rpartition(" ")[2]
        if local == "c":
            self._keep(self.text.whole())
        elif local == "row" and any(map(str.strip, self.cells)):
            if self.is_hidden:
                raise _hidden(f"第 {self.number} 行", f"Row {self.number}")
            self.whole.append((self.number, self.cells))
        else:
            self.text.end(local)

    def _keep(self, said: str) -> None:
        if said and any(first <= self.at <= last for first, last in self.hidden):
            raise _hidden(f"第 {self.at + 1} 列", f"Column {self.at + 1}")
        if self.at > COLUMNS_MAX:
            if said:
                raise BadFile(
                    f"第 {self.number} 行超过 {COLUMNS_MAX} 列。",
                    f"Row {self.number} has more than {COLUMNS_MAX} columns.",
                )
            return
        self.cells.extend([""] * (self.at - len(self.cells)))
        self.cells.append(self._cell(said))

    def _cell(self, said: str) -> str:
        if self.reckoned:
            return Formula(said or "=")
        if self.kind == "s":
            return self.shared[int(said)] if said else ""
        return _number(said) if self.kind == "n" and said else said


def _number(said: str) -> Number:
    """Give a number as people write it: programs keep 0.07 as 7.0000000000000007E-2."""
    try:
        read = Decimal(said)
    except InvalidOperation:
        return Number(said)
    if not read.is_finite() or abs(read.adjusted()) > 20:
        return Number(said)
    plain = format(read, "f")
    return Number(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _reject_merged(where: str) -> None:
    raise BadFile(
        f"有合并的单元格（{where[:20]}），请取消合并，每一格都填上。",
        f"Cells are merged ({where[:20]}); part them and fill each in.",
    )


def _hidden(zh: str, en: str) -> BadFile:
    return BadFile(
        f"{zh}是隐藏的。看不见的内容不导入，请取消隐藏或筛选，或者删除后另存。",
        f"{en} is hidden. What nobody sees is not put in: show it or delete it, and save.",
    )


def _column(place: str) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise broken()
    count = 0
    for letter in found[1]:
        count = count * 26 + ord(letter) - 64
    return count - 1

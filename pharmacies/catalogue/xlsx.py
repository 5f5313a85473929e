"""The first sheet of an XLSX file as rows of cells, read as a stream.

A file that unpacks to far more than it holds is refused by what its directory says; the
reader of the standard library gives no more than that. Formulas come as such.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from posixpath import join, normpath
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from pharmacies.catalogue.cells import COLUMNS_MAX, Formula, Number
from pharmacies.catalogue.said import BadFile

UNPACKED_MAX = 400 * 1024 * 1024
ENTRIES_MAX = 2_000
RATIO_MAX = 150  # a sheet of equal rows packs about 30 to 1
SMALL = 8 * 1024 * 1024
CHUNK = 1 << 16
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Row = tuple[int, list[str]]


def rows(content: bytes) -> Iterator[Row]:
    """Give the rows of the first sheet that hold anything, or raise BadFile."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            _reject_bomb(packed, len(content))
            shared = _shared(packed)
            with packed.open(_first_sheet(packed)) as sheet:
                yield from _Sheet(shared).rows(sheet)
    except (BadZipFile, KeyError, ValueError, zlib.error, expat.ExpatError) as error:
        if isinstance(error, BadFile):
            raise
        raise _broken() from error
    except (RuntimeError, EOFError) as error:  # a password, or packed in an odd way
        raise _broken() from error


def _broken() -> BadFile:
    return BadFile(
        "这个 XLSX 文件不完整，或者加了密码，请重新另存。",
        "This XLSX file is damaged or has a password; save it anew.",
    )


def _reject_bomb(packed: ZipFile, size: int) -> None:
    listed = packed.infolist()
    unpacked = sum(one.file_size for one in listed)
    if (
        len(listed) > ENTRIES_MAX
        or unpacked > UNPACKED_MAX
        or unpacked > max(SMALL, size * RATIO_MAX)
    ):
        raise BadFile(
            "这个 XLSX 文件展开后太大，不予读取。",
            "This XLSX file unpacks to too much and is not read.",
        )


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _reject_doctype
    return parser


def _reject_doctype(*_: object) -> None:
    raise BadFile(
        "这个 XLSX 文件里有不该有的文档类型声明，不予读取。",
        "This XLSX file has a document type declaration, which none should; it is not read.",
    )


def _first_sheet(packed: ZipFile) -> str:
    ids: list[str] = []
    targets: dict[str, str] = {}

    def begin(name: str, given: dict[str, str]) -> None:
        if name.endswith(" sheet") and given.get("state", "visible") == "visible":
            ids.extend(value for key, value in given.items() if key.endswith(" id"))
        elif name.endswith(" Relationship"):
            targets[given["Id"]] = given["Target"]

    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        parser = _parser()
        parser.StartElementHandler = begin
        parser.Parse(packed.read(part), True)
    if not ids:
        raise BadFile("文件里没有工作表。", "The file has no sheet.")
    target = targets[ids[0]]
    return (
        target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    )


def _shared(packed: ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in packed.namelist():
        return []
    strings = _Strings()
    with packed.open("xl/sharedStrings.xml") as part:
        strings.read(part)
    return strings.found


class _Strings:
    """The texts that cells share; what only tells how a text is read is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.text: list[str] = []
        self.inside = {"t": False, "rPh": False}

    def read(self, part: IO[bytes]) -> None:
        parser = _parser()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        while chunk := part.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _begin(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "si":
            self.text.clear()
        elif local in self.inside:
            self.inside[local] = True

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "si":
            self.found.append("".join(self.text))
        elif local in self.inside:
            self.inside[local] = False

    def _said(self, data: str) -> None:
        if self.inside["t"] and not self.inside["rPh"]:
            self.text.append(data)


class _Sheet:
    """What of a sheet has been read: rows that are whole, and the one that is not."""

    def __init__(self, shared: list[str]) -> None:
        self.shared = shared
        self.whole: list[Row] = []
        self.cells: list[str] = []
        self.number = self.at = 0
        self.kind = ""
        self.text: list[str] = []
        self.listens = self.reckoned = False

    def rows(self, sheet: IO[bytes]) -> Iterator[Row]:
        parser = _parser()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        while chunk := sheet.read(CHUNK):
            parser.Parse(chunk, False)
            yield from self.whole
            self.whole.clear()
        parser.Parse(b"", True)

    def _begin(self, name: str, given: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "c":
            self.at = _column(given["r"]) if "r" in given else len(self.cells)
            self.kind = given.get("t", "n")
            self.text.clear()
            self.reckoned = self.kind == "e"
        elif local in ("v", "t"):
            self.listens = True
        elif local == "f":
            self.reckoned = True
        elif local == "row":
            self.number = int(given.get("r", self.number + 1))
            self.cells = []

    def _said(self, data: str) -> None:
        if self.listens:
            self.text.append(data)

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in ("v", "t"):
            self.listens = False
        elif local == "c":
            self._keep()
        elif local == "row" and any(self.cells):
            self.whole.append((self.number, self.cells))

    def _keep(self) -> None:
        said = "".join(self.text)
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
        return Number(said) if self.kind == "n" and said else said


def _column(place: str) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise _broken()
    count = 0
    for letter in found[1]:
        count = count * 26 + ord(letter) - 64
    return count - 1

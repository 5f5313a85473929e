"""The parts of a packed XML file, read as a stream that can be made to hold little memory.

What a part says is told to a listener; a part that nests, names, or spins out more than any
table program does is refused before it fills the memory.
"""

from collections.abc import Iterator
from typing import IO, Protocol
from xml.parsers import expat

from pharmacies.catalogue.said import BadFile

CHUNK = 1 << 16
DEPTH_MAX = 100
NAMES_MAX = 2_000  # of elements and attributes; a workbook has about two hundred
PENDING_MAX = 1 << 20  # bytes of one tag that has no end


class Listener(Protocol):
    """Who is told what a part says; `depth` counts the elements that are open."""

    depth: int

    def begin(self, name: str, given: dict[str, str]) -> None:
        """Hear that an element begins."""

    def end(self, name: str) -> None:
        """Hear that an element ends."""

    def said(self, data: str) -> None:
        """Hear some of a text."""


def read(part: IO[bytes], listener: Listener) -> Iterator[None]:
    """Tell a part to a listener, chunk by chunk; raises BadFile, or what expat raises."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _reject_doctype
    parser.StartElementHandler = listener.begin
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.said
    fed = 0
    while chunk := part.read(CHUNK):
        parser.Parse(chunk, False)
        fed += len(chunk)
        _reject_odd(parser, listener, fed)
        yield
    parser.Parse(b"", True)
    yield


def broken() -> BadFile:
    """Say that a file cannot be read."""
    return BadFile(
        "这个 XLSX 文件不完整，或者加了密码，请重新另存。",
        "This XLSX file is damaged or has a password; save it anew.",
    )


def _reject_odd(parser: expat.XMLParserType, listener: Listener, fed: int) -> None:
    pending = fed - parser.CurrentByteIndex
    if (
        listener.depth > DEPTH_MAX
        or len(parser.intern) > NAMES_MAX
        or pending > PENDING_MAX
    ):
        raise broken()


def _reject_doctype(*_: object) -> None:
    raise BadFile(
        "这个 XLSX 文件里有不该有的文档类型声明，不予读取。",
        "This XLSX file has a document type declaration, which none should; it is not read.",
    )

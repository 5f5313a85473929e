"""Reads a pack file: its document, the text it was read from, each figure cited.

Whatever is wrong is noted, and the reading goes on: a file is told all its faults.
"""

import hashlib
import re
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

from dispensing.conditions import CONDITIONS
from dispensing.policy.figures import LAYERS, Citation, Figure, Row, Value
from dispensing.policy.parameters import parameter
from dispensing.policy.rows import not_printed, printed, quotes
from dispensing.policy.toml_file import Table, TomlFile
from dispensing.policy.valued import value_in

STANDINGS = ("in_force", "draft", "trial", "model", "compiled")

_DOCUMENT_KEYS = frozenset(
    {"id", "region", "layer", "area", "title", "kind", "standing", "effective_from"}
    | {"effective_until", "text", "text_sha256", "yields_to_later", "texts", "note"}
)
_FIGURE_KEYS = frozenset(
    {"name", "value", "unit", "clause", "quote", "says", "note", "requirement"}
    | {"reading", "from", "until", "left_to", "same_as", "text"}
)
_PRINTED_UNITS = {
    "share": "permyriad",
    "yuan": "fen",
    "days": "days",
    "pharmacies": "",
    "count": "",
}
_ALLOWED = {"layer": LAYERS[:-1], "standing": STANDINGS}
_AREA = re.compile(r"([0-9]{2}){1,3}")


class DocumentReader:
    """Reads the document of one file, for the citations and the days of its figures.

    Without a folder of texts no quote is looked for: what was checked when it was first
    read is only read again.
    """

    def __init__(self, file: TomlFile, folder: Path | None, document: Table) -> None:
        self.file = file
        self.document = document
        tried = file.noted
        tried(lambda: file.known("document", document, _DOCUMENT_KEYS))
        self._names()
        since = tried(lambda: file.day(document, "effective_from", "document"))
        self.since = since or date.min
        self.until = tried(self._until)
        self.yields = tried(self._yields) or ()
        # Empty where none is shipped or looked at; None where it cannot be read.
        self.text = tried(lambda: self._text(folder))
        self.bare = bare(self.text or "")
        self.quotes_checked = folder is not None and self.text is not None
        # A compilation names several texts, each with the day from which it holds.
        self.texts = tried(self._texts) or {}

    def _names(self) -> None:
        file, document = self.file, self.document
        for key in ("id", "region", "layer", "title", "standing"):
            found = file.noted(partial(file.words, document, key, "document"))
            if found and key in _ALLOWED:
                where = f"document.{key}"
                file.noted(partial(file.among, where, found, _ALLOWED[key]))
        area = file.noted(lambda: file.words_or(document, "area", "document"))
        if area and not _AREA.fullmatch(area):
            expected = f"expected the first 2, 4 or 6 digits of an area, got {area!r}"
            file.faults.append(file.bad("document.area", expected))

    def _until(self) -> date | None:
        if "effective_until" not in self.document:
            return None
        until = self.file.day(self.document, "effective_until", "document")
        if until < self.since:
            expected = f"expected effective_from <= effective_until, got {until}"
            raise self.file.bad("document.effective_until", expected)
        return until

    def _yields(self) -> tuple[str, ...]:
        layers = self.document.get("yields_to_later", [])
        if not isinstance(layers, list):
            raise self.file.bad("document.yields_to_later", "expected a list of layers")
        for layer in layers:
            self.file.among("document.yields_to_later", layer, LAYERS[:-1])
        return tuple(layers)

    def _texts(self) -> dict[str, tuple[str, date]]:
        if "texts" not in self.document:
            return {}
        items = self.file.table(self.document, "texts")
        return {
            key: self.file.noted(partial(self._cited, key, item)) or ("", date.min)
            for key, item in items.items()
        }

    def _cited(self, key: str, item: object) -> tuple[str, date]:
        where = f"document.texts.{key}"
        if not isinstance(item, dict):
            raise self.file.bad(where, "expected title and from")
        self.file.known(where, item, frozenset({"title", "from"}))
        title = self.file.words(item, "title", where)
        return title, self.file.day(item, "from", where)

    def _text(self, folder: Path | None) -> str:
        """Read the text shipped beside the pack, and check that it is the one read."""
        name = self.file.words_or(self.document, "text", "document")
        if not name or folder is None:
            return ""
        if Path(name).name != name:
            expected = f"expected the name of a file beside the pack, got {name!r}"
            raise self.file.bad("document.text", expected)
        try:
            raw = (folder / name).read_bytes()
            text = raw.decode("utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            expected = f"expected {name}: {reason}"
            raise self.file.bad("document.text", expected) from error
        found = hashlib.sha256(raw).hexdigest()
        if found != self.document.get("text_sha256"):
            fault = self.file.bad("document.text_sha256", f"expected {found}")
            self.file.faults.append(fault)
        return text


class FigureReader:
    """Reads one figure: whatever is wrong names its line."""

    def __init__(
        self, reader: DocumentReader, number: int, item: Table, line: int
    ) -> None:
        self.reader = reader
        self.item = item
        self.line = line
        self.file = reader.file.of("figures", number)
        self.name = self.file.words(item, "name", f"figures[{number}]")

    def figure(self) -> Figure | None:
        """Read the figure with its citation and its days; None where a fault was noted."""
        file, name, item = self.file, self.name, self.item
        before = len(file.faults)
        tried = file.noted
        tried(lambda: file.known(name, item, _FIGURE_KEYS))
        unit = tried(self._unit) or ""
        title, earliest = tried(self._cited_text) or ("", date.min)
        since, until = tried(lambda: self._days(title, earliest)) or (
            date.min,
            None,
        )
        value = tried(self._value) if unit else None
        left_to = tried(lambda: file.words_or(item, "left_to", name)) or ""
        same_as = tried(lambda: file.words_or(item, "same_as", name)) or ""
        cited = self._citation(title, unit, value)
        if len(file.faults) > before:
            return None
        return Figure(
            name=name,
            value=value,
            unit=unit,
            cited=cited,
            since=since,
            until=until,
            layer=str(self.reader.document.get("layer")),
            left_to=left_to,
            same_as=same_as,
            file=file.name,
            line=self.line,
        )

    def _unit(self) -> str:
        try:
            expected = parameter(self.name).unit
        except ValueError as error:
            raise self.file.bad(self.name, str(error), "name") from error
        got = self.item.get("unit")
        if got != expected:
            wrong = f"expected unit {expected!r}, got {got!r}"
            self.file.faults.append(self.file.bad(self.name, wrong, "unit"))
        return expected

    def _days(self, title: str, earliest: date) -> tuple[date, date | None]:
        file, name = self.file, self.name
        usual = max(self.reader.since, earliest)
        since, until = file.days(self.item, name, usual)
        if since < earliest:
            expected = f"expected a day from {earliest} on, when {title} takes effect"
            raise file.bad(f"{name}.from", f"{expected}, got {since}")
        return since, until

    def _value(self) -> Value | None:
        file, name, item = self.file, self.name, self.item
        given = [key for key in ("value", "left_to", "same_as") if key in item]
        if len(given) != 1:
            expected = "expected one of value, left_to, same_as"
            raise file.bad(name, f"{expected}, got {given or 'none'}")
        if "same_as" in item:
            try:
                parameter(str(item["same_as"]))
            except ValueError as error:
                raise file.bad(name, str(error), "same_as") from error
        return value_in(file, name, item["value"]) if "value" in item else None

    def _cited_text(self) -> tuple[str, date]:
        """Give the title that the figure cites and the day from which that text holds."""
        reader, key = self.reader, self.item.get("text")
        if key is None:
            return str(reader.document.get("title")), reader.since
        self.file.among(f"{self.name}.text", key, tuple(reader.texts))
        return reader.texts[key]

    def _citation(self, title: str, unit: str, value: Value | None) -> Citation:
        file = self.file
        words = {
            key: file.noted(partial(self._words, key)) or ""
            for key in ("clause", "quote", "says", "note", "reading", "requirement")
        }
        quote, says, note = words["quote"], words["says"], words["note"]
        if "quote" in self.item and says:
            wrong = file.bad(f"{self.name}.says", "expected a note: the quote says it")
            file.faults.append(wrong)
        if "quote" not in self.item:
            self._unquoted(says, words["reading"])
            self._said(unit, value, f"{says} {note}".strip())
        elif quote and self.reader.quotes_checked and self._stands(quote):
            # Days of ours beside words of the text: the note has to say so.
            printing = f"{quote} {note}" if unit == "days" else quote
            self._value_stands(unit, value, printing)
        requirement = words["requirement"] or words["reading"]
        return Citation(title, words["clause"], quote, says or note, requirement)

    def _words(self, key: str) -> str:
        if key == "clause":
            return self.file.words(self.item, key, self.name)
        return self.file.words_or(self.item, key, self.name)

    def _note(self, expected: str, field: str = "") -> None:
        self.file.faults.append(self.file.bad(self.name, expected, field))

    def _unquoted(self, says: str, reading: str) -> None:
        """Note a figure without a quote, unless it says what is meant and why."""
        if not says:
            if "says" not in self.item:
                self._note("expected a quote, or says where none is")
        elif self.reader.text and not (reading or "left_to" in self.item):
            self._note("expected a quote of the text, or the reading that fills in")

    def _said(self, unit: str, value: Value | None, words: str) -> None:
        """Note a number that our own words do not print: it would be anybody's guess."""
        known = bool(words) and self.reader.quotes_checked and isinstance(value, int)
        if known and not self._printed(unit, cast("int", value), words):
            self._note(f"expected words that print the value, got {words!r}", "value")

    def _stands(self, quote: str) -> bool:
        if self.reader.bare and bare(quote) in self.reader.bare:
            return True
        self._note(f"expected a quote of the text, got {quote!r}", "quote")
        return False

    def _value_stands(self, unit: str, value: Value | None, quote: str) -> None:
        """Look for the value in its quote, and for the rows of a table in the text."""
        if unit == "rows" and value is not None:
            self._rows_stand(value)
        elif isinstance(value, tuple):
            self._names_stand(value)
        elif isinstance(value, int) and not self._printed(unit, value, quote):
            self._note(
                f"expected a quote that prints the value, got {quote!r}", "value"
            )

    @staticmethod
    def _printed(unit: str, value: int, quote: str) -> bool:
        if unit not in _PRINTED_UNITS or not value:
            return True
        return printed(value, _PRINTED_UNITS[unit], bare(quote))

    def _rows_stand(self, value: Value) -> None:
        rows = cast("tuple[Row, ...]", value)
        for number, (row, quote) in enumerate(zip(rows, quotes(rows), strict=True), 1):
            expected = ""
            missing = not_printed(row)
            if bare(quote) not in self.reader.bare:
                expected = f"expected a quote of the text, got {quote!r}"
            elif missing:
                expected = f"expected a quote that prints {missing}"
            if expected:
                fault = self.file.bad_row(self.name, expected, "value", number)
                self.file.faults.append(fault)

    def _names_stand(self, value: tuple[object, ...]) -> None:
        """Look for every row of a table, and every disease of a list, in the text."""
        for row in value:
            words = [f"{row[0]}{row[1]}"] if isinstance(row, tuple) else []
            if self.name == "diseases" and isinstance(row, str):
                words = list(CONDITIONS[row].names)
            if words and not any(bare(one) in self.reader.bare for one in words):
                at = str(row[0]) if isinstance(row, tuple) else "value"
                self._note(f"expected {words[0]!r} in the text", at)


def bare(text: str) -> str:
    """Drop white space: the shipped texts break lines inside sentences."""
    return "".join(text.split())

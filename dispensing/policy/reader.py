"""Reads a pack file: its document, the text it was read from, each figure cited."""

import hashlib
from datetime import date
from pathlib import Path
from typing import cast

from dispensing.conditions import CONDITIONS
from dispensing.policy.figures import LAYERS, Citation, Figure, Row, Value
from dispensing.policy.parameters import parameter, read_value
from dispensing.policy.rows import not_printed, printed, quotes
from dispensing.policy.toml_file import BadPack, Table, TomlFile

STANDINGS = ("in_force", "draft", "trial", "model", "compiled")

_DOCUMENT_KEYS = frozenset(
    {"id", "region", "layer", "area", "title", "kind", "standing", "effective_from"}
    | {"effective_until", "text", "text_sha256", "yields_to_later", "texts", "note"}
)
_FIGURE_KEYS = frozenset(
    {"name", "value", "unit", "clause", "quote", "says", "note", "requirement"}
    | {"reading", "from", "until", "left_to", "same_as", "text"}
)
_PRINTED_UNITS = {"share": "permyriad", "yuan": "fen", "pharmacies": "", "count": ""}


class DocumentReader:
    """Reads the document of one file, for the citations and the days of its figures."""

    def __init__(self, file: TomlFile, folder: Path, document: Table) -> None:
        self.file = file
        self.document = document
        file.known("document", document, _DOCUMENT_KEYS)
        for key in ("id", "region", "layer", "title", "standing"):
            file.words(document, key, "document")
        file.among("document.layer", document["layer"], LAYERS[:-1])
        file.among("document.standing", document["standing"], STANDINGS)
        self.since = file.day(document, "effective_from", "document")
        self.until = self._until()
        self.yields = self._yields()
        self.text = self._text(folder)
        self.bare = bare(self.text)
        # A compilation names several texts, each with the day from which it holds.
        self.texts = self._texts()

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
        where, found = "document.texts", {}
        for key, item in self.file.table(self.document, "texts").items():
            if not isinstance(item, dict):
                raise self.file.bad(f"{where}.{key}", "expected title and from")
            self.file.known(f"{where}.{key}", item, frozenset({"title", "from"}))
            title = self.file.words(item, "title", f"{where}.{key}")
            found[key] = title, self.file.day(item, "from", f"{where}.{key}")
        return found

    def _text(self, folder: Path) -> str:
        """Read the text shipped beside the pack, and check that it is the one read."""
        name = self.file.words_or(self.document, "text", "document")
        if not name:
            return ""
        try:
            raw = (folder / name).read_bytes()
        except OSError as error:
            expected = f"expected {name}: {error.strerror}"
            raise self.file.bad("document.text", expected) from error
        found = hashlib.sha256(raw).hexdigest()
        if found != self.document.get("text_sha256"):
            raise self.file.bad("document.text_sha256", f"expected {found}")
        return raw.decode("utf-8")


class FigureReader:
    """Reads one figure: whatever is wrong names its line."""

    def __init__(self, reader: DocumentReader, number: int, item: Table) -> None:
        self.reader = reader
        self.item = item
        self.file = reader.file.of("figures", number)
        self.name = self.file.words(item, "name", f"figures[{number}]")

    def figure(self) -> Figure:
        """Read the figure with its citation and its days."""
        file, name, item = self.file, self.name, self.item
        file.known(name, item, _FIGURE_KEYS)
        unit = self._unit()
        title, earliest = self._cited_text()
        since, until = file.days(item, name, max(self.reader.since, earliest))
        if since < earliest:
            expected = f"expected a day from {earliest} on, when {title} takes effect"
            raise file.bad(f"{name}.from", f"{expected}, got {since}")
        value = self._value()
        return Figure(
            name=name,
            value=value,
            unit=unit,
            cited=self._citation(title, unit, value),
            since=since,
            until=until,
            layer=self.reader.document["layer"],
            left_to=file.words_or(item, "left_to", name),
            same_as=file.words_or(item, "same_as", name),
        )

    def _unit(self) -> str:
        try:
            expected = parameter(self.name).unit
        except ValueError as error:
            raise self.file.bad(self.name, str(error), "name") from error
        got = self.item.get("unit")
        if got != expected:
            wrong = f"expected unit {expected!r}, got {got!r}"
            raise self.file.bad(self.name, wrong, "unit")
        return expected

    def _value(self) -> Value | None:
        file, name, item = self.file, self.name, self.item
        given = [key for key in ("value", "left_to", "same_as") if key in item]
        if len(given) != 1:
            expected = "expected one of value, left_to, same_as"
            raise file.bad(name, f"{expected}, got {given or 'none'}")
        try:
            if "same_as" in item:
                parameter(file.words(item, "same_as", name))
            return read_value(name, item["value"]) if "value" in item else None
        except BadPack:
            raise
        except ValueError as error:
            raise file.bad(name, str(error), given[0]) from error

    def _cited_text(self) -> tuple[str, date]:
        """Give the title that the figure cites and the day from which that text holds."""
        reader, key = self.reader, self.item.get("text")
        if key is None:
            return str(reader.document["title"]), reader.since
        self.file.among(f"{self.name}.text", key, tuple(reader.texts))
        return reader.texts[key]

    def _citation(self, title: str, unit: str, value: Value | None) -> Citation:
        file, name, item = self.file, self.name, self.item
        clause = file.words(item, "clause", name)
        quote = file.words_or(item, "quote", name)
        says = file.words_or(item, "says", name)
        note = file.words_or(item, "note", name)
        reading = file.words_or(item, "reading", name)
        if quote and says:
            raise file.bad(f"{name}.says", "expected a note: the quote says it")
        if not quote:
            self._unquoted(says, reading)
        else:
            self._stands("quote", quote)
            self._value_stands(unit, value, quote)
        requirement = file.words_or(item, "requirement", name, reading)
        return Citation(title, clause, quote, says or note, requirement)

    def _unquoted(self, says: str, reading: str) -> None:
        """Refuse a figure without a quote, unless it says what is meant and why."""
        if not says:
            raise self.file.bad(self.name, "expected a quote, or says where none is")
        if self.reader.text and not (reading or "left_to" in self.item):
            expected = "expected a quote of the text, or the reading that fills in"
            raise self.file.bad(self.name, expected)

    def _stands(self, field: str, quote: str) -> None:
        if not self.reader.bare or bare(quote) not in self.reader.bare:
            expected = f"expected a quote of the text, got {quote!r}"
            raise self.file.bad(self.name, expected, field)

    def _value_stands(self, unit: str, value: Value | None, quote: str) -> None:
        """Look for the value in its quote, and for the rows of a table in the text."""
        if unit == "rows":
            self._rows_stand(value)
        elif isinstance(value, tuple):
            self._names_stand(value)
        elif isinstance(value, int) and not self._printed(unit, value, quote):
            expected = f"expected a quote that prints the value, got {quote!r}"
            raise self.file.bad(self.name, expected, "value")

    @staticmethod
    def _printed(unit: str, value: int, quote: str) -> bool:
        if unit not in _PRINTED_UNITS or not value:
            return True
        return printed(value, _PRINTED_UNITS[unit], bare(quote))

    def _rows_stand(self, value: Value | None) -> None:
        rows = cast("tuple[Row, ...]", value or ())
        for number, (row, quote) in enumerate(zip(rows, quotes(rows), strict=True), 1):
            if bare(quote) not in self.reader.bare:
                expected = f"row {number}: expected a quote of the text, got {quote!r}"
                raise self.file.bad(self.name, expected, "value")
            missing = not_printed(row)
            if missing:
                expected = f"row {number}: expected a quote that prints {missing}"
                raise self.file.bad(self.name, expected, "value")

    def _names_stand(self, value: tuple[object, ...]) -> None:
        """Look for every row of a table, and every disease of a list, in the text."""
        for row in value:
            words = [f"{row[0]}{row[1]}"] if isinstance(row, tuple) else []
            if self.name == "diseases" and isinstance(row, str):
                words = list(CONDITIONS[row].names)
            if words and not any(bare(one) in self.reader.bare for one in words):
                expected = f"expected {words[0]!r} in the text"
                raise self.file.bad(self.name, expected, "value")


def bare(text: str) -> str:
    """Drop white space: the shipped texts break lines inside sentences."""
    return "".join(text.split())

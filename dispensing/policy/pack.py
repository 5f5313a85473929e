"""Policy packs: one TOML file per document, every figure cited and checked."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dispensing.conditions import CONDITIONS
from dispensing.policy.figures import LAYERS, Citation, Figure, Value
from dispensing.policy.parameters import parameter, read_value
from dispensing.policy.toml_file import BadPack, Table, TomlFile

POLICIES = Path(__file__).parent.parent / "policies"

_DOCUMENT_KEYS = frozenset(
    {"id", "region", "layer", "area", "title", "kind", "standing", "effective_from"}
    | {"effective_until", "text", "text_sha256", "yields_to_later", "texts"}
)
_FIGURE_KEYS = frozenset(
    {"name", "value", "unit", "clause", "quote", "says", "requirement", "reading"}
    | {"from", "until", "left_to", "same_as", "text"}
)
_STANDINGS = ("in_force", "draft", "trial", "model", "compiled")


@dataclass(frozen=True, slots=True)
class Pack:
    """One policy document and its figures."""

    id: str
    region: str
    layer: str
    area: str  # the area it holds in: a prefix of GB/T 2260 codes, empty: everywhere
    title: str
    standing: str
    effective_from: date
    effective_until: date | None
    yields_to_later: tuple[str, ...]  # layers whose later texts win over this one
    figures: tuple[Figure, ...]
    text: str  # the shipped text; empty where only a reference is known
    sha256: str  # of the pack file itself, so that a decision can name what it used

    def holds_on(self, day: date) -> bool:
        """Tell whether the document is in force on a day."""
        until = self.effective_until
        return self.effective_from <= day and (until is None or day <= until)


@cache
def load_packs(folder: Path = POLICIES) -> tuple[Pack, ...]:
    """Load and check every pack of a folder, in the order of their file names."""
    packs = tuple(load_pack(path) for path in sorted(folder.glob("*.toml")))
    seen: dict[str, str] = {}
    for pack in packs:
        if pack.id in seen:
            raise BadPack(f"{pack.id}.toml", "document.id", "expected an id of its own")
        seen[pack.id] = pack.title
    return packs


def regions() -> tuple[str, ...]:
    """Name the regions that have a document of their own."""
    return tuple(sorted({pack.region for pack in load_packs()} - {"national"}))


def load_pack(path: Path) -> Pack:
    """Load one pack; whatever is wrong raises `BadPack` with file, key and expectation."""
    file = TomlFile(path.name)
    raw = path.read_bytes()
    content = file.content(raw, frozenset({"document", "figures"}))
    reader = _Reader(file, path.parent / "texts", file.table(content, "document"))
    figures = tuple(
        reader.figure(number, item)
        for number, item in enumerate(file.tables(content, "figures"))
    )
    return reader.pack(figures, hashlib.sha256(raw).hexdigest())


class _Reader:
    """Reads one file; knows its document, for the citations and the default dates."""

    def __init__(self, file: TomlFile, folder: Path, document: Table) -> None:
        self.file = file
        self.document = document
        file.known("document", document, _DOCUMENT_KEYS)
        for key in ("id", "region", "layer", "title", "standing"):
            file.words(document, key, "document")
        file.among("document.layer", document["layer"], LAYERS[:-1])
        file.among("document.standing", document["standing"], _STANDINGS)
        self.since = file.day(document, "effective_from", "document")
        self.texts = file.table(document, "texts") if "texts" in document else {}
        self.text = self._text(folder)
        self._bare = _bare(self.text)

    def pack(self, figures: tuple[Figure, ...], sha256: str) -> Pack:
        document, file = self.document, self.file
        yields = document.get("yields_to_later", [])
        if not isinstance(yields, list):
            raise file.bad("document.yields_to_later", "expected a list of layers")
        for layer in yields:
            file.among("document.yields_to_later", layer, LAYERS[:-1])
        until = None
        if "effective_until" in document:
            until = file.day(document, "effective_until", "document")
        file.no_twins(figures)
        return Pack(
            id=document["id"],
            region=document["region"],
            layer=document["layer"],
            area=file.words_or(document, "area", "document"),
            title=document["title"],
            standing=document["standing"],
            effective_from=self.since,
            effective_until=until,
            yields_to_later=tuple(yields),
            figures=figures,
            text=self.text,
            sha256=sha256,
        )

    def figure(self, number: int, item: Table) -> Figure:
        name = self.file.words(item, "name", f"figures[{number}]")
        self.file.known(name, item, _FIGURE_KEYS)
        unit = self._unit(name, item)
        since, until = self.file.days(item, name, self.since)
        value = self._value(name, item)
        return Figure(
            name=name,
            value=value,
            unit=unit,
            cited=self._citation(name, item, value),
            since=since,
            until=until,
            layer=self.document["layer"],
            left_to=self.file.words_or(item, "left_to", name),
            same_as=self.file.words_or(item, "same_as", name),
        )

    def _unit(self, name: str, item: Table) -> str:
        try:
            expected = parameter(name).unit
        except ValueError as error:
            raise self.file.bad(name, str(error)) from error
        if item.get("unit") != expected:
            got = item.get("unit")
            raise self.file.bad(name, f"expected unit {expected!r}, got {got!r}")
        return expected

    def _value(self, name: str, item: Table) -> Value | None:
        given = [key for key in ("value", "left_to", "same_as") if key in item]
        if len(given) != 1:
            expected = "expected one of value, left_to, same_as"
            raise self.file.bad(name, f"{expected}, got {given or 'none'}")
        try:
            if "same_as" in item:
                parameter(self.file.words(item, "same_as", name))
            return read_value(name, item["value"]) if "value" in item else None
        except BadPack:
            raise
        except ValueError as error:
            raise self.file.bad(name, str(error)) from error

    def _citation(self, name: str, item: Table, value: Value | None) -> Citation:
        file = self.file
        clause = file.words(item, "clause", name)
        quote = file.words_or(item, "quote", name)
        says = file.words_or(item, "says", name)
        if not quote and not says:
            raise file.bad(name, "expected a quote, or says where none is")
        if quote:
            self._stands(name, quote)
            self._rows_stand(name, value)
        reading = file.words_or(item, "reading", name)
        requirement = file.words_or(item, "requirement", name, reading)
        return Citation(self._title(name, item), clause, quote, says, requirement)

    def _title(self, name: str, item: Table) -> str:
        """Name the document of one figure: a compilation names several (`texts`)."""
        key = item.get("text")
        if key is None:
            return str(self.document["title"])
        self.file.among(f"{name}.text", key, tuple(self.texts))
        return self.file.words(self.texts, key, "document.texts")

    def _stands(self, name: str, quote: str) -> None:
        if not self._bare or _bare(quote) not in self._bare:
            raise self.file.bad(name, f"expected a quote of the text, got {quote!r}")

    def _rows_stand(self, name: str, value: Value | None) -> None:
        """Look for every row of a table, and every disease of a list, in the text."""
        if not isinstance(value, tuple):
            return
        for row in value:
            printed = [f"{row[0]}{row[1]}"] if isinstance(row, tuple) else []
            if name == "diseases" and isinstance(row, str):
                printed = list(CONDITIONS[row].names)
            if printed and not any(_bare(words) in self._bare for words in printed):
                raise self.file.bad(name, f"expected {printed[0]!r} in the text")

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


def _bare(text: str) -> str:
    """Drop white space: the shipped texts break lines inside sentences."""
    return "".join(text.split())

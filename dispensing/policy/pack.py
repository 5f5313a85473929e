"""Policy packs: one TOML file per document, every figure cited and checked."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from dispensing.conditions import CONDITIONS
from dispensing.policy.figures import LAYERS, Citation, Figure, Value
from dispensing.policy.parameters import parameter, read_value

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


class BadPack(ValueError):
    """A pack or an overlay that is not fit to be used: file, key, what was expected."""

    def __init__(self, file: str, key: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: {expected}")


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


def load_pack(path: Path) -> Pack:
    """Load one pack; whatever is wrong raises `BadPack` with file, key and expectation."""
    raw = path.read_bytes()
    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPack(path.name, "file", f"expected TOML: {error}") from error
    _known(path.name, "file", content, frozenset({"document", "figures"}))
    reader = _Reader(path, _table(path.name, content, "document"))
    figures = tuple(
        reader.figure(number, item)
        for number, item in enumerate(_tables(path.name, content, "figures"))
    )
    return reader.pack(figures, hashlib.sha256(raw).hexdigest())


class _Reader:
    """Reads one file; knows its document, for the citations and the default dates."""

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self.file = path.name
        self.document = document
        _known(self.file, "document", document, _DOCUMENT_KEYS)
        for key in ("id", "region", "layer", "title", "standing"):
            self._string(document, key, "document")
        self._among("document.layer", document["layer"], LAYERS[:-1])
        self._among("document.standing", document["standing"], _STANDINGS)
        self.since = self._day(document, "effective_from", "document")
        self.text = self._text(path.parent / "texts")
        self._bare = _bare(self.text)

    def pack(self, figures: tuple[Figure, ...], sha256: str) -> Pack:
        document = self.document
        yields = document.get("yields_to_later", [])
        for layer in yields:
            self._among("document.yields_to_later", layer, LAYERS[:-1])
        self._no_twins(figures)
        return Pack(
            id=document["id"],
            region=document["region"],
            layer=document["layer"],
            area=document.get("area", ""),
            title=document["title"],
            standing=document["standing"],
            effective_from=self.since,
            effective_until=self._until(document, "effective_until", "document"),
            yields_to_later=tuple(yields),
            figures=figures,
            text=self.text,
            sha256=sha256,
        )

    def figure(self, number: int, item: Mapping[str, Any]) -> Figure:
        name = self._string(item, "name", f"figures[{number}]")
        _known(self.file, name, item, _FIGURE_KEYS)
        unit = self._unit(name, item)
        since = self._day(item, "from", name) if "from" in item else self.since
        until = self._until(item, "until", name)
        if until is not None and until < since:
            raise BadPack(
                self.file, name, f"expected from <= until, got {since} > {until}"
            )
        value = self._value(name, item)
        return Figure(
            name=name,
            value=value,
            unit=unit,
            cited=self._citation(name, item, value),
            since=since,
            until=until,
            layer=self.document["layer"],
            left_to=item.get("left_to", ""),
            same_as=item.get("same_as", ""),
        )

    def _unit(self, name: str, item: Mapping[str, Any]) -> str:
        try:
            expected = parameter(name).unit
        except ValueError as error:
            raise BadPack(self.file, name, str(error)) from error
        if item.get("unit") != expected:
            got = item.get("unit")
            raise BadPack(self.file, name, f"expected unit {expected!r}, got {got!r}")
        return expected

    def _value(self, name: str, item: Mapping[str, Any]) -> Value | None:
        given = [key for key in ("value", "left_to", "same_as") if key in item]
        if len(given) != 1:
            expected = "expected one of value, left_to, same_as"
            raise BadPack(self.file, name, f"{expected}, got {given or 'none'}")
        try:
            if "same_as" in item:
                parameter(item["same_as"])
            return read_value(name, item["value"]) if "value" in item else None
        except ValueError as error:
            raise BadPack(self.file, name, str(error)) from error

    def _citation(
        self, name: str, item: Mapping[str, Any], value: Value | None
    ) -> Citation:
        clause = self._string(item, "clause", name)
        quote, says = item.get("quote", ""), item.get("says", "")
        if not quote and not says:
            raise BadPack(self.file, name, "expected a quote, or says where none is")
        if quote:
            self._stands(name, quote)
            self._rows_stand(name, value)
        requirement = item.get("requirement") or item.get("reading", "")
        title = self._title(name, item)
        return Citation(title, clause, quote, says, requirement)

    def _title(self, name: str, item: Mapping[str, Any]) -> str:
        """Name the document of one figure: a compilation names several (`texts`)."""
        key = item.get("text")
        if key is None:
            return str(self.document["title"])
        texts = self.document.get("texts", {})
        self._among(f"{name}.text", key, tuple(texts))
        return str(texts[key])

    def _stands(self, name: str, quote: str) -> None:
        if not self._bare or _bare(quote) not in self._bare:
            raise BadPack(
                self.file, name, f"expected a quote of the text, got {quote!r}"
            )

    def _rows_stand(self, name: str, value: Value | None) -> None:
        """Look for every row of a table, and every disease of a list, in the text."""
        if not isinstance(value, tuple):
            return
        for row in value:
            printed = [f"{row[0]}{row[1]}"] if isinstance(row, tuple) else []
            if name == "diseases" and isinstance(row, str):
                printed = list(CONDITIONS[row].names)
            if printed and not any(_bare(words) in self._bare for words in printed):
                raise BadPack(self.file, name, f"expected {printed[0]!r} in the text")

    def _text(self, folder: Path) -> str:
        """Read the text shipped beside the pack, and check that it is the one read."""
        name = self.document.get("text")
        if name is None:
            return ""
        try:
            raw = (folder / str(name)).read_bytes()
        except OSError as error:
            raise BadPack(
                self.file, "document.text", f"expected {name}: {error}"
            ) from error
        found = hashlib.sha256(raw).hexdigest()
        if found != self.document.get("text_sha256"):
            raise BadPack(self.file, "document.text_sha256", f"expected {found}")
        return raw.decode("utf-8")

    def _no_twins(self, figures: tuple[Figure, ...]) -> None:
        """Refuse two figures of one name that hold on the same day."""
        for number, one in enumerate(figures):
            for other in figures[:number]:
                if one.name == other.name and (
                    one.holds_on(other.since) or other.holds_on(one.since)
                ):
                    raise BadPack(self.file, one.name, "expected one figure for a day")

    def _string(self, item: Mapping[str, Any], key: str, where: str) -> str:
        value = item.get(key)
        if not isinstance(value, str) or not value:
            raise BadPack(self.file, f"{where}.{key}", f"expected words, got {value!r}")
        return value

    def _day(self, item: Mapping[str, Any], key: str, where: str) -> date:
        value = item.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            expected = f"expected a date such as 2019-07-01, got {value!r}"
            raise BadPack(self.file, f"{where}.{key}", expected)
        return value

    def _until(self, item: Mapping[str, Any], key: str, where: str) -> date | None:
        return self._day(item, key, where) if key in item else None

    def _among(self, where: str, value: object, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            expected = f"expected one of {', '.join(allowed)}, got {value!r}"
            raise BadPack(self.file, where, expected)


def _known(
    file: str, where: str, item: Mapping[str, Any], keys: frozenset[str]
) -> None:
    for key in item:
        if key not in keys:
            expected = f"unknown key, expected one of {', '.join(sorted(keys))}"
            raise BadPack(file, f"{where}.{key}", expected)


def _table(file: str, content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    if not isinstance(value, dict):
        raise BadPack(file, key, f"expected a table, got {value!r}")
    return value


def _tables(file: str, content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = content.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadPack(file, key, f"expected [[{key}]] tables")
    return value


def _bare(text: str) -> str:
    """Drop white space: the shipped texts break lines inside sentences."""
    return "".join(text.split())

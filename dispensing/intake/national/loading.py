"""Reads the mapping files: the national one, and of a region only what differs.

A file that is not fit is told all its faults at once, each with its line (`BadPack`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from dispensing.intake.national.mapping import (
    CodeTable,
    Field,
    Region,
    Transaction,
    camel,
)
from dispensing.intake.national.messages import NODES, REST
from dispensing.intake.national.values import TIMES, Manner, kind_of
from dispensing.policy.toml_file import BadPack, Table, TomlFile

FOLDER = Path(__file__).parent.with_name("regions")
BASE = "national"
STYLES = ("camel", "snake")
TAGS = ("A", "B", "C", "D", "M", "S", "own")  # how far a source is to be trusted

_FILE_KEYS = frozenset({"region", "names", "transactions", "tables", "nodes", "fields"})
_REGION_KEYS = frozenset(
    {"name", "title", "style", "numbers", "time", "tag", "source", "base"}
)
_FIELD_KEYS = frozenset(
    {"name", "kind", "required", "table", "wire", "also", "tag", "note"}
)
_NODE_KEYS = frozenset({"style", "tag", "source", "includes", "fields", "note"})
_TABLE_KEYS = frozenset({"tag", "source", "codes", "own", "note"})
_TRANSACTION_KEYS = frozenset({"number", "path", "title", "takes", "gives", "tag"})
_NOTHING: Table = MappingProxyType({})


def regions() -> tuple[str, ...]:
    """Name the regions that a mapping file is shipped for, the national one among them."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def region(name: str) -> Region:
    """Give the messages of a shipped region; raises BadPack and LookupError."""
    if name not in regions():
        raise LookupError(f"expected one of {', '.join(regions())}, got {name!r}")
    base = None if name == BASE else region(BASE)
    file = f"{name}.toml"
    return read_region(file, (FOLDER / file).read_bytes(), base)


def read_region(name: str, raw: bytes, base: Region | None = None) -> Region:
    """Read a mapping file; with a base, what it leaves out is as the base has it."""
    return _Mapping(TomlFile(name, raw), base).read()


class _Mapping:
    def __init__(self, file: TomlFile, base: Region | None) -> None:
        self.file, self.base = file, base
        self.content = file.content(_FILE_KEYS)
        self.head = file.noted(lambda: file.table(self.content, "region")) or _NOTHING

    def read(self) -> Region:
        """Read the whole file, then refuse it with all that was noted."""
        file = self.file
        file.noted(lambda: file.known("region", self.head, _REGION_KEYS))
        name, title = self._words("name"), self._words("title")
        manner, tables = self._manner(), self._tables()
        nodes = self._nodes(tables)
        transactions = self._transactions(nodes)
        file.refuse()
        return Region(name, title, manner, nodes, tables, transactions)

    def _words(self, key: str) -> str:
        file = self.file
        return file.noted(lambda: file.words(self.head, key, "region")) or ""

    def _style(self, item: Table, where: str) -> str | None:
        if "style" not in item:
            return None
        self._among(f"{where}.style", item["style"], STYLES)
        return str(item["style"])

    def _among(self, where: str, value: object, allowed: Sequence[str]) -> None:
        self.file.noted(lambda: self.file.among(where, value, allowed))

    def _manner(self) -> Manner:
        usual = self.base.manner if self.base else Manner()
        numbers = self.head.get("numbers", usual.numbers)
        time = self.head.get("time", usual.time)
        self._among("region.numbers", numbers, ("number", "text"))
        self._among("region.time", time, TIMES)
        return Manner(str(numbers), str(time))

    def _part(self, key: str) -> Iterator[tuple[str, Table]]:
        part = self.content.get(key, {})
        if not isinstance(part, dict):
            self.file.faults.append(self.file.bad(key, f"expected tables [{key}....]"))
            return
        for name, item in part.items():
            if isinstance(item, dict):
                yield name, item
            else:
                expected = f"expected a table [{key}.{name}]"
                self.file.faults.append(self.file.bad(f"{key}.{name}", expected))

    def _tables(self) -> dict[str, CodeTable]:
        found = dict(self.base.tables) if self.base else {}
        for name, item in self._part("tables"):
            where = f"tables.{name}"
            self.file.noted(partial(self.file.known, where, item, _TABLE_KEYS))
            known = found.get(name)
            codes = self._codes(item, where, "codes")
            if known is None and not codes:
                self._fault(f"{where}.codes", "expected a table of codes and names")
            self._among(f"{where}.tag", item.get("tag"), TAGS)
            source = self.file.noted(partial(self.file.words, item, "source", where))
            own = self._codes(item, where, "own")
            all_codes = {**(known.codes if known else {}), **codes}
            for code in (code for code in own.values() if code not in all_codes):
                self._fault(f"{where}.own", f"expected codes of the table, got {code}")
            found[name] = CodeTable(
                name, all_codes, str(item.get("tag")), source or "", own
            )
        return found

    def _codes(self, item: Table, where: str, key: str) -> dict[str, str]:
        codes = item.get(key, {})
        if isinstance(codes, dict) and all(isinstance(v, str) for v in codes.values()):
            return codes
        self._fault(f"{where}.{key}", 'expected codes, each with words: { 1 = "..." }')
        return {}

    def _fault(self, where: str, expected: str) -> None:
        self.file.faults.append(self.file.bad(where, expected))

    def _nodes(self, tables: Mapping[str, CodeTable]) -> dict[str, tuple[Field, ...]]:
        style = self._style(self.head, "region")
        if self.base:
            return self._changed(self.base.nodes, style, tables)
        found: dict[str, tuple[Field, ...]] = {}
        for name, item in self._part("nodes"):
            where = f"nodes.{name}"
            self.file.noted(partial(self.file.known, where, item, _NODE_KEYS))
            if name not in NODES:
                self._fault(where, f"expected one of {', '.join(NODES)}")
                continue
            own = self._style(item, where) or style or "camel"
            included = found.get(str(item.get("includes")), ())
            if "includes" in item and not included:
                self._fault(f"{where}.includes", "expected a node further up")
            rows = self._rows(item, where, own, tables)
            found[name] = (*included, *rows)
            self._complete(name, found[name])
        for name in NODES.keys() - found.keys():
            self._fault("file", f"expected a table [nodes.{name}]")
        return found

    def _rows(
        self, item: Table, where: str, style: str, tables: Mapping[str, CodeTable]
    ) -> Iterator[Field]:
        rows = item.get("fields", [])
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            self._fault(
                f"{where}.fields", "expected rows such as { name = ..., kind = ... }"
            )
            return
        for number, row in enumerate(rows, 1):
            for wrong in _wrong(row, tables):
                bad = self.file.bad_row(where, wrong, "fields", number)
                self.file.faults.append(bad)
                break
            else:
                yield _field(row, style)

    def _complete(self, name: str, rows: Sequence[Field]) -> None:
        written = [row.name for row in rows]
        wanted = {one.name for one in fields(NODES[name])} - {REST}
        missing = sorted(wanted - set(written))
        odd = sorted({n for n in written if n not in wanted or written.count(n) > 1})
        spelt = [s for row in rows for s in row.spellings]
        twice = sorted({s for s in spelt if spelt.count(s) > 1} - set(odd))
        for names, expected in (
            (missing, "expected every field of the node, these are missing"),
            (odd, "expected fields of the node, each once; not so"),
            (twice, "expected a spelling for one field only; not so"),
        ):
            if names:
                self._fault(f"nodes.{name}.fields", f"{expected}: {', '.join(names)}")

    def _changed(
        self,
        nodes: Mapping[str, tuple[Field, ...]],
        style: str | None,
        tables: Mapping[str, CodeTable],
    ) -> dict[str, tuple[Field, ...]]:
        names = self.content.get("names", {})
        known = {row.name for rows in nodes.values() for row in rows}
        for name, wire in names.items() if isinstance(names, dict) else ():
            if name not in known or not isinstance(wire, str) or not wire:
                self._fault(f"names.{name}", "expected a known field and its spelling")
        if not isinstance(names, dict):
            self._fault("names", "expected a table [names]")
            names = {}
        changes = self._field_changes(nodes, tables)
        return {
            node: tuple(
                _respelt({**changes.get((node, row.name), {})}, row, style, names)
                for row in rows
            )
            for node, rows in nodes.items()
        }

    def _field_changes(
        self,
        nodes: Mapping[str, tuple[Field, ...]],
        tables: Mapping[str, CodeTable],
    ) -> dict[tuple[str, str], Table]:
        found: dict[tuple[str, str], Table] = {}
        for node, item in self._part("fields"):
            usual = {row.name: row for row in nodes.get(node, ())}
            for name, change in item.items():
                where = f"fields.{node}.{name}"
                if name not in usual or not isinstance(change, dict):
                    self._fault(where, "expected a known field and what differs")
                    continue
                row = {"name": name, "kind": "flag", **change}
                for wrong in _wrong(row, tables):
                    self._fault(where, wrong)
                found[node, name] = change
        return found

    def _transactions(
        self, nodes: Mapping[str, tuple[Field, ...]]
    ) -> dict[str, Transaction]:
        found = dict(self.base.transactions) if self.base else {}
        for code, item in self._part("transactions"):
            where = f"transactions.{code}"
            self.file.noted(partial(self.file.known, where, item, _TRANSACTION_KEYS))
            usual = found.get(code)
            if self.base and usual is None:
                self._fault(where, f"expected one of {', '.join(found)}")
                continue
            for key in item.keys() & {"takes", "gives"}:
                self._among(f"{where}.{key}", item[key], tuple(nodes))
            found[code] = self._transaction(item, where, code, usual)
        self._numbered_once(found)
        return found

    def _transaction(
        self, item: Table, where: str, code: str, usual: Transaction | None
    ) -> Transaction:
        values = {"code": code, "number": code}
        for key in ("number", "path", "title", "takes", "gives"):
            if usual is not None:
                values[key] = getattr(usual, key)
            if key in item or (usual is None and key != "number"):
                read = partial(self.file.words, item, key, where)
                values[key] = self.file.noted(read) or ""
        return Transaction(**values)

    def _numbered_once(self, found: Mapping[str, Transaction]) -> None:
        numbers = [one.number for one in found.values()]
        for code, one in found.items():
            if numbers.count(one.number) > 1:
                expected = f"expected a number of its own, got {one.number}"
                self._fault(f"transactions.{code}.number", expected)


def _wrong(row: Table, tables: Mapping[str, CodeTable]) -> Iterator[str]:
    unknown = sorted(row.keys() - _FIELD_KEYS)
    if unknown:
        yield f"unknown key {', '.join(unknown)}"
    if not isinstance(row.get("name"), str) or not row["name"]:
        yield "name: expected a name"
    kind = kind_of(str(row.get("kind")))
    if kind is None:
        yield f"kind: expected c40, n16,4, time, flag or a node, got {row.get('kind')!r}"
    elif kind.node and kind.node not in NODES:
        yield f"kind: expected a known node, got {kind.node}"
    if not isinstance(row.get("required", False), bool):
        yield "required: expected true or false"
    if row.get("table", "") not in {"", *tables}:
        yield f"table: expected one of {', '.join(tables)}, got {row['table']!r}"
    if row.get("tag", "M") not in TAGS:
        yield f"tag: expected one of {', '.join(TAGS)}, got {row['tag']!r}"
    also = row.get("also", [])
    if not isinstance(also, list) or not all(isinstance(one, str) for one in also):
        yield "also: expected a list of spellings"
    if not isinstance(row.get("wire", ""), str):
        yield "wire: expected a spelling"


def _field(row: Table, style: str) -> Field:
    name = row["name"]
    kind = kind_of(row["kind"])
    assert kind is not None
    return Field(
        name=name,
        wire=row.get("wire") or (camel(name) if style == "camel" else name),
        kind=kind,
        required=row.get("required", False),
        table=row.get("table", ""),
        also=tuple(row.get("also", ())),
    )


def _respelt(
    change: Table, row: Field, style: str | None, names: Mapping[str, str]
) -> Field:
    """Give a field of the national file as a region has it; other spellings are still read."""
    wire = row.wire
    if style is not None and wire in {row.name, camel(row.name)}:
        wire = camel(row.name) if style == "camel" else row.name
    wire = change.get("wire") or names.get(row.name) or wire
    kind = kind_of(str(change["kind"])) if "kind" in change else None
    return replace(
        row,
        wire=wire,
        kind=kind or row.kind,
        required=change.get("required", row.required),
        table=change.get("table", row.table),
        also=(row.wire, *row.also, *change.get("also", ())),
    )


def faults(name: str, raw: bytes, base: Region | None = None) -> tuple[str, ...]:
    """Tell what keeps a mapping file from being used, each fault in a line of its own."""
    try:
        read_region(name, raw, base)
    except BadPack as error:
        return tuple(one.said for one in error.each)
    return ()

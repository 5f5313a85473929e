"""Reads and writes nodes of national messages: tolerant on the way in, exact on the way out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispensing.errors import FieldError, Malformed
from dispensing.intake.national.mapping import Field, Region
from dispensing.intake.national.messages import NODES, REST, Node
from dispensing.intake.national.values import plain, read_value, write_value

UNKNOWN_MAX = 60  # fields beside those that are known, of one node


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that its table does not have: it is kept as it came, and told."""

    where: str
    table: str
    code: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a message says, and the codes in it that no table explains."""

    value: Any
    unknown_codes: tuple[UnknownCode, ...] = ()


def read(region: Region, node: str, raw: Any) -> Read:
    """Read a node in any spelling that is seen; Malformed names every field that is not so."""
    reader = _Reader(region)
    value = reader.node(node, raw, "")
    if reader.errors:
        raise Malformed(reader.errors)
    return Read(value, tuple(reader.unknown_codes))


def write(region: Region, node: str, value: Node) -> dict[str, Any]:
    """Write a node as the region does: its names, its order, its forms, and what is unknown.

    What does not fit is refused, every field by its name (Malformed).
    """
    errors: list[FieldError] = []
    written = _node(region, node, value, ("", errors))
    if errors:
        raise Malformed(errors)
    return written


@dataclass(slots=True)
class _Reader:
    region: Region
    errors: list[FieldError] = field(default_factory=list)
    unknown_codes: list[UnknownCode] = field(default_factory=list)

    def node(self, node: str, raw: Any, where: str) -> Node | None:
        if not isinstance(raw, Mapping):
            self._bad(where or "message", "an object")
            return None
        known: set[str] = set()
        values: dict[str, Any] = {}
        for one in self.region.nodes[node]:
            place = f"{where}{one.wire}"
            found, spelling = self._found(one, raw, place)
            known.update(one.spellings)
            if one.kind.form == "nodes":
                values[one.name] = ()
            if spelling is not None:
                values[one.name] = self._value(one, found, f"{where}{spelling}")
            missing = one.required and values.get(one.name) in (None, ())
            if missing and not self._is_told(f"{where}{spelling or one.wire}"):
                self._bad(place, "a value: the field is required")
        values[REST] = self._rest(raw, known, where)
        return _made(NODES[node], values)

    def _found(
        self, one: Field, raw: Mapping[str, Any], place: str
    ) -> tuple[Any, str | None]:
        there = [spelling for spelling in one.spellings if spelling in raw]
        values = [raw[spelling] for spelling in there]
        if any(value != values[0] for value in values[1:]):
            self._bad(place, f"one value, not several under {', '.join(there)}")
        return (values[0], there[0]) if there else (None, None)

    def _value(self, one: Field, raw: Any, where: str) -> Any:
        if one.kind.form == "node":
            return None if raw is None else self.node(one.kind.node, raw, f"{where}.")
        if one.kind.form == "nodes":
            return self._nodes(one, raw, where)
        try:
            value = read_value(one.kind, raw)
        except ValueError as error:
            return self._bad(where, str(error))
        if one.table and isinstance(value, str):
            return self._code(one.table, value, where)
        return value

    def _nodes(self, one: Field, raw: Any, where: str) -> tuple[Any, ...]:
        if raw is None:
            return ()
        if not isinstance(raw, list) or len(raw) > one.kind.size:
            self._bad(where, f"a list of at most {one.kind.size}")
            return ()
        parts = enumerate(raw)
        return tuple(
            self.node(one.kind.node, part, f"{where}.{no}.") for no, part in parts
        )

    def _code(self, table: str, code: str, where: str) -> str:
        known = self.region.tables[table]
        inward = known.inward(code)
        if inward not in known.codes:
            self.unknown_codes.append(UnknownCode(where, table, code))
        return inward

    def _rest(
        self, raw: Mapping[str, Any], known: set[str], where: str
    ) -> dict[str, Any]:
        rest = {name: value for name, value in raw.items() if name not in known}
        try:
            if len(rest) > UNKNOWN_MAX:
                raise ValueError(f"at most {UNKNOWN_MAX} fields that are not known")
            kept: dict[str, Any] = plain(rest)
        except ValueError as error:
            self._bad(f"{where}?", str(error))
            return {}
        return kept

    def _bad(self, where: str, expected: str) -> None:
        self.errors.append(FieldError(where.removesuffix("."), expected))

    def _is_told(self, where: str) -> bool:
        told = where.removesuffix(".")
        return any(
            e.where == told or e.where.startswith(f"{told}.") for e in self.errors
        )


def _made(kind: type[Node], values: dict[str, Any]) -> Node:
    # A required field that is missing is an error already: the value is thrown away.
    given: dict[str, Any] = {n: values.get(n) for n in kind.__dataclass_fields__}
    return kind(**given)


def _node(
    region: Region, node: str, value: Node, to: tuple[str, list[FieldError]]
) -> dict[str, Any]:
    where, errors = to
    written: dict[str, Any] = {}
    for one in region.nodes[node]:
        own = getattr(value, one.name)
        place = f"{where}{one.wire}"
        if own is None or own == ():
            if one.required:
                errors.append(FieldError(place, "a value: the field is required"))
            continue
        try:
            written[one.wire] = _written(region, one, own, (place, errors))
        except ValueError as error:
            errors.append(FieldError(place, str(error)))
    return {**written, **value.unknown}


def _written(
    region: Region, one: Field, own: Any, to: tuple[str, list[FieldError]]
) -> Any:
    place, errors = to
    kind = one.kind
    if kind.form == "node":
        return _node(region, kind.node, own, (f"{place}.", errors))
    if kind.form == "nodes":
        if len(own) > kind.size:
            raise ValueError(f"a list of at most {kind.size}")
        return [
            _node(region, kind.node, part, (f"{place}.{no}.", errors))
            for no, part in enumerate(own)
        ]
    if one.table and isinstance(own, str):
        own = region.tables[one.table].outward(own)
    return write_value(kind, own, region.manner)

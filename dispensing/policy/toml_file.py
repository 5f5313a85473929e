"""TOML of packs and overlays: whatever is wrong names its file, its key, what is expected."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations
from typing import Any

from dispensing.policy.figures import Figure
from dispensing.policy.toml_lines import line_of

Table = Mapping[str, Any]


class BadPack(ValueError):
    """A pack or an overlay that is not fit to be used: file, line, key, expectation."""

    def __init__(self, file: str, key: str, expected: str, line: int = 0) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {key}: {expected}")
        self.file, self.line, self.key, self.expected = file, line, key, expected


@dataclass(frozen=True, slots=True)
class TomlFile:
    """Reads the parts of one file, known by its name, or of one table of a list in it."""

    name: str
    raw: bytes = b""
    place: tuple[str, int] | None = None  # the list and the number of the table

    def content(self, keys: frozenset[str]) -> Table:
        """Parse a whole file that may have these keys."""
        try:
            content = tomllib.loads(self.raw.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            at = re.search(r"at line (\d+)", str(error))
            line = int(at[1]) if at else self.raw.count(b"\n") + 1
            expected = f"expected TOML: {error}"
            raise BadPack(self.name, "file", expected, line) from error
        self.known("file", content, keys)
        return content

    def of(self, item: str, number: int) -> "TomlFile":
        """Look at one table of a list, so that errors name its lines."""
        return replace(self, place=(item, number))

    def bad(self, key: str, expected: str, field: str = "") -> BadPack:
        """Make the error that names this file and the line of the key, or of its field."""
        text = self.raw.decode("utf-8", "replace")
        line = line_of(text, self.place, f"{key}.{field}" if field else key)
        return BadPack(self.name, key, expected, line)

    def known(self, where: str, item: Table, keys: frozenset[str]) -> None:
        """Refuse a key that is none of these."""
        for key in item:
            if key not in keys:
                expected = f"unknown key, expected one of {', '.join(sorted(keys))}"
                raise self.bad(f"{where}.{key}", expected)

    def table(self, content: Table, key: str) -> Table:
        """Read a table that has to be there."""
        value = content.get(key)
        if not isinstance(value, dict):
            raise self.bad(key, f"expected a table [{key}], got {value!r}")
        return value

    def tables(self, content: Table, key: str) -> list[Table]:
        """Read the tables of a list, written [[key]]."""
        value = content.get(key)
        if not isinstance(value, list) or not all(
            isinstance(row, dict) for row in value
        ):
            raise self.bad(key, f"expected tables, each headed [[{key}]]")
        return value

    def words(self, item: Table, key: str, where: str) -> str:
        """Read words that have to be there."""
        value = item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(f"{where}.{key}", f"expected words, got {value!r}")
        return value

    def words_or(self, item: Table, key: str, where: str, default: str = "") -> str:
        """Read words, or take the default where the key is left out."""
        return self.words(item, key, where) if key in item else default

    def day(self, item: Table, key: str, where: str) -> date:
        """Read a day that has to be there, written as a TOML date."""
        value = item.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            expected = f"expected a date such as 2019-07-01, got {value!r}"
            raise self.bad(f"{where}.{key}", expected)
        return value

    def days(self, item: Table, where: str, since: date) -> tuple[date, date | None]:
        """Read from which day, and until which, a figure holds."""
        if "from" in item:
            since = self.day(item, "from", where)
        until = self.day(item, "until", where) if "until" in item else None
        if until is not None and until < since:
            expected = f"expected from <= until, got {since} > {until}"
            raise self.bad(where, expected, "until")
        return since, until

    def among(self, where: str, value: object, allowed: Sequence[str]) -> None:
        """Refuse a value that is none of these."""
        if value not in allowed:
            expected = f"expected one of {', '.join(allowed)}, got {value!r}"
            raise self.bad(where, expected)

    def no_twins(self, item: str, figures: Sequence[Figure]) -> None:
        """Refuse two figures of one name that hold on the same day."""
        for (_, one), (number, other) in combinations(enumerate(figures), 2):
            same_day = one.holds_on(other.since) or other.holds_on(one.since)
            if one.name == other.name and same_day:
                expected = "expected one figure for a day"
                raise self.of(item, number).bad(one.name, expected, "name")

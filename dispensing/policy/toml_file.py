"""TOML of packs and overlays: whatever is wrong names its file, its key, what is expected."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

from dispensing.policy.figures import Figure

Table = Mapping[str, Any]


class BadPack(ValueError):
    """A pack or an overlay that is not fit to be used: file, key, what was expected."""

    def __init__(self, file: str, key: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: {expected}")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """Reads the parts of one file, known by its name."""

    name: str

    def content(self, raw: bytes, keys: frozenset[str]) -> Table:
        """Parse a whole file that may have these keys."""
        try:
            content = tomllib.loads(raw.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self.bad("file", f"expected TOML: {error}") from error
        self.known("file", content, keys)
        return content

    def bad(self, key: str, expected: str) -> BadPack:
        """Make the error that names this file."""
        return BadPack(self.name, key, expected)

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
            raise self.bad(where, f"expected from <= until, got {since} > {until}")
        return since, until

    def among(self, where: str, value: object, allowed: Sequence[str]) -> None:
        """Refuse a value that is none of these."""
        if value not in allowed:
            expected = f"expected one of {', '.join(allowed)}, got {value!r}"
            raise self.bad(where, expected)

    def no_twins(self, figures: Sequence[Figure]) -> None:
        """Refuse two figures of one name that hold on the same day."""
        for one, other in combinations(figures, 2):
            same_day = one.holds_on(other.since) or other.holds_on(one.since)
            if one.name == other.name and same_day:
                raise self.bad(one.name, "expected one figure for a day")

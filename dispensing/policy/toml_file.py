"""TOML of packs and overlays: whatever is wrong names its file, its key, what is expected."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations
from typing import Any, TypeVar

from dispensing.policy.figures import Figure
from dispensing.policy.toml_lines import line_of, line_of_row

Table = Mapping[str, Any]
T = TypeVar("T")


class BadPack(ValueError):
    """A pack or an overlay that is not fit to be used: file, line, key, expectation.

    One error may carry several faults: `each` has them one by one, and the error says
    each in a line of its own.
    """

    def __init__(self, file: str, key: str, expected: str, line: int = 0) -> None:
        where = f"{file}:{line}" if line else file
        self.said = " ".join(f"{where}: {key}: {expected}".split())
        self.file, self.line, self.key, self.expected = file, line, key, expected
        self.more: tuple[BadPack, ...] = ()
        super().__init__(self.said)

    def __str__(self) -> str:
        return "\n".join((self.said, *(one.said for one in self.more)))

    @property
    def each(self) -> tuple["BadPack", ...]:
        """Give every fault as an error of its own."""
        first = BadPack(self.file, self.key, self.expected, self.line)
        return (first, *self.more)

    @classmethod
    def of(cls, faults: Iterable["BadPack"]) -> "BadPack":
        """Make one error of several faults, each told once, in the order of their lines."""
        flat = {one.said: one for fault in faults for one in fault.each}
        first, *more = sorted(flat.values(), key=lambda one: (one.file, one.line))
        error = cls(first.file, first.key, first.expected, first.line)
        error.more = tuple(more)
        return error


@dataclass(frozen=True, slots=True)
class TomlFile:
    """Reads the parts of one file, known by its name, or of one table of a list in it.

    What is wrong is raised by the reader that finds it, or noted, so that the reading
    goes on; `refuse` raises what was noted.
    """

    name: str
    raw: bytes = b""
    place: tuple[str, int] | None = None  # the list and the number of the table
    faults: list[BadPack] = field(default_factory=list, compare=False, repr=False)

    def content(self, keys: frozenset[str]) -> Table:
        """Parse a whole file that may have these keys; others are noted."""
        try:
            content = tomllib.loads(self.raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:  # ValueError: a number too long
            at = re.search(r"at line (\d+)", str(error))
            line = int(at[1]) if at else self.raw.count(b"\n") + 1
            expected = f"expected TOML: {error}"
            raise BadPack(self.name, "file", expected, line) from error
        self.noted(lambda: self.known("file", content, keys))
        return content

    def of(self, item: str, number: int) -> "TomlFile":
        """Look at one table of a list, so that errors name its lines."""
        return replace(self, place=(item, number))

    def noted(self, read: Callable[[], T]) -> T | None:
        """Read something; where it is not fit, that is noted and None stands for it."""
        try:
            return read()
        except BadPack as error:
            self.faults.extend(error.each)
            return None

    def refuse(self) -> None:
        """Raise everything that was noted, if there is anything."""
        if self.faults:
            raise BadPack.of(self.faults)

    def bad(self, key: str, expected: str, field: str = "") -> BadPack:
        """Make the error that names this file and the line of the key, or of its field."""
        line = line_of(self.text, self.place, f"{key}.{field}" if field else key)
        return BadPack(self.name, key, expected, line)

    def bad_row(self, key: str, expected: str, field: str, row: int) -> BadPack:
        """Make the error that names the line of one row, from 1, of a list of tables."""
        first = line_of(self.text, self.place, f"{key}.{field}")
        line = line_of_row(self.text, first, row)
        return BadPack(self.name, key, f"row {row}: {expected}", line)

    def known(self, where: str, item: Table, keys: frozenset[str]) -> None:
        """Refuse the keys that are none of these."""
        expected = f"unknown key, expected one of {', '.join(sorted(keys))}"
        unknown = [
            self.bad(f"{where}.{key}", expected) for key in item if key not in keys
        ]
        if unknown:
            raise BadPack.of(unknown)

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

    def no_twins(self, item: str, figures: Mapping[int, Figure]) -> None:
        """Note two figures of one name that hold on the same day, by their numbers."""
        for (_, one), (number, other) in combinations(figures.items(), 2):
            same_day = one.holds_on(other.since) or other.holds_on(one.since)
            if one.name == other.name and same_day:
                expected = (
                    f"expected one figure for a day, the other is at line {one.line}"
                )
                twin = self.of(item, number).bad(one.name, expected, "name")
                self.faults.append(twin)

    @property
    def text(self) -> str:
        """Give what the file says, also where that is not UTF-8 throughout."""
        return self.raw.decode("utf-8", "replace")

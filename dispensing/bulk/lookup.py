"""Values looked up by key for every row, by no more of the key than makes a difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from dispensing.bulk.book import laid_down

_TYPES = {"bigint": "int64", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A small table; without keys its one row stands beside every row."""

    keys: tuple[str, ...]
    values: Mapping[str, Any]  # of the one row
    table: Table | None

    def beside(self, rows: Table) -> Table:
        """Put the values beside each row; null where the table has no such key."""
        if self.table is None:
            return rows.mutate(**self.values)
        found = [rows[name] == self.table[name] for name in self.keys]
        joined = rows.left_join(self.table, found)
        return joined.select(rows, *(self.table[name] for name in self.values))


def lookup(
    backend: Backend, keys: Sequence[str], types: Mapping[str, str], rows: Sequence[Any]
) -> Lookup:
    """Lay rows down by the keys that tell their values apart.

    A key that is left out no longer tells what is not in the table; whoever joins it
    has to refuse such rows by themselves.
    """
    names = [name for name in types if name not in keys]
    asked = tuple(keys)
    for key in keys:
        fewer = tuple(name for name in asked if name != key)
        if rows and _told_apart(rows, fewer, names):
            asked = fewer
    if not asked:
        one = {
            name: ibis.literal(getattr(rows[0], name)).cast(_TYPES[types[name]])
            for name in names
        }
        return Lookup((), one, None)
    by_key = {_of(row, asked): row for row in rows}
    kinds = {name: types[name] for name in (*asked, *names)}
    table = laid_down(backend, kinds, list(by_key.values()))
    return Lookup(asked, dict.fromkeys(names), table)


def _told_apart(rows: Sequence[Any], keys: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether the keys alone still give one answer each."""
    answers = {(_of(row, keys), _of(row, names)) for row in rows}
    return len(answers) == len({key for key, _ in answers})


def _of(row: Any, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)

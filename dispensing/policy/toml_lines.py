"""Where a key stands in a TOML file: tomllib forgets the lines, errors need them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_HEADER = re.compile(r"\[(\[)?\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=(.*)""", re.DOTALL)
# Strings and comments hold brackets that open nothing.
_WORDS = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that begins something: a header (no key) or a key of a table."""

    line: int
    table: str
    number: int  # which of the tables of that name, from 0
    key: str


def entries(text: str) -> Iterator[Entry]:
    """Walk through a file; the lines that go on with a value are passed over."""
    table, number, depth = "", 0, 0
    count: dict[str, int] = {}
    for line, words in enumerate(text.splitlines(), 1):
        header = _HEADER.match(words.strip()) if depth == 0 else None
        if header:
            table = header[2].strip()
            if header[1]:
                count[table] = count.get(table, -1) + 1
            # A table inside a list belongs to the one begun last.
            number = count.get(table, count.get(table.partition(".")[0], 0))
            yield Entry(line, table, number, "")
            continue
        key = _KEY.match(words) if depth == 0 else None
        if key:
            yield Entry(line, table, number, key[1].strip("\"'"))
        depth = max(0, depth + _opened(key[2] if key else words))


def line_of(text: str, place: tuple[str, int] | None, key: str) -> int:
    """Find the line of a key, or of the table it ought to stand in; 0 where neither is.

    `place` names one table of a list, such as the third of `figures`; without it the
    key names its table itself (`document.layer`).
    """
    found = list(_entries(text))
    if place is not None:
        item, number = place
        found = [e for e in found if e.number == number and _within(e.table, item)]
        names = (key.rpartition(".")[2], key)
    else:
        table, _, name = key.removeprefix("file.").rpartition(".")
        own = [e for e in found if e.table == table or (e.table == name and not e.key)]
        found = own or [e for e in found if e.table == key.partition(".")[0]] or found
        names = (name, key)
    exact = [e.line for e in found if (e.key or e.table.rpartition(".")[2]) in names]
    heads = [e.line for e in found if not e.key or not e.table]
    return next(iter(exact or heads), 0)


def lines_of(text: str, item: str) -> tuple[int, ...]:
    """Find the line on which each table of a list begins."""
    return tuple(e.line for e in _entries(text) if e.table == item and not e.key)


def line_of_row(text: str, first: int, row: int) -> int:
    """Find the line of one row, from 1, of a list of tables whose key stands on a line."""
    depth = seen = 0
    for line, words in enumerate(text.splitlines()[max(0, first - 1) :], first):
        for mark in re.findall(r"[\[\]{}]", _WORDS.sub("", words)):
            depth += 1 if mark in "[{" else -1
            seen += mark == "{" and depth == 2
            if seen == row:
                return line
    return first


@lru_cache(maxsize=8)
def _entries(text: str) -> tuple[Entry, ...]:
    return tuple(entries(text))


def _within(table: str, item: str) -> bool:
    return table == item or table.startswith(f"{item}.")


def _opened(words: str) -> int:
    """Count the brackets that a line leaves open, below 0 where it closes some."""
    bare = _WORDS.sub("", words)
    return sum(bare.count(mark) for mark in "[{") - sum(map(bare.count, "]}"))

"""Sartori & Buriol's pickups and deliveries on streets, with the file's own matrix.

Lines of "KEY: value" (SIZE and CAPACITY are used), NODES with the lines of Li & Lim,
EDGES with the matrix in whole minutes, EOF. There are as many vehicles as pairs.
"""

import numpy as np
import numpy.typing as npt

from routing.formats.instance import Instance, Node
from routing.formats.lines import NODES_MAX, NUMBER_MAX, Lines, shown
from routing.formats.nodes import Named, pairs_of, read_paired

_KEY_LINES_MAX = 50


def read(lines: Lines) -> Instance:
    """Read a whole file."""
    keys = _keys(lines)
    size = _whole(lines, keys, "SIZE", least=3)
    capacity = _whole(lines, keys, "CAPACITY", least=1)
    if size > NODES_MAX:
        raise lines.bad(f"a SIZE of at most {NODES_MAX}", str(size))
    nodes, pairs = _nodes(lines, size)
    _word(lines, "EDGES")
    ways = _ways(lines, size)
    _word(lines, "EOF")
    if lines.words_or_end() is not None:
        raise lines.bad("nothing after EOF", "another line")
    return Instance(lines.name, len(pairs), capacity, nodes, pairs, ways)


def _keys(lines: Lines) -> dict[str, str]:
    keys: dict[str, str] = {}
    while len(keys) <= _KEY_LINES_MAX:
        words = lines.words("KEY: value, or NODES")
        if words == ["NODES"]:
            return keys
        key, colon, value = " ".join(words).partition(":")
        if not colon:
            raise lines.bad("KEY: value, or NODES", shown(key))
        if key in keys:
            raise lines.bad("each key once", f"another {shown(key)}")
        keys[key] = value.strip()
    raise lines.bad("NODES after the keys", "yet another key")


def _whole(lines: Lines, keys: dict[str, str], key: str, *, least: int) -> int:
    if key not in keys:
        raise lines.bad(f"{key} before NODES", "none")
    return lines.whole_of(lines.number_of(keys[key], key), key, least=least)


def _nodes(
    lines: Lines, size: int
) -> tuple[tuple[Node, ...], tuple[tuple[int, int], ...]]:
    nodes: list[Node] = []
    named: list[Named] = []
    for place in range(size):
        node, names = read_paired(lines, lines.words(f"node {place}"), place)
        nodes.append(node)
        named.append(names)
    last = lines.number
    pairs = pairs_of(lines, nodes, named)
    lines.number = last
    return tuple(nodes), pairs


def _ways(lines: Lines, size: int) -> npt.NDArray[np.int32]:
    ways = np.zeros((size, size), np.int32)
    for place in range(size):
        words = lines.words(f"row {place} of the matrix")
        if len(words) != size:
            raise lines.bad(f"{size} numbers in row {place}", f"{len(words)} words")
        row = _row(lines, words)
        if row[place] != 0:
            raise lines.bad(f"0 from node {place} to itself", str(row[place]))
        ways[place] = row
    ways.setflags(write=False)
    return ways


def _row(lines: Lines, words: list[str]) -> list[int]:
    joined = "".join(words)
    if not (joined.isascii() and joined.isdigit() and max(map(len, words)) < 10):
        return [_way(lines, word) for word in words]
    return [int(word) for word in words]


def _way(lines: Lines, word: str) -> int:
    if not (
        word.isascii() and word.isdigit() and len(word) <= len(f"{NUMBER_MAX:.0f}")
    ):
        raise lines.bad("whole numbers from 0", shown(word))
    way = int(word)
    if way > NUMBER_MAX:
        raise lines.bad(f"ways of at most {NUMBER_MAX:.0f}", shown(word))
    return way


def _word(lines: Lines, expected: str) -> None:
    words = lines.words(expected)
    if words != [expected]:
        raise lines.bad(expected, shown(" ".join(words)))

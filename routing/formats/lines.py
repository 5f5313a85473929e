"""A text file line by line, with bounded memory; what is wrong names its line."""

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

LINE_CHARS_MAX = 200_000
FILE_CHARS_MAX = 256_000_000
NUMBER_MAX = 1e9
NODES_MAX = 10_001  # the depot and 10,000 others

_DECIMAL = re.compile(
    r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,2})?", re.A
)
_SHOWN_CHARS = 40


class BadFile(ValueError):
    """A benchmark file or an answer to one that is not as its format says."""


class Lines:
    """The lines of a file that are not blank, as words, with the number of the last."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self.number = 0
        self._stream = stream
        self._chars = 0

    def words(self, expected: str) -> list[str]:
        """Return the words of the next line; `expected` says what should stand there."""
        found = self.words_or_end()
        if found is None:
            self.number += 1
            raise self.bad(expected, "the end of the file")
        return found

    def words_or_end(self) -> list[str] | None:
        """Return the words of the next line that is not blank, or None at the end."""
        while line := self._stream.readline(LINE_CHARS_MAX + 1):
            self.number += 1
            self._chars += len(line)
            if len(line) > LINE_CHARS_MAX:
                raise self.bad(f"at most {LINE_CHARS_MAX} characters", "a longer line")
            if self._chars > FILE_CHARS_MAX:
                raise self.bad(f"at most {FILE_CHARS_MAX} characters in all", "more")
            if words := line.split():
                return words
        return None

    def rest(self) -> Iterator[list[str]]:
        """Yield the words of every line that is left."""
        while (words := self.words_or_end()) is not None:
            yield words

    def bad(self, expected: str, got: str) -> BadFile:
        """Return the sentence that tells what this line should have been."""
        return BadFile(
            f"{self.name}, line {self.number}: expected {expected}, got {got}"
        )

    def numbers(self, words: list[str], names: str) -> list[float]:
        """Read a line as numbers, as many as there are names in `names`."""
        named = names.split()
        if len(words) != len(named):
            raise self.bad(f"{len(named)} numbers ({names})", f"{len(words)} words")
        return [
            self.number_of(word, name) for word, name in zip(words, named, strict=True)
        ]

    def number_of(self, word: str, name: str) -> float:
        """Read one finite number of a reasonable size."""
        if not _DECIMAL.fullmatch(word):
            raise self.bad(f"a number as {name}", shown(word))
        number = float(word)
        if abs(number) > NUMBER_MAX:
            raise self.bad(f"at most {NUMBER_MAX:.0f} as {name}", shown(word))
        return number

    def whole_of(self, number: float, name: str, *, least: int) -> int:
        """Take a number as a whole one of at least `least`."""
        if not number.is_integer() or number < least:
            raise self.bad(f"a whole number from {least} as {name}", f"{number:g}")
        return int(number)


def shown(word: str) -> str:
    """Quote what was found, cut short."""
    cut = word if len(word) <= _SHOWN_CHARS else word[:_SHOWN_CHARS] + "…"
    return repr(cut)


def heading(words: Iterable[str]) -> str:
    """Return the words of a heading in one spelling, to compare it with."""
    return " ".join(words).upper().rstrip(".")

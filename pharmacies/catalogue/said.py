"""What is said of a file, a row or a cell, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in Chinese and in English."""

    zh: str
    en: str


class BadFile(ValueError):
    """A file that cannot be read as a table: one sentence says why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(zh, en)


class Refused(ValueError):
    """A cell that cannot be taken: one sentence says why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(zh, en)

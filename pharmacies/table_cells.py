"""Cells of the tables that we write: text stays text, whatever program opens the table."""

import re

# With these a spreadsheet begins a formula, or leaves the cell; one set to Chinese or Japanese
# takes the full-width signs as well.
_BEGINS = tuple("=+-@＝＋－＠\t\r\n\0")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def cell(value: object) -> object:
    """Write a value so that no table program takes it for a formula (ASVS 1.2.10).

    >>> cell("=HYPERLINK(1)"), cell("-1.5"), cell(-2), cell("氨氯地平")
    ("'=HYPERLINK(1)", '-1.5', -2, '氨氯地平')
    """
    if not isinstance(value, str) or not _begins(value):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def _begins(text: str) -> bool:
    return text.startswith(_BEGINS) or text.lstrip().startswith(_BEGINS)


def cells(*values: object) -> list[object]:
    """Write a row so."""
    return [cell(each) for each in values]

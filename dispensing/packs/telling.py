"""Figures told in one line: value, days, layer, clause, the words they rest on."""

from datetime import date

from dispensing.money import percent, yuan
from dispensing.policy.figures import Figure


def value_of(figure: Figure) -> str:
    """Write the value of a figure for people.

    Tables are told by their number of rows; what is open, by the document left to.
    """
    value = figure.value
    if figure.same_as:
        return f"= {figure.same_as}"
    if value is None:
        return f"→ {figure.left_to}"
    if isinstance(value, tuple):
        return _many(value, figure.unit)
    return _one(value, figure.unit)


def days_of(since: date, until: date | None) -> str:
    """Write from which day a figure holds, and until which."""
    first = "" if since == date.min else since.isoformat()
    return f"{first} – {until or ''}".strip()


def words_of(figure: Figure) -> str:
    """Give the quote in quotation marks, or our own wording where there is none."""
    cited = figure.cited
    return f"“{cited.quote}”" if cited.quote else cited.says


def _many(value: tuple[object, ...], unit: str) -> str:
    if unit == "rows":
        return f"{len(value)} rows"
    rows = (f"{row[0]} {row[1]}" if isinstance(row, tuple) else row for row in value)
    return ", ".join(map(str, rows))


def _one(value: int | bool | str, unit: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if unit == "share":
        return percent(value)
    return f"{yuan(value)} yuan" if unit == "yuan" else f"{value} {unit}"

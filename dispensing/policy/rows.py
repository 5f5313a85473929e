"""Tables of a text as data: people, amounts a head, stock, calendars, catalogues.

A figure of the unit `rows` has a list of them. Every row is quoted by itself, and its
amounts, counts and shares have to be printed in that quote. In the value, yuan become
fen (`quota_yuan` -> `quota_fen`) and shares ten-thousandths (`share` -> `share_permyriad`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dispensing.conditions import CONDITIONS
from dispensing.money import parse_share, parse_yuan, yuan
from dispensing.policy.figures import Cell, Row

_DISEASES = tuple(CONDITIONS)
_PEOPLE = ("two_diseases", "chronic")
_ENTERS = ("bureau", "health")
_COMPUTED = (
    *("signed_two_diseases", "signed_chronic", "visits_two_diseases"),
    *("regular_medication", "served", "complaints", "bad_prescriptions"),
)
_EVERY = ("month", "quarter", "year", "once")
_DOERS = ("bureau", "health", "institution")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its cells are read, what they may be, whether each row has one."""

    kind: str  # text, whole, yuan, share, date, day_of_year, switch, choice, choices
    allowed: tuple[str, ...] = ()
    needed: bool = True


Columns = Mapping[str, Column]
_TEXT, _WHOLE, _YUAN = Column("text"), Column("whole"), Column("yuan")
_QUOTE = {"quote": _TEXT}


def _may(kind: str, allowed: tuple[str, ...] = ()) -> Column:
    return Column(kind, allowed, needed=False)


_MATCHING = tuple(
    f"matching.{part}"
    for part in ("exchange", "managed", "entitled", "push", "verify", "flag")
)
_FORMS = ("form.schedule", "form.report")

# Of what a number is a share, in which register it stands, who enters it, and how it is
# counted where its data are kept here.
_COUNTED = {
    "numerator": _may("text"),
    "denominator": _may("text"),
    "source": _may("text"),
    "enters": _may("choice", _ENTERS),
    "computed": _may("choice", _COMPUTED),
}

# What the tables of the texts look like. Another one is another entry here.
COLUMNS: Mapping[str, Columns] = {
    "persons.classes": {
        "class": _TEXT,
        "diseases": Column("choices", _DISEASES),
        "who": _TEXT,
        **_QUOTE,
    },
    "heads.quotas": {
        "people": Column("choice", _PEOPLE),
        "care": Column("choice", ("outpatient", "inpatient")),
        "signed": _may("switch"),
        "quota_yuan": _YUAN,
        "contract_yuan": _may("yuan"),
        **_QUOTE,
    },
    "stock.minima": {
        "outlets": Column("choice", ("all", "township", "village_clinic")),
        "what": Column("choice", ("classes", "vbp_medicines")),
        "disease": _may("choice", _DISEASES),
        "at_least": _WHOLE,
        **_QUOTE,
    },
    "funds.advance": {
        "outlets": Column("choice", ("village_clinic",)),
        "min_yuan": _YUAN,
        "max_yuan": _YUAN,
        **_QUOTE,
    },
    "calendar": {
        "slug": _TEXT,  # by which what was done about a date is kept
        "what": _TEXT,
        "of": Column("choices", _DOERS),
        "who": _TEXT,
        "every": Column("choice", _EVERY),
        "day": _may("whole"),  # of the month; of the first month of a quarter
        "on": _may("day_of_year"),
        "until": _may("date"),
        "since": _may("date"),
        # The figure, the part of a matching, or the form that is due by then.
        "meets": _may("choice", ("quota.total", *_FORMS, *_MATCHING)),
        **_QUOTE,
    },
    "task.list": {
        "slug": _TEXT,
        "measure": _TEXT,
        "task": _TEXT,
        "of": Column("choices", _DOERS),
        "who": _TEXT,
        "until": _may("date"),  # none: 持续推进
        **_QUOTE,
    },
    "drug.list": {
        "disease": Column("choice", _DISEASES),
        "class": _TEXT,
        "printed": _TEXT,
        "name": _TEXT,  # the normalised generic name (R3)
        "forms": Column("texts"),
        "tiers": Column("choices", ("甲", "乙", "丙")),
        "limit": _may("text"),
        "negotiated": _may("switch"),
        **_QUOTE,
    },
    "score.items": {
        "row": _TEXT,
        "item": _TEXT,
        "points": _WHOLE,
        "how": Column("choice", ("range", "ratio", "deduction")),
        "low_share": _may("share"),
        "high_share": _may("share"),
        "full_above": _may("switch"),
        "deducted_tenths": _may("whole"),
        **_COUNTED,
        **_QUOTE,
    },
    "score.indicators": {
        "row": _TEXT,
        "item": _TEXT,
        "how": Column("choice", ("share", "count")),
        "passes": _may("switch"),  # its share of points says who qualifies
        **_COUNTED,
        **_QUOTE,
    },
    "payout.shares": {
        "level": Column("choice", ("village", "township", "county")),
        "share": Column("share"),
        **_QUOTE,
    },
}


class BadParts(ValueError):
    """Several parts of one value that are not fit: the row (from 1) or key of each."""

    def __init__(self, parts: Sequence[tuple[int | str, str]]) -> None:
        self.parts = tuple(parts)
        named = (f"row {at}" if isinstance(at, int) else at for at, _ in parts)
        told = zip(named, (said for _, said in parts), strict=True)
        super().__init__("; ".join(f"{at}: {said}" for at, said in told))


def read_rows(name: str, raw: object) -> tuple[Row, ...]:
    """Read the rows of a table; those that are not fit raise `BadParts`, row by row."""
    columns = COLUMNS[name]
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"expected a list of rows, got {raw!r}")
    rows, faults = [], list[tuple[int | str, str]]()
    for number, row in enumerate(raw, 1):
        try:
            rows.append(_row(columns, row))
        except ValueError as error:
            faults.append((number, str(error)))
    if faults:
        raise BadParts(faults)
    return tuple(rows)


def quotes(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Give the quote of each row."""
    return tuple(str(dict(row)["quote"]) for row in rows)


def not_printed(row: Row) -> str:
    """Name the first amount, count or share of a row that its quote does not print."""
    cells = dict(row)
    quote = "".join(str(cells["quote"]).split())
    for name, cell in cells.items():
        if isinstance(cell, bool) or not isinstance(cell, int):
            continue
        if not printed(cell, name.rpartition("_")[2], quote):
            return f"{name} = {cell}"
    return ""


def printed(value: int, unit: str, words: str) -> bool:
    """Tell whether words print a value: 600元, 3万, 60%, 12周.

    >>> printed(3_000_000, "fen", "预付3万-5万元"), printed(6_000, "permyriad", "60%")
    (True, True)
    >>> printed(84, "days", "延长到12周"), printed(83, "days", "延长到12周")
    (True, False)
    """
    if unit == "permyriad":
        forms = [_plain(value, 100)]
    elif unit == "fen":
        forms = [_plain(value, 100), f"{_plain(value, 1_000_000)}万"]
    elif unit == "tenths":
        forms = [_plain(value, 10)]
    elif unit == "days":
        weeks, rest = divmod(value, 7)
        forms = [str(value)] + ([] if rest else [f"{weeks}周"])
    else:
        forms = [str(value)]
    numbers = [rf"(?<![0-9.]){re.escape(form)}(?![0-9.]*[0-9])" for form in forms]
    return any(re.search(number, words) for number in numbers)


def _plain(value: int, unit: int) -> str:
    """Write a number of units without needless noughts: 50 hundredths are 0.5."""
    whole, rest = divmod(value, unit)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _row(columns: Columns, raw: object) -> Row:
    if not isinstance(raw, Mapping):
        raise ValueError(f"expected a table, got {raw!r}")
    unknown = sorted(set(raw) - set(columns))
    if unknown:
        known = ", ".join(columns)
        raise ValueError(f"unknown column {', '.join(unknown)}, expected {known}")
    missing = [key for key, one in columns.items() if one.needed and key not in raw]
    if missing:
        raise ValueError(f"expected a column {', '.join(missing)}")
    return tuple(
        (_stored(key, column), _cell(key, column, raw[key]))
        for key, column in columns.items()
        if key in raw
    )


def _stored(key: str, column: Column) -> str:
    if column.kind == "yuan":
        return f"{key.removesuffix('_yuan')}_fen"
    return f"{key}_permyriad" if column.kind == "share" else key


def _cell(where: str, column: Column, raw: object) -> Cell:
    try:
        if column.kind in ("choice", "choices", "texts"):
            return _words(column, raw)
        return _READERS[column.kind](raw)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _words(column: Column, raw: object) -> Cell:
    if isinstance(raw, list) == (column.kind == "choice") or raw == []:
        raise ValueError(f"expected {column.kind}, got {raw!r}")
    if isinstance(raw, list):
        return tuple(_word(column, one) for one in raw)
    return _word(column, raw)


def _word(column: Column, raw: object) -> str:
    word = _text(raw)
    if column.allowed and word not in column.allowed:
        allowed = ", ".join(column.allowed)
        raise ValueError(f"expected one of {allowed}, got {word!r}")
    return word


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError(f"expected words, got {raw!r}")
    return raw


def _whole(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise ValueError(f"expected a whole number of 0 or more, got {raw!r}")
    return raw


def _amount(raw: object) -> int:
    amount_fen = parse_yuan(_text(raw))
    if amount_fen < 0:
        raise ValueError(f"expected an amount of 0 or more, got {yuan(amount_fen)}")
    return amount_fen


def _day_of_year(raw: object) -> str:
    if not _is_day(f"2024-{_text(raw)}"):
        raise ValueError(f"expected a day such as 12-20, got {raw!r}")
    return str(raw)


def _date(raw: object) -> str:
    if not _is_day(_text(raw)):
        raise ValueError(f"expected a day such as 2024-07-31, got {raw!r}")
    return str(raw)


def _is_day(words: str) -> bool:
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False


def _switch(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"expected true or false, got {raw!r}")
    return raw


_READERS: Mapping[str, Callable[[object], Cell]] = {
    "text": _text,
    "whole": _whole,
    "yuan": _amount,
    "share": lambda raw: parse_share(_text(raw)),
    "day_of_year": _day_of_year,
    "date": _date,
    "switch": _switch,
}

"""The numbers of a form by scheme and disease: of the month, and since the policy began.

Cumulative and of the month both (R15). Money is whole fen; what was taken back counts nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import date
from operator import add
from typing import Any

from dispensing.forms.layout import DISEASES, MEASURES, ROWS, SPANS

Key = tuple[str, str]  # scheme that paid, disease
KEYS: tuple[Key, ...] = tuple((row, disease) for row in ROWS for disease in DISEASES)


@dataclass(frozen=True, slots=True)
class FormCount:
    """Five numbers of one scheme, disease and span: people, settlements, and fen."""

    people: int = 0
    visits: int = 0
    cost_fen: int = 0
    in_scope_fen: int = 0
    fund_fen: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """What one scheme paid for one disease, in the month and since the policy began."""

    month: FormCount = FormCount()
    whole: FormCount = FormCount()


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a form: since the policy began, from the month's first day, to the last."""

    since: date
    first: date
    last: date

    def __post_init__(self) -> None:
        if not self.since <= self.last or not self.first <= self.last:
            raise ValueError(f"expected days in their order: {self}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A form of a month. `managed` is None where no registry nor statement gives the number."""

    span: Span
    cells: Mapping[Key, Cell]
    managed: Mapping[str, int | None]

    def number(self, row: str, disease: str, span: str, measure: str) -> int:
        """Give one number of the form."""
        found: int = getattr(getattr(self.cells[row, disease], span), measure)
        return found

    def over(self, rows: Iterable[str], disease: str, span: str, measure: str) -> int:
        """Add a number up over several schemes; people of two schemes count twice."""
        return sum(self.number(row, disease, span, measure) for row in rows)


def added_up(many: Iterable[Mapping[Key, Cell]]) -> dict[Key, Cell]:
    """Add the numbers of several reports up; who was at two institutions counts twice."""
    found = {key: Cell() for key in KEYS}
    for cells in many:
        for key in KEYS:
            month = _plus(found[key].month, cells[key].month)
            found[key] = Cell(month, _plus(found[key].whole, cells[key].whole))
    return found


def _plus(one: FormCount, other: FormCount) -> FormCount:
    return FormCount(*map(add, astuple(one), astuple(other)))


def to_record(found: Schedule) -> dict[str, Any]:
    """Turn a form into plain values; `of_record` reads them back."""
    return {
        "since": found.span.since.isoformat(),
        "first": found.span.first.isoformat(),
        "last": found.span.last.isoformat(),
        "managed": dict(found.managed),
        "cells": [
            {"row": row, "disease": disease, **asdict(found.cells[row, disease])}
            for row, disease in KEYS
        ],
    }


def of_record(record: Mapping[str, Any]) -> Schedule:
    """Read back what `to_record` wrote."""
    days = (date.fromisoformat(record[name]) for name in ("since", "first", "last"))
    cells = {
        (one["row"], one["disease"]): Cell(
            FormCount(**one["month"]), FormCount(**one["whole"])
        )
        for one in record["cells"]
    }
    return Schedule(Span(*days), cells, dict(record["managed"]))


@dataclass(frozen=True, slots=True)
class FormChange:
    """One number that another version says otherwise."""

    row: str  # '' for the managed, who are of no scheme
    disease: str
    span: str
    measure: str
    before: int | None
    after: int | None


def changes(before: Schedule, after: Schedule) -> tuple[FormChange, ...]:
    """Name every number that differs between two versions of a month's form."""
    found = [
        FormChange("", disease, "whole", "managed", *both)
        for disease in DISEASES
        if len({*(both := (before.managed[disease], after.managed[disease]))}) > 1
    ]
    for row, disease in KEYS:
        for span in SPANS:
            for measure in MEASURES:
                asked = row, disease, span, measure
                one, other = before.number(*asked), after.number(*asked)
                if one != other:
                    found.append(FormChange(*asked, one, other))
    return tuple(found)

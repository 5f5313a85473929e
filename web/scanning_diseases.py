"""Search the tables of people for a disease in the open: beside a person it stands sealed.

A catalogue, a text of the rules or a list of a chain names diseases of nobody; a row that hangs
on a person, by its own columns or by what it refers to, is to name none outside of free text.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, select
from sqlmodel import SQLModel

from dispensing.conditions import CONDITIONS
from web import db
from web.scanning import Found

_INVENTORY = Path(__file__).with_name("personal.toml")
# By which columns a row hangs on a person where no foreign key tells it.
_HANG = frozenset({"person_no", "prescription_id", "settlement_id", "order_id"})
_EDGE = r"(?<![\w-]){}(?![\w-])"


def beside_people(engine: Engine) -> Iterator[Found]:
    """Tell each column of a person's row in which a disease stands, and one whose it is."""
    with db.open_session(engine, read_only=True) as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in of_people():
                continue
            told = set[str]()
            for row in session.execute(select(table)).mappings():
                for column in _named_in(table, row) - told:
                    told.add(column)
                    whose = str(row.get("person_no") or row.get("prescription_id", ""))
                    yield Found(f"{table.name}.{column}", "disease", whose)


@cache
def of_people() -> frozenset[str]:
    """Name the tables whose rows hang on a person."""
    found = {"person"}
    while True:
        more = {
            table.name
            for table in SQLModel.metadata.sorted_tables
            if _HANG & set(table.columns.keys())
            or any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return frozenset(found)
        found |= more


def _named_in(table: Table, row: Mapping[Any, Any]) -> set[str]:
    free = _free_text().get(table.name, ())
    return {
        column.name
        for column in table.columns
        if column.name not in free and _word().search(_text(row[column.name]))
    }


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@cache
def _word() -> re.Pattern[str]:
    """Match what a disease is called: our own word, a printed name, a national code."""
    words = set[str]()
    for slug, each in CONDITIONS.items():
        words |= {_EDGE.format(slug), *map(re.escape, each.names)}
        words |= {_EDGE.format(code) for code in each.opsp_codes}
    return re.compile("|".join(sorted(words)))


@cache
def _free_text() -> Mapping[str, tuple[str, ...]]:
    """Name the columns of free text: what people write, no program can keep a disease out of."""
    classes = tomllib.loads(_INVENTORY.read_text("utf-8"))
    return {name: tuple(kept.get("words", ())) for name, kept in classes.items()}

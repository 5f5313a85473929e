"""Every column of every table has a class, and what is of a person stands in the inventory."""

import re
import tomllib
from pathlib import Path

from sqlmodel import SQLModel

import web.cli  # noqa: F401  (every table is known then)
from pharmacies.append_only import is_sealed

ROOT = Path(__file__).parents[2]
CLASSED = tomllib.loads((ROOT / "web/personal.toml").read_text("utf-8"))
CLASSES = {
    "other": "of nobody",
    "staff": "of people at their work",
    "words": "free text",
    "sealed": "opens under a key alone",
    "secret": "sealed, of a program",
    "index": "a digest",
    "number": "a pseudonym",
    "person": "plain",
    "health": "plain under a number",
    "money": "plain under a number",
    "masked": "made to be shown",
}
BY_CLASS = {"other", "staff", "words"}  # named as a class alone
TABLES = {
    name: set(table.columns.keys()) for name, table in SQLModel.metadata.tables.items()
}


def columns(classes: set[str]) -> set[str]:
    """Name the columns of some classes, with their tables."""
    return {
        f"{table}.{column}"
        for table, by_class in CLASSED.items()
        for kind in classes & by_class.keys()
        for column in by_class[kind]
    }


def test_every_column_has_one_class():
    assert CLASSED.keys() == TABLES.keys()
    for table, by_class in CLASSED.items():
        assert by_class.keys() <= CLASSES.keys(), table
        classed = [column for kind in by_class.values() for column in kind]
        assert len(classed) == len(set(classed)), table
        odd = set(classed) ^ TABLES[table]
        assert not odd, f"web/personal.toml, [{table}]: {sorted(odd)}"


def test_the_inventory_names_every_column_of_a_person():
    page = (ROOT / "docs/personal-data.md").read_text("utf-8")
    told = re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", page)
    told = {each for each in told if each.partition(".")[0] in TABLES}
    assert told == columns(CLASSES.keys() - BY_CLASS)


def test_what_is_called_sealed_is_sealed_and_nothing_else():
    sealed = columns({"sealed", "secret"})
    called = {
        f"{name}.{column.name}"
        for name, table in SQLModel.metadata.tables.items()
        for column in table.columns
        if is_sealed(column)
    }
    assert sealed == called

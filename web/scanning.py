"""Search tables for plain values of the people that the service knows.

What is found is named by its place and by whose it is, never told.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from sqlalchemy import Engine, Table, select
from sqlmodel import Session, SQLModel

from dispensing.sealed import place_of
from dispensing.vault import Vault
from pharmacies.append_only import is_sealed
from web import db

# What of a person is searched for; a picture or a whole message is not one value.
VALUES = {
    "person": {
        "id_sealed": "ID number",
        "phone_sealed": "phone",
        "address_sealed": "address",
        "point_sealed": "home point",
        "name": "name",
    },
    "delivery_order": {
        "address_sealed": "address",
        "phone_sealed": "phone",
        "point_sealed": "home point",
    },
    "handover": {"proxy_name": "name", "proxy_id_sealed": "ID number"},
    "access_code": {"helper_name": "name"},
    "presentation": {"helper_name": "name", "helper_id_sealed": "ID number"},
}
# Columns of a database file stand side by side: a number may begin within a run of digits.
# Where names of people at their work stand plain: a person of the same name is not told from them.
AT_WORK = {
    "account": "name",
    "courier": "name",
    "prescription": "doctor_name",
    "review": "pharmacist_name",
}
_DIGITS = re.compile(r"\d{11,}[Xx]?")
_POINT = re.compile(r"-?\d{1,3}\.\d+,\s?-?\d{1,2}\.\d+")
_SIZES = (18, 11)  # of an ID number, of a mobile number
_HAN = re.compile(r"[一-鿿][一-鿿\w·#()（）—\-]*")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_BEGINS = 2  # characters of a word by which it is looked up


@dataclass(frozen=True, slots=True)
class Found:
    """A plain value that was found: where, what it is, and whose; never itself."""

    where: str
    what: str
    person_no: str


@dataclass(frozen=True, slots=True)
class Values:
    """The values to search for: each with what it is and whose."""

    wanted: Mapping[str, tuple[str, str]]
    beginnings: Mapping[str, tuple[str, ...]]  # the words by their first characters
    people: int
    namesakes: int = 0  # names that somebody at work bears as well: not searched for

    def search(self, text: str) -> set[tuple[str, str]]:
        """Tell what of whom stands in a text."""
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        found = set[tuple[str, str] | None]()
        for run in _DIGITS.findall(text.upper()):
            for size in _SIZES:
                for at in range(len(run) - size + 1):
                    found.add(self.wanted.get(run[at : at + size]))
        for run in _POINT.findall(text):
            found.add(self.wanted.get(run.replace(" ", "")))
        for run in _HAN.findall(text):
            for at in range(len(run)):
                for word in self.beginnings.get(run[at : at + _BEGINS], ()):
                    if run.startswith(word, at):
                        found.add(self.wanted[word])
        return {each for each in found if each is not None}


def values_of(engine: Engine, vault: Vault) -> Values:
    """Open what there is of people, to search for it."""
    wanted: dict[str, tuple[str, str]] = {}
    people = set[str]()
    with db.open_session(engine, read_only=True) as session:
        for name, columns in VALUES.items():
            table = SQLModel.metadata.tables[name]
            for row in session.execute(select(table)).mappings():
                whose = str(row.get("person_no") or row.get("prescription_id"))
                people.add(whose)
                for column, what in columns.items():
                    if row[column] is not None:
                        text = vault.open(row[column], place_of(table, column, row))
                        wanted.setdefault(text.strip(), (what, whose))
        at_work = _at_work(session)
    names = {text for text, (what, _) in wanted.items() if what == "name"}
    for each in (alike := names & at_work) | {""}:
        wanted.pop(each, None)
    return replace(values(wanted, len(people)), namesakes=len(alike))


def values(wanted: Mapping[str, tuple[str, str]], people: int) -> Values:
    """Make values ready to be searched for."""
    beginnings: dict[str, tuple[str, ...]] = {}
    for word in wanted:
        begins = word[:_BEGINS]
        beginnings[begins] = (*beginnings.get(begins, ()), word)
    return Values({word.upper(): it for word, it in wanted.items()}, beginnings, people)


def in_database(engine: Engine, wanted: Values) -> Iterator[Found]:
    """Search every column of every table that is not sealed."""
    with db.open_session(engine, read_only=True) as session:
        for table in SQLModel.metadata.sorted_tables:
            for column, hits in _in_table(session, table, wanted).items():
                for what, whose in sorted(hits):
                    yield Found(f"{table.name}.{column}", what, whose)


def _at_work(session: Session) -> set[str]:
    tables = SQLModel.metadata.tables
    columns = [tables[name].c[column] for name, column in AT_WORK.items()]
    found = (session.execute(select(each).distinct()).scalars() for each in columns)
    return {
        name[begin:end]  # 夏建 stands in 夏建国 as well
        for name in chain.from_iterable(found)
        for begin in range(len(name))
        for end in range(begin + 1, len(name) + 1)
    }


def _in_table(
    session: Session, table: Table, wanted: Values
) -> Mapping[str, set[tuple[str, str]]]:
    plain = [column for column in table.columns if not is_sealed(column)]
    hits: dict[str, set[tuple[str, str]]] = {}
    for row in session.execute(select(*plain)).mappings():
        for name, value in row.items():
            if isinstance(value, str | bytes | dict | list):
                found = wanted.search(_text(value))
                if found:
                    hits.setdefault(name, set()).update(found)
    return hits


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

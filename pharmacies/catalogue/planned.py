"""What a file is to write: all of it made ready before the database is asked to hold still."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, SQLModel, col

from pharmacies.catalogue.examining import Trial
from pharmacies.catalogue.fates import Entry
from pharmacies.catalogue.history import BEGINNING, holding, parts, versions_of
from pharmacies.catalogue.naming import index_names, names_of
from pharmacies.catalogue.pouring import AT_ONCE, pour
from pharmacies.catalogue.stored import stored
from pharmacies.medicines import Medicine
from pharmacies.tables import MedicineRow

_TABLES = SQLModel.metadata.tables
_MEDICINE = tuple(column.name for column in _TABLES["medicine"].columns)
_HELD = ("valid_from", "import_id")
_VERSION = (*_MEDICINE, *_HELD, "conditions")
_TERMS = ("standard_fen", "self_pay_permyriad", "vbp", "on_platform")
_SERVES = ("medicine_code", "condition")
_CALLED = {"drug_group": "group", "use_limit": "limit"}  # in the value, for columns
_VALUES = attrgetter(*(_CALLED.get(name, name) for name in _MEDICINE))
_ANALYZED = "medicine, medicine_version, medicine_name, medicine_named, medicine_key"
_ANALYZED_FROM = 1_000  # rows; PostgreSQL looks at fewer by itself soon enough

Table = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]  # name, columns, rows


@dataclass(slots=True)
class Planned:
    """Rows to add, medicines that stand otherwise, and those that get other names."""

    tables: list[Table] = field(default_factory=list)
    moved: list[Medicine] = field(default_factory=list)
    named: list[Medicine] = field(default_factory=list)
    prices: list[dict[str, str]] = field(default_factory=list)  # lists that ask another


def plan(session: Session, trial: Trial, import_id: UUID, today: date) -> Planned:
    """Make ready what a file writes; nothing is written."""
    return _PLANNERS[trial.kind](session, trial.entries, import_id, today)


def carry_out(session: Session, planned: Planned) -> None:
    """Write what was made ready; the caller commits."""
    for name, columns, rows in planned.tables:
        pour(session, name, columns, rows)
    let_stand(session, planned.moved)
    index_names(session, planned.named)
    connection = session.connection()
    if planned.prices:
        connection.execute(STAND_PRICE, planned.prices)
    rows_added = sum(len(rows) for _, _, rows in planned.tables)
    if connection.dialect.name == "postgresql" and rows_added >= _ANALYZED_FROM:
        connection.execute(text(f"ANALYZE {_ANALYZED}"))


def let_stand(session: Session, moved: Sequence[Medicine]) -> None:
    """Let medicines stand in the catalogue as they are given."""
    connection = session.connection()
    serves = _TABLES["medicine_condition"]
    values = [_VALUES(one) for one in moved]
    if not moved:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text(_STAGE))
        pour(session, "medicine_moved", _MEDICINE, values)
        connection.execute(text(_SWITCH))
        connection.execute(text("DROP TABLE medicine_moved"))
    else:
        for at in range(0, len(values), AT_ONCE):
            some = [(*one[1:], one[0]) for one in values[at : at + AT_ONCE]]
            connection.exec_driver_sql(_UPDATE, some)
    for codes in parts(one.code for one in moved):
        connection.execute(serves.delete().where(serves.c.medicine_code.in_(codes)))
    pour(session, serves.name, _SERVES, _served(moved))


def _medicines(
    session: Session, entries: Sequence[Entry], import_id: UUID, today: date
) -> Planned:
    there = _there(session, dict.fromkeys(one.key[0] for one in entries))
    versions = {one[0].code: one for one in versions_of(session, there)}
    new = _first_of(entries, there, today)
    base = (one for code, one in there.items() if code not in versions)
    rows = [_version(one, BEGINNING, import_id) for one in base]
    rows += [_version(one.values, one.valid_from, import_id) for one in entries]
    moved = _moved(entries, there, versions, today)
    renamed = [one for one in moved if names_of(one) != names_of(there[one.code])]
    tables: list[Table] = [
        ("medicine", _MEDICINE, [_VALUES(one) for one in new]),
        ("medicine_condition", _SERVES, list(_served(new))),
        ("medicine_version", _VERSION, rows),
    ]
    return Planned(tables, moved, [*new, *renamed])


def _terms(
    session: Session, entries: Sequence[Entry], import_id: UUID, today: date
) -> Planned:
    columns = ("region", "medicine_code", *_HELD, *_TERMS)
    rows = [
        (*one.key, one.valid_from, import_id, *(one.values[name] for name in _TERMS))
        for one in entries
    ]
    return Planned([("medicine_terms", columns, rows)])


def _prices(
    session: Session, entries: Sequence[Entry], import_id: UUID, today: date
) -> Planned:
    keys = list(dict.fromkeys(one.key for one in entries))
    listed, versioned = _priced(session, keys)
    rows = [
        (*key, BEGINNING, import_id, listed[key])
        for key in keys
        if key in listed and key not in versioned
    ]
    rows += [(*one.key, one.valid_from, import_id, one.values) for one in entries]
    columns = ("price_list", "medicine_code", *_HELD, "price_fen")
    fresh: dict[Any, int] = {}
    for one in sorted(entries, key=lambda each: each.valid_from):
        if one.key not in listed and (one.key not in fresh or one.valid_from <= today):
            fresh[one.key] = one.values
    named = ("price_list", "medicine_code", "price_fen")
    asked = [
        {"list": name, "code": code, "today": today.isoformat()}
        for name, code in keys
        if (name, code) in listed
    ]
    tables: list[Table] = [
        ("price_version", columns, rows),
        ("price", named, [(*key, fen) for key, fen in fresh.items()]),
    ]
    return Planned(tables, prices=asked)


def _priced(
    session: Session, keys: Sequence[tuple[str, ...]]
) -> tuple[dict[Any, int], set[Any]]:
    """Give what lists ask now, and which of it has versions."""
    price, version = _TABLES["price"], _TABLES["price_version"]
    listed: dict[Any, int] = {}
    versioned: set[Any] = set()
    wanted = set(keys)
    for some in parts(dict.fromkeys(code for _, code in keys)):
        read = session.connection().execute
        for row in read(price.select().where(price.c.medicine_code.in_(some))):
            if (row.price_list, row.medicine_code) in wanted:
                listed[row.price_list, row.medicine_code] = row.price_fen
        for row in read(version.select().where(version.c.medicine_code.in_(some))):
            versioned.add((row.price_list, row.medicine_code))
    return listed, versioned


def _first_of(
    entries: Iterable[Entry], there: Mapping[str, Medicine], today: date
) -> list[Medicine]:
    """Give the medicines that are new as they stand today, or as they will at first."""
    found: dict[str, Medicine] = {}
    for one in sorted(entries, key=lambda each: each.valid_from):
        code = one.key[0]
        if code not in there and (code not in found or one.valid_from <= today):
            found[code] = one.values
    return list(found.values())


def _moved(
    entries: Iterable[Entry],
    there: Mapping[str, Medicine],
    versions: Mapping[str, Sequence[Any]],
    today: date,
) -> list[Medicine]:
    """Give the medicines that a file lets stand otherwise today than they do."""
    now: dict[str, Entry] = {}
    for one in entries:
        code = one.key[0]
        if code in there and one.valid_from <= today:
            held = holding(versions.get(code, ()), today)
            since = max(
                BEGINNING if held is None else held.valid_from,
                now[code].valid_from if code in now else BEGINNING,
            )
            if one.valid_from >= since:
                now[code] = one
    return [one.values for code, one in now.items() if one.values != there[code]]


def _there(session: Session, codes: Iterable[str]) -> dict[str, Medicine]:
    found: dict[str, Medicine] = {}
    for some in parts(codes):
        found |= stored(session, col(MedicineRow.code).in_(some))
    return found


def _served(medicines: Iterable[Medicine]) -> Iterator[tuple[str, str]]:
    for one in medicines:
        for slug in sorted(one.conditions):
            yield one.code, slug


def _version(one: Medicine, day: date, import_id: UUID) -> tuple[Any, ...]:
    return (*_VALUES(one), day, import_id, " ".join(sorted(one.conditions)))


_PLANNERS = {"medicines": _medicines, "standards": _terms, "prices": _prices}
STAND_PRICE = text(
    "UPDATE price SET price_fen = coalesce((SELECT price_fen FROM price_version AS held"
    " WHERE held.price_list = :list AND held.medicine_code = :code"
    " AND held.valid_from <= :today ORDER BY held.valid_from DESC, held.id DESC LIMIT 1),"
    " price_fen) WHERE price_list = :list AND medicine_code = :code"
)
assert _MEDICINE[0] == "code"
_UPDATE = (
    f"UPDATE medicine SET {', '.join(f'{name} = ?' for name in _MEDICINE[1:])}"
    " WHERE code = ?"
)
_STAGE = "CREATE TEMPORARY TABLE medicine_moved (LIKE medicine) ON COMMIT DROP"
_SWITCH = (
    f"UPDATE medicine SET {', '.join(f'{name} = it.{name}' for name in _MEDICINE[1:])}"
    " FROM medicine_moved AS it WHERE medicine.code = it.code"
)

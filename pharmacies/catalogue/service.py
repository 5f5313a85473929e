"""Put files into the catalogue: whole or not at all, and a second time without effect."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, select

from pharmacies import rows
from pharmacies.catalogue.columns import Diseases, Kind
from pharmacies.catalogue.examining import (
    Each,
    File,
    Tell,
    Trial,
    examine,
    last_import,
)
from pharmacies.catalogue.fates import Entry
from pharmacies.catalogue.history import BEGINNING, on_day, parts
from pharmacies.catalogue.naming import index_names, unnamed
from pharmacies.catalogue.pouring import AT_ONCE, pour
from pharmacies.catalogue.stored import stored
from pharmacies.catalogue_tables import CatalogueImportRow
from pharmacies.medicines import Medicine
from pharmacies.tables import MedicineRow

_ALONE = 7_301_942_118  # the lock under which one import at a time writes
_TABLES = SQLModel.metadata.tables
_MEDICINE = tuple(column.name for column in _TABLES["medicine"].columns)
_VERSION = tuple(
    column.name for column in _TABLES["medicine_version"].columns if column.name != "id"
)
_TERMS = ("standard_fen", "self_pay_permyriad", "vbp", "on_platform")
_HELD = ("valid_from", "import_id")


@dataclass(frozen=True, slots=True)
class Act:
    """Who puts a file in, when, under which number."""

    id: UUID
    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file; with a refused row nothing was written."""

    kind: Kind
    file_name: str
    file_sha256: str
    rows: int
    new: int
    changed: int
    same: int
    refused: int
    written: bool
    at: datetime
    by: str


def try_file(
    session: Session, file: File, diseases: Diseases, *, tell: Tell, each: Each
) -> Trial:
    """Say what would become of each row (试运行); nothing is written."""
    return examine(session, file, diseases, tell=tell, each=each)


def put_in(
    reading: Session,
    writing: Session,
    file: File,
    diseases: Diseases,
    *,
    act: Act,
    tell: Tell,
    each: Each,
) -> Imported:
    """Put a file in; where any row is refused, nothing is written.

    It is examined before the database is asked to hold still, and once more only where
    another file was put in meanwhile.
    """
    trial = examine(reading, file, diseases, tell=tell, each=each)
    reading.rollback()
    if trial.counts["refused"] or not trial.entries:
        return _imported(trial, file, act, written=False)
    _hold_still(writing)
    if last_import(writing) != trial.last_import:
        trial = examine(writing, file, diseases, tell=tell, each=lambda _: None)
        if trial.counts["refused"] or not trial.entries:
            writing.rollback()
            return _imported(trial, file, act, written=False)
    tell("writing", 0, len(trial.entries))
    writing.add(_import_row(trial, file, act))
    writing.flush()
    _WRITERS[trial.kind](writing, trial.entries, act, tell)
    writing.commit()
    return _imported(trial, file, act, written=True)


def imports(session: Session, limit: int = 100) -> tuple[Imported, ...]:
    """List what was put in, the latest first."""
    query = select(CatalogueImportRow).order_by(col(CatalogueImportRow.at).desc())
    return tuple(map(_was, session.exec(query.limit(limit))))


def imported(session: Session, id_: UUID) -> Imported | None:
    """Tell what an act put in, None where it put nothing in."""
    row = session.get(CatalogueImportRow, id_)
    return None if row is None else _was(row)


def _was(row: CatalogueImportRow) -> Imported:
    return Imported(
        cast("Kind", row.kind),
        row.file_name,
        row.file_sha256,
        row.rows,
        row.new,
        row.changed,
        row.same,
        0,
        True,
        row.at,
        row.by,
    )


def put_in_force(session: Session, today: date, since: date) -> int:
    """Let what begins to hold after one day and up to another stand in the catalogue.

    Settlements do not wait for it: they ask for their own day. Names are made findable, too.
    """
    asked = {"since": since.isoformat(), "today": today.isoformat()}
    connection = session.connection()
    codes = connection.execute(_BEGUN, asked).scalars().all()
    changed = _stand(session, codes, today)
    for price_list, code in connection.execute(_BEGUN_PRICES, asked).all():
        changed += connection.execute(
            _STAND_PRICE, {"list": price_list, "code": code, "today": today.isoformat()}
        ).rowcount
    while nameless := unnamed(session, AT_ONCE):
        found = stored(session, col(MedicineRow.code).in_(nameless))
        index_names(session, list(found.values()))
        changed += len(found)
    session.commit()
    return changed


def _hold_still(session: Session) -> None:
    connection = session.connection()  # on SQLite whoever writes is alone
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:no)"), {"no": _ALONE})


def _import_row(trial: Trial, file: File, act: Act) -> CatalogueImportRow:
    return CatalogueImportRow(
        id=act.id,
        kind=trial.kind,
        file_name=file.name,
        file_sha256=file.sha256,
        rows=trial.rows,
        new=trial.counts["new"],
        changed=trial.counts["changed"],
        same=trial.counts["same"],
        at=act.at,
        by=act.by,
    )


def _imported(trial: Trial, file: File, act: Act, *, written: bool) -> Imported:
    counts = trial.counts
    return Imported(
        trial.kind,
        file.name,
        file.sha256,
        trial.rows,
        counts["new"],
        counts["changed"],
        counts["same"],
        counts["refused"],
        written,
        act.at,
        act.by,
    )


def _write_medicines(
    session: Session, entries: Sequence[Entry], act: Act, tell: Tell
) -> None:
    codes = list(dict.fromkeys(one.key[0] for one in entries))
    there = _there(session, codes)
    new = _first_of(entries, there, act.today)
    pour(session, "medicine", _MEDICINE, map(_medicine_values, new))
    pour(session, "medicine_condition", ("medicine_code", "condition"), _serves(new))
    tell("writing", len(new), len(entries))
    base = _unversioned(session, there)
    versions = (_version_values(one, BEGINNING, act.id) for one in base.values())
    pour(session, "medicine_version", _VERSION, versions)
    later = (_version_values(one.values, one.valid_from, act.id) for one in entries)
    pour(session, "medicine_version", _VERSION, later)
    tell("naming", 0, len(entries))
    index_names(session, new)
    _stand(session, list(there), act.today)
    tell("naming", len(entries), len(entries))


def _write_terms(
    session: Session, entries: Sequence[Entry], act: Act, tell: Tell
) -> None:
    columns = ("region", "medicine_code", *_HELD, *_TERMS)
    values = (
        (*one.key, one.valid_from, act.id, *(one.values[name] for name in _TERMS))
        for one in entries
    )
    pour(session, "medicine_terms", columns, values)
    tell("writing", len(entries), len(entries))


def _write_prices(
    session: Session, entries: Sequence[Entry], act: Act, tell: Tell
) -> None:
    keys = list(dict.fromkeys(one.key for one in entries))
    listed, versioned = _priced(session, keys)
    base = [(*key, BEGINNING, act.id, listed[key]) for key in keys if key in listed]
    later = [(*one.key, one.valid_from, act.id, one.values) for one in entries]
    columns = ("price_list", "medicine_code", *_HELD, "price_fen")
    old = [one for one in base if one[:2] not in versioned]
    pour(session, "price_version", columns, [*old, *later])
    fresh: dict[Any, int] = {}
    for one in sorted(entries, key=lambda each: each.valid_from):
        if one.key not in listed and (
            one.key not in fresh or one.valid_from <= act.today
        ):
            fresh[one.key] = one.values
    named = ("price_list", "medicine_code", "price_fen")
    pour(session, "price", named, ((*key, fen) for key, fen in fresh.items()))
    today = act.today.isoformat()
    known = [
        {"list": name, "code": code, "today": today}
        for name, code in keys
        if (name, code) in listed
    ]
    if known:
        session.connection().execute(_STAND_PRICE, known)
    tell("writing", len(entries), len(entries))


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
    entries: Iterable[Entry], there: dict[str, Medicine], today: date
) -> list[Medicine]:
    """Give the medicines that are new as they stand today, or as they will at first."""
    found: dict[str, Medicine] = {}
    for one in sorted(entries, key=lambda each: each.valid_from):
        code = one.key[0]
        if code not in there and (code not in found or one.valid_from <= today):
            found[code] = one.values
    return list(found.values())


def _there(session: Session, codes: Sequence[str]) -> dict[str, Medicine]:
    found: dict[str, Medicine] = {}
    for some in parts(codes):
        found |= stored(session, col(MedicineRow.code).in_(some))
    return found


def _unversioned(session: Session, there: dict[str, Medicine]) -> dict[str, Medicine]:
    """Give those that have no version yet: they stood so from the beginning."""
    version = _TABLES["medicine_version"]
    left = dict(there)
    for some in parts(there):
        query = version.select().where(version.c.code.in_(some))
        for row in session.connection().execute(
            query.with_only_columns(version.c.code)
        ):
            left.pop(row.code, None)
    return left


def _stand(session: Session, codes: Sequence[str], today: date) -> int:
    """Let medicines stand in the catalogue as they are today; tells how many changed."""
    moved: list[Medicine] = []
    for some in parts(codes):
        found = stored(session, col(MedicineRow.code).in_(some))
        now = on_day(session, found, today)
        moved += [one for code, one in now.items() if one != found[code]]
    if not moved:
        return 0
    connection = session.connection()
    serves = _TABLES["medicine_condition"]
    for at in range(0, len(moved), AT_ONCE):
        some_moved = moved[at : at + AT_ONCE]
        values = [
            dict(zip(_MEDICINE, _medicine_values(one), strict=True))
            for one in some_moved
        ]
        connection.execute(_UPDATE, [{**one, "which": one["code"]} for one in values])
        for some in parts(one.code for one in some_moved):
            connection.execute(serves.delete().where(serves.c.medicine_code.in_(some)))
    pour(session, serves.name, ("medicine_code", "condition"), _serves(moved))
    index_names(session, moved)
    return len(moved)


def _serves(medicines: Iterable[Medicine]) -> Iterator[tuple[str, str]]:
    for one in medicines:
        for slug in sorted(one.conditions):
            yield one.code, slug


def _medicine_values(one: Medicine) -> tuple[Any, ...]:
    row = rows.medicine_row(one)
    return tuple(getattr(row, name) for name in _MEDICINE)


def _version_values(one: Medicine, day: date, import_id: UUID) -> tuple[Any, ...]:
    row = rows.medicine_row(one)
    more = {
        "valid_from": day,
        "import_id": import_id,
        "conditions": " ".join(sorted(one.conditions)),
    }
    return tuple(
        more[name] if name in more else getattr(row, name) for name in _VERSION
    )


_WRITERS = {
    "medicines": _write_medicines,
    "standards": _write_terms,
    "prices": _write_prices,
}
_UPDATE = text(
    "UPDATE medicine SET "
    + ", ".join(f"{name} = :{name}" for name in _MEDICINE if name != "code")
    + " WHERE code = :which"
)
_BEGUN = text(
    "SELECT DISTINCT code FROM medicine_version"
    " WHERE valid_from > :since AND valid_from <= :today"
)
_BEGUN_PRICES = text(
    "SELECT DISTINCT price_list, medicine_code FROM price_version"
    " WHERE valid_from > :since AND valid_from <= :today"
)
_STAND_PRICE = text(
    "UPDATE price SET price_fen = coalesce((SELECT price_fen FROM price_version AS held"
    " WHERE held.price_list = :list AND held.medicine_code = :code"
    " AND held.valid_from <= :today ORDER BY held.valid_from DESC, held.id DESC LIMIT 1),"
    " price_fen) WHERE price_list = :list AND medicine_code = :code"
)

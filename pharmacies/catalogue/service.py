"""Put files into the catalogue: whole or not at all, and a second time without effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from pharmacies.catalogue.columns import Diseases, Kind
from pharmacies.catalogue.examining import (
    Fates,
    File,
    Tell,
    Trial,
    examine,
    imports_made,
)
from pharmacies.catalogue.history import on_day, parts
from pharmacies.catalogue.naming import (
    add_names,
    index_names,
    names_of,
    unknown_names,
    unnamed,
)
from pharmacies.catalogue.planned import STAND_PRICE, carry_out, let_stand, plan
from pharmacies.catalogue.pouring import AT_ONCE, hold_still
from pharmacies.catalogue.sounds import keys
from pharmacies.catalogue.stored import stored
from pharmacies.catalogue_tables import CatalogueImportRow
from pharmacies.medicines import Medicine
from pharmacies.tables import MedicineRow

NAMES_AT_ONCE = 1_000


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
    session: Session, file: File, diseases: Diseases, *, tell: Tell, into: Fates
) -> Trial:
    """Say what would become of each row (试运行); nothing is written."""
    return examine(session, file, diseases, tell=tell, into=into)


def put_in(
    reading: Session,
    writing: Session,
    file: File,
    diseases: Diseases,
    *,
    act: Act,
    tell: Tell,
    into: Fates,
) -> Imported:
    """Put a file in; where any row is refused, nothing is written.

    It is examined before the database is asked to hold still, and once more only where
    another file was put in meanwhile.
    """
    trial = examine(reading, file, diseases, tell=tell, into=into)
    if trial.counts["refused"] or not trial.entries:
        reading.rollback()
        return _imported(trial, file, act, written=False)
    planned = plan(reading, trial, act.id, act.today)
    reading.rollback()
    _name_ahead(writing, planned.named, tell)
    hold_still(writing)
    if imports_made(writing) != trial.imports:
        trial = examine(writing, file, diseases, tell=tell, into=into)
        if trial.counts["refused"] or not trial.entries:
            writing.rollback()
            return _imported(trial, file, act, written=False)
        planned = plan(writing, trial, act.id, act.today)
    tell("writing", 0, len(trial.entries))
    writing.add(_import_row(trial, file, act))
    writing.flush()
    carry_out(writing, planned)
    tell("writing", len(trial.entries), len(trial.entries))
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
            STAND_PRICE, {"list": price_list, "code": code, "today": today.isoformat()}
        ).rowcount
    while nameless := unnamed(session, AT_ONCE):
        found = stored(session, col(MedicineRow.code).in_(nameless))
        index_names(session, list(found.values()))
        changed += len(found)
    session.commit()
    return changed


def _name_ahead(session: Session, medicines: Sequence[Medicine], tell: Tell) -> None:
    """Make names findable before any medicine bears them, in short transactions.

    A name that none bears leads nowhere, so nothing is shown before its medicine is there.
    """
    new = unknown_names(session, medicines)
    session.rollback()
    for at in range(0, len(new), NAMES_AT_ONCE):
        tell("naming", at, len(new))
        some = {name: keys(name) for name in new[at : at + NAMES_AT_ONCE]}
        add_names(session, some)
        session.commit()


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


def _stand(session: Session, codes: Sequence[str], today: date) -> int:
    """Let medicines stand in the catalogue as they are today; tells how many changed."""
    moved: list[Medicine] = []
    renamed: list[Medicine] = []
    for some in parts(codes):
        found = stored(session, col(MedicineRow.code).in_(some))
        now = on_day(session, found, today)
        for code, one in now.items():
            if one != found[code]:
                moved.append(one)
                if names_of(one) != names_of(found[code]):
                    renamed.append(one)
    let_stand(session, moved)
    index_names(session, renamed)
    return len(moved)


_BEGUN = text(
    "SELECT DISTINCT code FROM medicine_version"
    " WHERE valid_from > :since AND valid_from <= :today"
)
_BEGUN_PRICES = text(
    "SELECT DISTINCT price_list, medicine_code FROM price_version"
    " WHERE valid_from > :since AND valid_from <= :today"
)

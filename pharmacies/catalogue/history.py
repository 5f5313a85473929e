"""The catalogue as of a day: of each thing the version begun last, of one day the one entered last.

What was never imported has no versions and holds on every day as it stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, bindparam, text
from sqlmodel import Session, SQLModel, col, select

from pharmacies import rows
from pharmacies.catalogue_tables import (
    CatalogueImportRow,
    MedicineTermsRow,
    MedicineVersionRow,
    PriceVersionRow,
)
from pharmacies.medicines import Medicine

BEGINNING = date.min  # of what stood before anything was imported
PROVINCE, POOLING_AREA = 2, 4  # digits of an area's code
IN_MAX = 2_000  # codes asked for at once


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a region pays for a medicine."""

    standard_fen: int
    self_pay_permyriad: int
    vbp: bool
    on_platform: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """Who entered a version, when, and from which file."""

    by: str
    at: datetime
    file_name: str
    file_sha256: str


@dataclass(frozen=True, slots=True)
class Version:
    """A medicine as it is from a day on; None for the days before the first import."""

    valid_from: date | None
    medicine: Medicine
    entered: Entered
    superseded: bool  # another was entered later for the same day


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """A region's terms from a day on."""

    region: str
    valid_from: date
    terms: Terms
    entered: Entered
    superseded: bool


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A list's price from a day on; None for the days before the first import."""

    price_list: str
    valid_from: date | None
    price_fen: int
    entered: Entered
    superseded: bool


@dataclass(frozen=True, slots=True)
class History:
    """Everything that was entered about one medicine, the earliest day first."""

    code: str
    versions: tuple[Version, ...]
    terms: tuple[TermsVersion, ...]
    prices: tuple[PriceVersion, ...]


def regions_of(area: str) -> tuple[str, ...]:
    """Name the regions whose terms count in an area, the widest first."""
    return (area[:PROVINCE], area[:POOLING_AREA]) if area else ()


def on_day(
    session: Session, found: Mapping[str, Medicine], day: date, area: str = ""
) -> dict[str, Medicine]:
    """Give medicines as they are on a day in an area; one that begins later is left out."""
    listed = dict(found)
    for versions in versions_of(session, found):
        code = versions[0].code
        held = holding(versions, day)
        if held is None:
            listed.pop(code, None)
        else:
            listed[code] = medicine_of(held)
    if area:
        for (code, _), terms in terms_on(session, listed, day, regions_of(area)):
            listed[code] = on_terms(listed[code], terms)
    return listed


def terms_on(
    session: Session, codes: Iterable[str], day: date, regions: Sequence[str]
) -> list[tuple[tuple[str, str], Terms]]:
    """List the terms of regions on a day as ((code, region), terms), the widest region first."""
    at = col(MedicineTermsRow.medicine_code)
    kept: dict[tuple[str, str], Terms] = {}
    for some in parts(codes):
        query = (
            select(MedicineTermsRow)
            .where(at.in_(some), col(MedicineTermsRow.region).in_(regions))
            .where(col(MedicineTermsRow.valid_from) <= day)
            .order_by(col(MedicineTermsRow.valid_from), col(MedicineTermsRow.id))
        )
        for row in session.exec(query):
            kept[row.medicine_code, row.region] = terms_of(row)
    return sorted(kept.items(), key=lambda each: (each[0][0], len(each[0][1])))


def price_on(
    session: Session, price_list: str, medicine_code: str, day: date
) -> int | None:
    """Give what a price list asks on a day in fen, None where it does not have it then.

    Asked at every check, so it is one prepared statement.
    """
    asked = {"list": price_list, "medicine": medicine_code, "day": day}
    found = session.connection().execute(_PRICE_ON, asked).scalar_one_or_none()
    return None if found is None else int(found)


def prices_on(session: Session, day: date) -> dict[str, dict[str, int]]:
    """Give what every list asks on a day in fen, by medicine and price list."""
    found: dict[str, dict[str, int]] = {}
    for row in session.connection().execute(_PRICES_ON, {"day": day}):
        found.setdefault(row.medicine_code, {})[row.price_list] = row.price_fen
    return found


def history(session: Session, code: str) -> History:
    """Tell everything that was entered about one medicine, corrections included."""
    return History(
        code,
        _told_versions(session, code),
        _told_terms(session, code),
        _told_prices(session, code),
    )


def medicine_of(row: Any) -> Medicine:
    """Read a medicine from a version of it."""
    return rows.medicine_of(row, frozenset(row.conditions.split()))


def _told_versions(session: Session, code: str) -> tuple[Version, ...]:
    mine = col(MedicineVersionRow.code) == code
    query = (
        select(MedicineVersionRow, CatalogueImportRow)
        .join(CatalogueImportRow, _import(MedicineVersionRow.import_id))
        .where(mine)
        .order_by(col(MedicineVersionRow.valid_from), col(MedicineVersionRow.id))
    )
    found = session.exec(query).all()
    last = {row.valid_from: row.id for row, _ in found}
    return tuple(
        Version(
            _begun(row.valid_from),
            medicine_of(row),
            _who(made),
            superseded=row.id != last[row.valid_from],
        )
        for row, made in found
    )


def _told_terms(session: Session, code: str) -> tuple[TermsVersion, ...]:
    query = (
        select(MedicineTermsRow, CatalogueImportRow)
        .join(CatalogueImportRow, _import(MedicineTermsRow.import_id))
        .where(col(MedicineTermsRow.medicine_code) == code)
        .order_by(col(MedicineTermsRow.valid_from), col(MedicineTermsRow.id))
    )
    found = session.exec(query).all()
    last = {(row.region, row.valid_from): row.id for row, _ in found}
    return tuple(
        TermsVersion(
            row.region,
            row.valid_from,
            terms_of(row),
            _who(made),
            superseded=row.id != last[row.region, row.valid_from],
        )
        for row, made in found
    )


def _told_prices(session: Session, code: str) -> tuple[PriceVersion, ...]:
    query = (
        select(PriceVersionRow, CatalogueImportRow)
        .join(CatalogueImportRow, _import(PriceVersionRow.import_id))
        .where(col(PriceVersionRow.medicine_code) == code)
        .order_by(
            col(PriceVersionRow.price_list),
            col(PriceVersionRow.valid_from),
            col(PriceVersionRow.id),
        )
    )
    found = session.exec(query).all()
    last = {(row.price_list, row.valid_from): row.id for row, _ in found}
    return tuple(
        PriceVersion(
            row.price_list,
            _begun(row.valid_from),
            row.price_fen,
            _who(made),
            superseded=row.id != last[row.price_list, row.valid_from],
        )
        for row, made in found
    )


def _import(of: UUID) -> ColumnElement[bool]:
    return col(CatalogueImportRow.id) == of


def _who(made: CatalogueImportRow) -> Entered:
    return Entered(made.by, made.at, made.file_name, made.file_sha256)


def _begun(valid_from: date) -> date | None:
    return None if valid_from == BEGINNING else valid_from


def versions_of(session: Session, codes: Iterable[str]) -> Iterator[list[Any]]:
    """Give the versions of each medicine that has any, in the order in which they hold."""
    for some in parts(codes):
        query = (
            _VERSION.select()
            .where(_VERSION.c.code.in_(some))
            .order_by(_VERSION.c.code, _VERSION.c.valid_from, _VERSION.c.id)
        )
        found = session.connection().execute(query)
        for _, versions in groupby(found, key=lambda row: row.code):
            yield list(versions)


def holding(versions: Sequence[Any], day: date) -> Any:
    """Give the version that holds on a day, None where all begin later."""
    return next((row for row in reversed(versions) if row.valid_from <= day), None)


def terms_of(row: Any) -> Terms:
    """Read the terms of a region from a version of them."""
    return Terms(row.standard_fen, row.self_pay_permyriad, row.vbp, row.on_platform)


def on_terms(medicine: Medicine, terms: Terms) -> Medicine:
    """Give a medicine on the terms of a region."""
    return replace(
        medicine,
        standard_fen=terms.standard_fen,
        self_pay_permyriad=terms.self_pay_permyriad,
        vbp=terms.vbp,
        on_platform=terms.on_platform,
    )


def parts(codes: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Give codes in parts that one question can name."""
    left = iter(codes)
    while some := tuple(islice(left, IN_MAX)):
        yield some


_PRICES_ON = text(
    "SELECT price_list, medicine_code, price_fen, valid_from, id FROM price_version"
    " WHERE valid_from <= :day"
    " UNION ALL SELECT price_list, medicine_code, price_fen, NULL, 0 FROM price"
    " WHERE NOT EXISTS (SELECT 1 FROM price_version AS held"
    " WHERE held.price_list = price.price_list AND held.medicine_code = price.medicine_code)"
    " ORDER BY 4, 5"
).bindparams(bindparam("day", type_=Date))
_VERSION = SQLModel.metadata.tables["medicine_version"]
_OF = "price_list = :list AND medicine_code = :medicine"
_PRICE_ON = text(
    f"SELECT CASE WHEN EXISTS (SELECT 1 FROM price_version WHERE {_OF}) THEN"
    f" (SELECT price_fen FROM price_version WHERE {_OF} AND valid_from <= :day"
    " ORDER BY valid_from DESC, id DESC LIMIT 1)"
    f" ELSE (SELECT price_fen FROM price WHERE {_OF}) END"
).bindparams(bindparam("day", type_=Date))

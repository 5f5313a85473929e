"""What stands in the catalogue of the things that some rows are about."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session, SQLModel, col

from pharmacies.catalogue.columns import Kind
from pharmacies.catalogue.fates import Key, Seen
from pharmacies.catalogue.history import (
    holding,
    medicine_of,
    parts,
    terms_of,
    versions_of,
)
from pharmacies.catalogue.stored import stored
from pharmacies.medicines import Medicine
from pharmacies.tables import MedicineRow

_TABLES = SQLModel.metadata.tables
_TERMS, _PRICE_VERSION = _TABLES["medicine_terms"], _TABLES["price_version"]
_PRICE = _TABLES["price"]


class Standing:
    """What stands on any day, of medicines with some codes; rows before count too."""

    def __init__(
        self, session: Session, kind: Kind, codes: Collection[str], seen: Seen
    ) -> None:
        self._seen = seen
        self._stored = _stored(session, codes)
        self._versions = {one[0].code: one for one in versions_of(session, codes)}
        self._later: dict[Key, list[Any]] = {}
        self._prices: dict[Key, int] = {}
        if kind == "standards":
            self._read(session, _TERMS, "region", codes)
        elif kind == "prices":
            self._read(session, _PRICE_VERSION, "price_list", codes)
            for some in parts(codes):
                query = _PRICE.select().where(_PRICE.c.medicine_code.in_(some))
                for row in session.connection().execute(query):
                    key = row.price_list, row.medicine_code
                    self._prices[key] = row.price_fen

    def medicine(self, code: str, day: date) -> Medicine | None:
        """Give a medicine as it stands on a day, None where it is not there yet."""
        versions = self._versions.get(code)
        held = holding(versions, day) if versions else None
        before = self._seen.before((code,), day)
        if before and (held is None or held.valid_from <= before.valid_from):
            found: Medicine = before.values
            return found
        if versions:
            return medicine_of(held) if held else None
        return self._stored.get(code)

    def terms(self, key: Key, day: date) -> Any:
        """Give the terms of a region as they stand on a day, None where it has none yet."""
        held = holding(self._later.get(key, ()), day)
        before = self._seen.before(key, day)
        if before and (held is None or held.valid_from <= before.valid_from):
            return _Values(before.values)
        return terms_of(held) if held else None

    def price(self, key: Key, day: date) -> int | None:
        """Give a list's price as it stands on a day, None where it has none yet."""
        versions = self._later.get(key, ())
        held = holding(versions, day)
        before = self._seen.before(key, day)
        if before and (held is None or held.valid_from <= before.valid_from):
            return int(before.values)
        if versions:
            return int(held.price_fen) if held else None
        return self._prices.get(key)

    def _read(
        self, session: Session, table: Table, first: str, codes: Collection[str]
    ) -> None:
        for some in parts(codes):
            query = (
                table.select()
                .where(table.c.medicine_code.in_(some))
                .order_by(table.c.valid_from, table.c.id)
            )
            for row in session.connection().execute(query):
                key = getattr(row, first), row.medicine_code
                self._later.setdefault(key, []).append(row)


class _Values:
    """Values that are asked for by name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _stored(session: Session, codes: Collection[str]) -> dict[str, Medicine]:
    found: dict[str, Medicine] = {}
    for some in parts(codes):
        found |= stored(session, col(MedicineRow.code).in_(some))
    return found

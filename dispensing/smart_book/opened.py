"""Open a book of claim lines from files, and run the rules over it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dispensing.bulk.book import workshop
from dispensing.bulk.columns import BadBook
from dispensing.smart.rules import Rule
from dispensing.smart_book.running import SIDES, Audit, audit

MEMORY_MAX = "2500MB"
# What the rules read of a line, and which types of DuckDB hold it.
_WHOLE = (
    "BIGINT",
    "INTEGER",
    "SMALLINT",
    "TINYINT",
    "UINTEGER",
    "UBIGINT",
    "USMALLINT",
)
_WORDS = ("VARCHAR",)
_COLUMNS = {
    **dict.fromkeys(
        (
            *("line", "quantity", "supply_days", "price_fen", "standard_fen"),
            *("over_standard_fen", "fund_fen"),
        ),
        _WHOLE,
    ),
    **dict.fromkeys(("claim", "person"), (*_WHOLE, *_WORDS)),
    **dict.fromkeys(
        (
            *("outlet", "medicine", "atc", "diagnosis", "doctor", "issuer"),
            *("address_key", "voucher"),
        ),
        _WORDS,
    ),
    "day": ("DATE",),
    "settled_at": ("TIMESTAMP",),
    "traces": ("VARCHAR[]",),
    "reversed": ("BOOLEAN",),
}


def audit_files(place: Path, rules: Iterable[Rule]) -> Audit:
    """Run rules over a parquet file of claim lines, or a folder with its sides beside it.

    Whatever is wrong with a file raises `BadBook`.
    """
    claims = place / "claims.parquet" if place.is_dir() else place
    sides = {
        name: _quoted(place / f"{name}.parquet")
        for name in SIDES
        if place.is_dir() and (place / f"{name}.parquet").is_file()
    }
    if not claims.is_file():
        raise BadBook(f"{claims}: no such file")
    with workshop(MEMORY_MAX) as shop, _told(place):
        _columns_fit(shop.con, claims, _COLUMNS)
        for name in sides:
            needed: dict[str, tuple[str, ...]] = dict.fromkeys(SIDES[name], ())
            _columns_fit(shop.con, place / f"{name}.parquet", needed)
        return audit(shop.con, _quoted(claims), rules, sides)


def _columns_fit(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    needed: dict[str, tuple[str, ...]],
) -> None:
    rows = connection.execute(f"describe select * from {_quoted(path)}").fetchall()
    found = {name: kind for name, kind, *_ in rows}
    for name, kinds in needed.items():
        if name not in found:
            raise BadBook(f"{path}: {name}: expected this column, it is missing")
        if kinds and found[name] not in kinds:
            raise BadBook(f"{path}: {name}: expected {kinds[0]}, got {found[name]}")


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        raise BadBook(f"{place}: expected a book of claim lines: {first}") from error


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

"""Run the rules of smart audit over a file of claim lines, or over lines of the database."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from dispensing.bulk.columns import BadBook
from dispensing.claim_book.lines import ClaimLine
from dispensing.claim_book.opened import lay_down, see_file, shop
from dispensing.smart.alarms import Audit
from dispensing.smart.rules import AuditRule
from dispensing.smart_book.running import SIDES, audit

Rows = Sequence[Mapping[str, Any]]
_SEEN = (
    "settled"  # the claim lines, beside the view of the same without what is reversed
)


def audit_files(place: Path, rules: Iterable[AuditRule]) -> Audit:
    """Run rules over a parquet file of claim lines, or a folder with its sides beside it.

    Whatever is wrong with a file raises `BadBook`.
    """
    claims = place / "claims.parquet" if place.is_dir() else place
    sides = {
        name: place / f"{name}.parquet"
        for name in SIDES
        if place.is_dir() and (place / f"{name}.parquet").is_file()
    }
    with shop() as connection:
        see_file(connection, claims)
        try:
            for name, path in sides.items():
                _columns_fit(connection, path, SIDES[name])
            connection.execute(f"alter view lines rename to {_SEEN}")
            told = {name: _quoted(path) for name, path in sides.items()}
            return audit(connection, _SEEN, rules, told)
        except duckdb.Error as error:
            first = str(error).strip().splitlines()[0]
            raise BadBook(f"{place}: {first}") from error


def audit_lines(
    lines: Iterable[ClaimLine], rules: Iterable[AuditRule], sides: Mapping[str, Rows]
) -> Audit:
    """Run rules over claim lines of the database, with what is known beside them."""
    with shop() as connection:
        lay_down(connection, lines)
        connection.execute(f"alter view lines rename to {_SEEN}")
        for name, rows in sides.items():
            lay_side(connection, f"side_{name}", SIDES[name], rows)
        return audit(connection, _SEEN, rules, {name: f"side_{name}" for name in sides})


def truth_of(folder: Path) -> dict[str, set[str]]:
    """Read which subjects of a made-up book have planted fraud, by rule."""
    told: dict[str, set[str]] = {}
    with shop() as connection:
        rows = connection.execute(f"from {_quoted(folder / 'truth.parquet')}")
        for rule, subject in rows.fetchall():
            told.setdefault(rule, set()).add(subject)
    return told


def lay_side(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: Rows,
) -> None:
    """Lay rows down as a table of DuckDB."""
    told = ", ".join(f"{one} {kind}" for one, kind in columns.items())
    connection.execute(f"create or replace temp table {name} ({told})")
    if rows:
        read = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
        values = [[row[one] for row in rows] for one in columns]
        connection.execute(f"insert into {name} select {read}", values)


def _columns_fit(
    connection: duckdb.DuckDBPyConnection, path: Path, needed: Mapping[str, str]
) -> None:
    rows = connection.execute(f"describe select * from {_quoted(path)}").fetchall()
    found = {name for name, *_ in rows}
    for name in needed:
        if name not in found:
            raise BadBook(f"{path}: {name}: expected this column, it is missing")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

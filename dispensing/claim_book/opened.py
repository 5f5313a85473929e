"""Open claim lines in DuckDB: the view `lines` over a parquet file, or over values laid down."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from dispensing.bulk.columns import BadBook
from dispensing.claim_book.columns import COLUMNS, INSTANT, REVERSED, Column
from dispensing.claim_book.lines import ClaimLine

MEMORY_MAX = "2500MB"
_AT_ONCE = 50_000
_AMOUNTS = tuple(one.name for one in COLUMNS if one.name.endswith("_fen"))
_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR[]": pa.list_(pa.string()),
}
_SCHEMA = pa.schema([(one.name, _ARROW[one.type]) for one in COLUMNS])


@contextmanager
def shop(memory_max: str = MEMORY_MAX) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB that keeps to its memory and leaves nothing behind."""
    with TemporaryDirectory(prefix="yaoda-claims-") as folder:
        asked: dict[str, Any] = {
            "temp_directory": folder,
            "memory_limit": memory_max,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(config=asked) as connection:
            connection.execute("set enable_progress_bar = false")
            yield connection


def see_file(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Make the view `lines` over a parquet file and give its rows; BadBook tells what is wrong."""
    if not path.is_file():
        raise BadBook(f"{path}: no such file")
    source = f"read_parquet('{_quoted(path)}')"
    try:
        found = connection.execute(f"describe select * from {source}").fetchall()
        _columns_fit(path, {name: kind for name, kind, *_ in found})
        read = ", ".join(f"{one.name}::{one.type} as {one.name}" for one in COLUMNS)
        connection.execute(
            f"create or replace temp view lines as select {read}, {REVERSED} from {source}"
        )
        return _looked_at(connection, path)
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        raise BadBook(
            f"{path}: expected a parquet file of claim lines: {first}"
        ) from error


def lay_down(connection: duckdb.DuckDBPyConnection, claims: Iterable[ClaimLine]) -> int:
    """Lay values down as the table behind the view `lines`; gives how many there are."""
    empty = _SCHEMA.empty_table()
    connection.register("piece", empty)
    connection.execute("create or replace temp table laid as select * from piece")
    connection.unregister("piece")
    every, rows = iter(claims), 0
    while several := list(islice(every, _AT_ONCE)):
        connection.register("piece", _table(several))
        connection.execute("insert into laid select * from piece")
        connection.unregister("piece")
        rows += len(several)
    connection.execute(
        f"create or replace temp view lines as select *, {REVERSED} from laid"
    )
    return rows


def _table(claims: Sequence[ClaimLine]) -> pa.Table:
    arrays = {one.name: [getattr(line, one.name) for line in claims] for one in COLUMNS}
    return pa.table(arrays, schema=_SCHEMA)


def _columns_fit(path: Path, found: dict[str, str]) -> None:
    for one in COLUMNS:
        kind = found.get(one.name)
        if kind is None:
            raise BadBook(f"{path}: {one.name}: expected this column, it is missing")
        if kind not in one.types:
            raise BadBook(
                f"{path}: {one.name}: expected {' or '.join(one.types)}, got {kind}"
            )


def _looked_at(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Read the file once: count what is wrong with each column."""
    asked = {one.name: _wrong(one) for one in COLUMNS}
    asked["fund_fen"] += " or fund_fen + account_fen + cash_fen <> total_fen"
    counted = ", ".join(
        f"count(*) filter ({wrong}) as {name}" for name, wrong in asked.items()
    )
    row = connection.execute(f"select count(*), {counted} from lines").fetchone()
    assert row is not None
    for name, wrong in zip(asked, row[1:], strict=True):
        if wrong:
            raise BadBook(
                f"{path}: {name}: expected {_expected(name)}, {wrong} rows differ"
            )
    rows = row[0]
    assert isinstance(rows, int)
    if not rows:
        raise BadBook(f"{path}: expected at least one claim line, got none")
    return rows


def _wrong(one: Column) -> str:
    tests = [] if one.may_be_null else [f"{one.name} is null"]
    if one.values:
        named = ", ".join(f"'{value}'" for value in one.values)
        tests.append(f"{one.name} not in ({named})")
    if one.name in (*_AMOUNTS, "quantity", "supply_days"):
        tests.append(f"{one.name} < 0")
    if one.types == INSTANT:
        tests.append(f"{one.name}::date <> day")
    return " or ".join(tests) or "false"


def _expected(name: str) -> str:
    one = next(column for column in COLUMNS if column.name == name)
    if name == "fund_fen":
        return "no amount below nothing, and fund + account + cash = total"
    if one.values:
        return f"one of {', '.join(one.values)}"
    if one.types == INSTANT:
        return "an instant of its day"
    return "no amount below nothing" if name in _AMOUNTS else "a value"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

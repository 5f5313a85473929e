"""Opens a book of claims and looks at it once: columns, types, values, first and last day."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import IbisError
from ibis.expr.types import Table

from dispensing.bulk.columns import COLUMNS, KINDS, BadBook, Column
from dispensing.bulk.doubles import refuse_doubles
from dispensing.conditions import CONDITIONS

MEMORY_MAX = "1000MB"  # what does not fit in is laid down on the disk


@dataclass(frozen=True, slots=True)
class Book:
    """Claims ready to be adjudicated, every column there, and what is known of them."""

    backend: Backend
    claims: Table
    rows: int
    first: date
    last: date
    many_lines: bool
    any_ordinary: bool
    any_account: bool
    registered: tuple[str, ...]  # each set of diseases that occurs


@contextmanager
def workshop(memory_max: str = MEMORY_MAX) -> Iterator[Backend]:
    """Open a DuckDB that keeps to its memory and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="yaoda-bulk-") as folder:
        backend = ibis.duckdb.connect(
            temp_directory=folder,
            memory_limit=memory_max,
            preserve_insertion_order=False,
        )
        try:
            yield backend
        finally:
            backend.disconnect()


def open_book(backend: Backend, path: Path) -> Book:
    """Open a parquet file of claims; whatever is wrong with it raises `BadBook`."""
    if not path.is_file():
        raise BadBook(f"{path}: no such file")
    try:
        raw = backend.read_parquet(str(path))
        _columns_fit(path, raw)
        return _looked_at(backend, path, raw)
    except (duckdb.Error, IbisError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadBook(f"{path}: expected a parquet file of claims: {first}") from error


def fetched(backend: Backend, table: Table) -> list[dict[str, Any]]:
    """Run an expression over files and give its rows.

    Asked of DuckDB itself: the ways of Ibis load pandas, which takes a second.
    """
    answer = backend.raw_sql(backend.compile(table))
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def laid_down(backend: Backend, types: Mapping[str, str], rows: Sequence[Any]) -> Table:
    """Lay plain values down as a small table, for expressions to join."""
    name = ibis.util.gen_name("laid")
    columns = ", ".join(f"unnest(?::{kind}[]) as {one}" for one, kind in types.items())
    values = [[getattr(row, one) for row in rows] for one in types]
    backend.con.execute(f"create table {name} as select {columns}", values)
    return backend.table(name)


def kept(backend: Backend, table: Table) -> Table:
    """Work a table out once and keep it beside the spill files."""
    path = _place(backend)
    backend.to_parquet(table, path)
    return backend.read_parquet(str(path))


def write_parquet(backend: Backend, table: Table, path: Path) -> None:
    """Write a table as one parquet file, or nothing."""
    with drafted(path) as draft:
        backend.to_parquet(table, draft)


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Give a passing name to write under; it is renamed once all went well."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _place(backend: Backend) -> Path:
    """Make an empty file of the workshop, gone when it closes."""
    setting = "select current_setting('temp_directory')"
    (folder,) = backend.raw_sql(setting).fetchone()
    handle, name = tempfile.mkstemp(dir=folder, suffix=".parquet")
    os.close(handle)
    return Path(name)


def _columns_fit(path: Path, raw: Table) -> None:
    schema = raw.schema()
    known = {one.name for one in COLUMNS}
    for name in schema.names:
        if name not in known:
            expected = f"unknown column, expected one of {', '.join(sorted(known))}"
            raise BadBook(f"{path}: {name}: {expected}")
    for one in COLUMNS:
        if one.name not in schema:
            if one.needed:
                raise BadBook(
                    f"{path}: {one.name}: expected this column, it is missing"
                )
        elif not _holds(schema[one.name], one.kind):
            got = str(schema[one.name])
            raise BadBook(f"{path}: {one.name}: expected {KINDS[one.kind]}, got {got}")


def _holds(found: Any, kind: str) -> bool:
    if kind == "key":
        return bool(found.is_integer() or found.is_string())
    asked = {"whole": "integer", "words": "string", "switch": "boolean", "day": "date"}
    return bool(getattr(found, f"is_{asked[kind]}")())


def _filled(raw: Table, one: Column) -> Any:
    """Give a column of the file, or what a book without it is taken to say."""
    if one.name in raw.columns:
        column = raw[one.name]
        return column.cast("int64") if one.kind == "whole" else column
    if one.same_as:
        return raw[one.same_as]
    types = {"whole": "int64", "words": "string", "switch": "boolean"}
    return ibis.literal(one.default, type=types[one.kind])


def _looked_at(backend: Backend, path: Path, raw: Table) -> Book:
    """Read the file once: count what is wrong in each column, find the days."""
    given = [one for one in COLUMNS if one.name in raw.columns]
    asked = {f"wrong_{one.name}": _wrong(raw[one.name], one) for one in given}
    asked["rows"] = raw.count()
    asked["first"], asked["last"] = raw.day.min(), raw.day.max()
    for name in ("line", "ordinary_fund_fen", "account_fen"):
        if name in raw.columns:
            asked[name] = raw[name].max()
    found = fetched(backend, raw.aggregate(**asked))[0]
    for one in given:
        wrong = found[f"wrong_{one.name}"]
        if wrong:
            raise BadBook(
                f"{path}: {one.name}: expected {_expected(one)}, {wrong} rows differ"
            )
    if not found["rows"]:
        raise BadBook(f"{path}: expected at least one claim, got none")
    sets = [
        one["registered"] for one in fetched(backend, raw[["registered"]].distinct())
    ]
    _slugs_known(path, sets)
    claims = raw.select(**{one.name: _filled(raw, one) for one in COLUMNS})
    refuse_doubles(backend, path, claims)
    return Book(
        backend,
        claims,
        rows=found["rows"],
        first=found["first"],
        last=found["last"],
        many_lines=found.get("line", 1) > 1,
        any_ordinary=found.get("ordinary_fund_fen", 0) > 0,
        any_account=found.get("account_fen", 0) > 0,
        registered=tuple(sorted(sets)),
    )


def _wrong(column: Any, one: Column) -> Any:
    """Count the rows whose value is not fit."""
    bad = column.isnull() & ibis.literal(not one.may_be_null)
    if one.kind == "whole":
        bad = (column < one.least) | (column > one.most)
    elif one.allowed:
        bad = column.notin(one.allowed)
    elif one.name in ("area", "outlet_area", "away_filed"):
        bad = column.length() != 6
    bad = bad.fill_null(False) if one.may_be_null else bad.fill_null(True)
    return bad.sum()


def _expected(one: Column) -> str:
    if one.kind == "whole":
        return f"whole numbers from {one.least} to {one.most}"
    if one.allowed:
        return f"one of {', '.join(one.allowed)}"
    return "six digits (GB/T 2260)" if one.name.endswith("area") else "a value"


def _slugs_known(path: Path, sets: list[str]) -> None:
    for slug in sorted({slug for one in sets for slug in one.split("+") if slug}):
        if slug not in CONDITIONS:
            expected = f"expected slugs of diseases joined with +, got {slug!r}"
            raise BadBook(f"{path}: registered: {expected}")


def of_some_people(
    backend: Backend, claims: Path, splits: Path, *, rows_min: int
) -> tuple[list[dict[str, Any]], dict[tuple[Any, int], dict[str, Any]]]:
    """Read the claims of some people, whole people only, and their splits by line."""
    book, answers = backend.read_parquet(str(claims)), backend.read_parquet(str(splits))
    sizes = book.group_by("person").aggregate(n=book.count()).order_by("person")
    chosen, rows = [], 0
    for one in fetched(backend, sizes.limit(rows_min)):
        if rows >= rows_min:
            break
        chosen.append(one["person"])
        rows += one["n"]
    mine = book.filter(book.person <= chosen[-1])
    ids = mine.select("claim").distinct()
    found = fetched(backend, answers.semi_join(ids, "claim"))
    return fetched(backend, mine), {(one["claim"], one["line"]): one for one in found}

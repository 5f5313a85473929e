"""Write the rows of many tables at once: the hot path of a settlement.

On PostgreSQL one prepared statement, on SQLite prepared statements inside the writer's turn,
both by the driver of the session's own connection. A test holds what is written equal, row
by row, to what the plain ORM writes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from dispensing.service.changes import (
    Change,
    Given,
    at_once,
    at_once_if_held,
    one_by_one,
)

Values = Mapping[str, Any]
Writes = Sequence[tuple[Change, Sequence[Values]]]
_SQLITE = sqlite.dialect()


@dataclass(frozen=True, slots=True)
class Held:
    """What is locked, and the rows that are changed first; all of them or nothing is done."""

    prescriptions: Sequence[UUID]
    people: Sequence[str]
    change: Change
    rows: Sequence[Values]


@contextmanager
def driving(session: Session) -> Iterator[Any]:
    """Give a cursor of the driver itself, in the session's unit of work.

    What the driver raises comes as SQLAlchemy raises it, without the values.
    """
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(
            error, connection.connection.driver_connection, cursor
        )
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error
    finally:
        cursor.close()


def write(session: Session, writes: Writes) -> None:
    """Write rows, all or none; the caller commits them."""
    done = _some(writes)
    with driving(session) as cursor:
        if on_postgres(session):
            cursor.execute(at_once(_given(done)), _rows(done), prepare=True)
            return
        for change, rows in done:
            _write_each(cursor, change, rows)


def write_and_ask(
    session: Session, writes: Writes, asked: str, given: Values
) -> Sequence[Any]:
    """Write rows on PostgreSQL, and in the same statement ask something."""
    done = _some(writes)
    with driving(session) as cursor:
        statement = at_once(_given(done), asked)
        cursor.execute(statement, {**_rows(done), **given}, prepare=True)
        found: Sequence[Any] = cursor.fetchall()
    return found


def write_held(session: Session, held: Held, writes: Writes) -> bool:
    """Lock, change what is held, then write the rest; false where another one was first.

    After false there is nothing that the caller should commit.
    """
    with driving(session) as cursor:
        if on_postgres(session):
            cursor.execute(*told_if_held(held, writes), prepare=True)
            return bool(cursor.fetchone()[0] == len(held.rows))
        if _write_each(cursor, held.change, held.rows) != len(held.rows):
            return False
        for change, rows in _some(writes):
            _write_each(cursor, change, rows)
    return True


def told_if_held(held: Held, writes: Writes) -> tuple[str, dict[str, Any]]:
    """Give the one statement of PostgreSQL that writes what is held, and what it takes."""
    done = _some(writes)
    first = _one_given(held.change, held.rows)
    more = {
        "prescriptions": list(held.prescriptions),
        "people": list(held.people),
        "held": _json(held.rows),
    }
    return at_once_if_held(first, _given(done)), {**_rows(done), **more}


def on_postgres(session: Session) -> bool:
    """Tell whether a session speaks with PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def _some(writes: Writes) -> Writes:
    return [(change, rows) for change, rows in writes if rows]


def _given(writes: Writes) -> tuple[Given, ...]:
    return tuple(_one_given(change, rows) for change, rows in writes)


def _one_given(change: Change, rows: Sequence[Values]) -> Given:
    return Given(change, tuple(rows[0]), alone=len(rows) == 1)


def _rows(writes: Writes) -> dict[str, Any]:
    return {f"r{no}": _json(rows) for no, (_, rows) in enumerate(writes)}


def _json(rows: Sequence[Values]) -> str:
    return _ENCODER.encode(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is in no table")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False
)


def _write_each(cursor: Any, change: Change, rows: Sequence[Values]) -> int:
    """Write rows on SQLite one by one; tells how many were reached."""
    columns = tuple(rows[0])
    binders = _binders(change.table, columns)
    bound = [
        {
            name: value if bind is None else bind(value)
            for (name, value), bind in zip(row.items(), binders, strict=True)
        }
        for row in rows
    ]
    cursor.executemany(one_by_one(change, columns), bound)
    return int(cursor.rowcount)


@cache
def _binders(
    table: str, columns: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    """Give for each column what turns its values into what SQLite keeps."""
    kept = SQLModel.metadata.tables[table].columns
    return tuple(
        kept[name].type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
        for name in columns
    )

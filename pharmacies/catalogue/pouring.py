"""Many rows at once: copied on PostgreSQL, by one prepared statement on SQLite."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import text
from sqlmodel import Session

AT_ONCE = 5_000
_ALONE = 7_301_942_118  # the lock under which one import at a time writes


def pour(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows to a table; the caller commits."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        words = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(words) as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    named = ", ".join(columns)
    words_lite = f"INSERT INTO {table} ({named}) VALUES ({marks})"
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        connection.exec_driver_sql(words_lite, _in_sqlite(some))


def _in_sqlite(rows: list[Sequence[Any]]) -> list[Sequence[Any]]:
    """Give rows as SQLite keeps them: what one row has at a place, all have."""
    for at, value in enumerate(rows[0]):
        if isinstance(value, date | UUID):
            rows = [(*row[:at], _plain(row[at]), *row[at + 1 :]) for row in rows]
    return rows


def _plain(value: date | UUID) -> str:
    return value.hex if isinstance(value, UUID) else value.isoformat()


def hold_still(session: Session) -> None:
    """Let nobody else put files in until the end of this transaction."""
    connection = session.connection()  # on SQLite whoever writes is alone
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:no)"), {"no": _ALONE})

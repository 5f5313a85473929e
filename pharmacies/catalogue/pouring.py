"""Many rows at once: copied on PostgreSQL, by one prepared statement on SQLite."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlmodel import Session

AT_ONCE = 5_000


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
    while some := [tuple(map(_in_sqlite, row)) for row in islice(left, AT_ONCE)]:
        connection.exec_driver_sql(words_lite, some)


def _in_sqlite(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value

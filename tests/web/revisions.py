"""A database as it was at the first revision, with rows of every kind of act in it."""

import json
import os
import signal
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from web import db, migrating, schema

ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("before.json").read_text("utf-8")
)


def at_first(engine: Engine) -> None:
    """Make the tables of the first revision, and fill them."""
    migrating.upgrade(engine, to="0001")
    with engine.begin() as connection:
        for name, rows in ROWS.items():
            if connection.dialect.name == "postgresql":
                every = text(
                    f"INSERT INTO {name} SELECT * FROM"
                    f" json_populate_recordset(NULL::{name}, CAST(:rows AS json))"
                )
                connection.execute(every, {"rows": json.dumps(rows)})
                continue
            columns = ", ".join(f'"{column}"' for column in rows[0])
            marks = ", ".join("?" * len(rows[0]))
            given = [tuple(map(_in_sqlite, row.values())) for row in rows]
            connection.exec_driver_sql(
                f"INSERT INTO {name} ({columns}) VALUES ({marks})", given
            )


def kept(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Read the rows that were there at the first revision, in the columns of that time."""
    found = {}
    with engine.connect() as connection:
        for name in ROWS.keys() & set(schema.tables(connection)):
            read = connection.execute(text(f"SELECT * FROM {name}")).mappings()
            rows = ({c: row[c] for c in ROWS[name][0] if c in row} for row in read)
            found[name] = sorted(map(_unmarked, rows), key=repr)
    return found


def _unmarked(row: dict[str, Any]) -> dict[str, Any]:
    """Read what waits to be sealed as what it was."""
    return {
        name: value.removeprefix("plain.0000.") if isinstance(value, str) else value
        for name, value in row.items()
    }


def described(engine: Engine) -> frozenset[str]:
    """Tell the tables of a database."""
    with engine.connect() as connection:
        return schema.described(connection)


def unnumber(engine: Engine) -> None:
    """Take the revision out of a database, as if it came from before there were any."""
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {schema.VERSION_TABLE}"))


def upgrade_and_die(url: str, calls: int) -> None:
    """Upgrade until the database was called so often, then be killed."""
    engine = db.open_engine(url)
    _at_call(engine, calls, lambda: os.kill(os.getpid(), signal.SIGKILL))
    migrating.upgrade(engine)
    os._exit(0)


def fail_at(engine: Engine, calls: int) -> None:
    """Let the database fail when it was called so often, once."""

    def fail() -> None:
        raise OSError("the disk is full")

    _at_call(engine, calls, fail)


def _at_call(engine: Engine, calls: int, act: Any) -> None:
    counter = count(1)

    @event.listens_for(engine, "before_cursor_execute")
    def watch(*_: Any) -> None:
        if next(counter) == calls:
            act()


def _in_sqlite(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value

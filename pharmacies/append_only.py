"""Tables whose rows the database itself refuses to change or delete."""

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, Table

NUMBER = BigInteger().with_variant(
    Integer(), "sqlite"
)  # that a row is given by its table
_FREEZE = """CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql"""
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        _FREEZE,
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE{of} OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
    ),
}


SEALED = {"info": {"sealed": True}}  # of a column whose name does not say it


def is_sealed(column: Column[Any]) -> bool:
    """Tell whether a column holds something sealed: by its name, or because it says so."""
    name, said = column.name, column.info.get("sealed", False)
    return bool(said or name == "sealed" or name.endswith("_sealed"))


def guard(rows: Table, connection: Connection, **_: object) -> None:
    """Let the database itself refuse to change or delete a row of an append-only table.

    What is sealed may be sealed anew under another key: it opens in its own place alone.
    """
    for statement in _GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(table=rows.name, of=_of(rows)))


def _of(rows: Table) -> str:
    plain = sorted(f'"{it.name}"' for it in rows.columns if not is_sealed(it))
    return f" OF {', '.join(plain)}" if len(plain) < len(rows.columns) else ""

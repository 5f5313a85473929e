"""Tables whose rows the database itself refuses to change or delete."""

from sqlalchemy import BigInteger, Connection, Integer, Table

NUMBER = BigInteger().with_variant(
    Integer(), "sqlite"
)  # that a row is given by its table
_FREEZE = """CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql"""
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        _FREEZE,
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
    ),
}


def guard(rows: Table, connection: Connection, **_: object) -> None:
    """Let the database itself refuse to change or delete a row of an append-only table."""
    for statement in _GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(table=rows.name))

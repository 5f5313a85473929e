"""What tables a database really has, told in lines that can be compared."""

from typing import Any

from sqlalchemy import (
    Connection,
    Constraint,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    UniqueConstraint,
    inspect,
    text,
)

VERSION_TABLE = "alembic_version"
# The names that PostgreSQL gives by itself, so that both databases have the same.
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
}
_ENDINGS: dict[type[Constraint], str] = {
    PrimaryKeyConstraint: "pkey",
    ForeignKeyConstraint: "fkey",
    UniqueConstraint: "key",
}
_POSTGRES = text("""
WITH own AS (
  SELECT oid, relname FROM pg_class
   WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
)
SELECT concat_ws(' ', relname, 'column', attname, format_type(atttypid, atttypmod),
         CASE WHEN attnotnull THEN 'not null' END, pg_get_expr(adbin, adrelid, true))
  FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef ON adrelid = own.oid AND adnum = attnum
UNION ALL
SELECT concat_ws(' ', relname, 'constraint', conname, pg_get_constraintdef(c.oid, true))
  FROM own JOIN pg_constraint c ON conrelid = own.oid AND contype <> 'n'
UNION ALL
SELECT concat_ws(' ', relname, pg_get_indexdef(indexrelid, 0, true))
  FROM own JOIN pg_index ON indrelid = own.oid
UNION ALL
SELECT concat_ws(' ', relname, pg_get_triggerdef(t.oid, true), prosrc)
  FROM own JOIN pg_trigger t ON tgrelid = own.oid AND NOT tgisinternal
  JOIN pg_proc p ON p.oid = tgfoid
""")


def name_constraints(metadata: MetaData) -> MetaData:
    """Name what the tables leave unnamed as PostgreSQL would; return the same tables."""
    for table in metadata.tables.values():
        for constraint in table.constraints:
            if constraint.name is None and type(constraint) in _ENDINGS:
                kind = type(constraint)
                columns = [column.name for column in getattr(constraint, "columns", ())]
                constraint.name = _name(table.name, kind, columns)
    return metadata


def tables(connection: Connection) -> set[str]:
    """Name the tables that are there."""
    return set(inspect(connection).get_table_names()) - {VERSION_TABLE}


def described(connection: Connection) -> frozenset[str]:
    """Tell each column, constraint, index and trigger of the database, one line for each."""
    if connection.dialect.name == "postgresql":
        told = connection.scalars(_POSTGRES).all()
        kept = (each for each in told if not each.startswith(f"{VERSION_TABLE} "))
        return frozenset(" ".join(each.split()) for each in kept)
    return frozenset(_sqlite_lines(connection))


def _sqlite_lines(connection: Connection) -> list[str]:
    triggers = text("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    lines = [f"{table} {sql}" for table, sql in connection.execute(triggers)]
    found = inspect(connection)
    for table in sorted(tables(connection)):
        lines += _sqlite_columns(found.get_columns(table), table)
        lines += _sqlite_constraints(found, table)
    return [" ".join(line.split()) for line in lines]


def _sqlite_columns(columns: Any, table: str) -> list[str]:
    return [
        f"{table} column {each['name']} {each['type']}"
        f"{'' if each['nullable'] else ' not null'} {each['default'] or ''}"
        for each in columns
    ]


def _sqlite_constraints(found: Any, table: str) -> list[str]:
    key = found.get_pk_constraint(table)
    lines = [
        _line(table, PrimaryKeyConstraint, key["name"], key["constrained_columns"])
    ]
    for each in found.get_unique_constraints(table):
        lines.append(_line(table, UniqueConstraint, each["name"], each["column_names"]))
    for each in found.get_foreign_keys(table):
        line = _line(
            table, ForeignKeyConstraint, each["name"], each["constrained_columns"]
        )
        to = ", ".join(each["referred_columns"])
        lines.append(f"{line} to {each['referred_table']} ({to}) {each['options']}")
    for each in found.get_check_constraints(table):
        lines.append(f"{table} check {each['name']} {each['sqltext']}")
    for each in found.get_indexes(table):
        unique = "unique index" if each["unique"] else "index"
        part = each.get("dialect_options", {}).get("sqlite_where", "")
        lines.append(f"{table} {unique} {each['name']} {each['column_names']} {part}")
    return lines


def _line(
    table: str, kind: type[Constraint], name: str | None, columns: list[str]
) -> str:
    return f"{table} {name or _name(table, kind, columns)} ({', '.join(columns)})"


def _name(table: str, kind: type[Constraint], columns: list[str]) -> str:
    told = [] if kind is PrimaryKeyConstraint else columns
    return "_".join([table, *told, _ENDINGS[kind]])

"""What revisions are written with; what a revision was made of never changes under it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from web.schema import NAMES

INSTANT = sa.DateTime(timezone=True)
# A number that SQLite counts up by itself only where it is called INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
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
_LIFT = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS {table}_no_update",
        "DROP TRIGGER IF EXISTS {table}_no_delete",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
        "DROP FUNCTION IF EXISTS {table}_frozen()",
    ),
}

Kind = type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]


def needed(kind: Kind, *names: str) -> Iterator[sa.Column[Any]]:
    """Give columns of one type that always have a value."""
    return (sa.Column(name, kind, nullable=False) for name in names)


def optional(kind: Kind, *names: str) -> Iterator[sa.Column[Any]]:
    """Give columns of one type that may be empty."""
    return (sa.Column(name, kind, nullable=True) for name in names)


def where(condition: str) -> dict[str, Any]:
    """Limit an index to some rows, on both databases."""
    words = sa.text(condition)
    return {"sqlite_where": words, "postgresql_where": words}


def guard(table: str, *plain: str) -> None:
    """Let the database itself refuse to change or delete a row of an append-only table.

    What guarded the table before is replaced. Where plain columns are named, the others
    hold something sealed and may be sealed anew.
    """
    unguard(table)
    names = ", ".join(f'"{name}"' for name in sorted(plain))
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement.format(table=table, of=f" OF {names}" if plain else ""))


def unguard(table: str) -> None:
    """Lift the guard of a table for the rest of a revision, which sets it again."""
    for statement in _LIFT[op.get_bind().dialect.name]:
        op.execute(statement.format(table=table))


@contextmanager
def changing(table: str) -> Iterator[BatchOperations]:
    """Change a table; SQLite writes it anew, so that a guarded table wants `guard` again.

    What has no name in an older SQLite file goes by the name that PostgreSQL gives it.
    """
    with op.batch_alter_table(table, naming_convention=NAMES) as batch:
        yield batch

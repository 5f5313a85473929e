"""Bring what is sealed to the newest keys, some rows at a time, while the service runs.

Each batch is one unit of work: who is cut off goes on where it ended, because a value names
the key that sealed it. Rows that the audit chain tells of are recorded anew as they are
written, so that the chain tells of today's row.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import Engine, Table, and_, func, literal, select, text, tuple_, update
from sqlmodel import Session, SQLModel

from dispensing.phones import indexed_phone
from dispensing.sealed import place_of
from dispensing.service.recording import FACTS, Actor, write
from dispensing.tables import PersonRow
from dispensing.vault import Vault
from pharmacies.append_only import is_sealed
from web import db

BATCH = 200
RESEALER = Actor("vault", "resealed")
Told = Callable[[str, int], None]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """How many rows of a table are not sealed by the newest key."""

    table: str
    rows: int


def tables() -> tuple[Table, ...]:
    """Name the tables that hold something sealed."""
    known = SQLModel.metadata.sorted_tables
    return tuple(table for table in known if _columns(table))


def left(engine: Engine, vault: Vault) -> tuple[Left, ...]:
    """Count the rows that are sealed by another key than the newest, table by table."""
    found = []
    with db.open_session(engine, read_only=True) as session:
        for table in tables():
            query = select(func.count()).select_from(table).where(_due(table, vault))
            found.append(Left(table.name, session.execute(query).scalar_one()))
    return tuple(each for each in found if each.rows)


def reseal(
    engine: Engine,
    vault: Vault,
    told: Told = lambda _table, _rows: None,
    *,
    adopting: bool = False,
) -> int:
    """Seal everything by the newest key, in its own place; tells how many rows.

    What revisions have marked as plain is sealed where it is asked for, as after an upgrade.
    """
    count = 0
    for table in tables():
        done = 0
        for rows in _batches(engine, table, _due(table, vault)):
            with db.open_session(engine) as session:
                done += _resealed(session, table, vault, rows, adopting=adopting)
                session.commit()
            told(table.name, done)
        count += done
    return count


def scrub(engine: Engine) -> None:
    """Write the tables anew, so that nothing plain stays in what was freed; wants them alone."""
    if engine.dialect.name == "postgresql":
        by_itself = engine.execution_options(isolation_level="AUTOCOMMIT")
        with by_itself.connect() as connection:
            for table in tables():
                connection.execute(text(f"VACUUM FULL {table.name}"))
        return
    with closing(
        sqlite3.connect(str(engine.url.database), isolation_level=None)
    ) as raw:
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def catch_up(platform: Flask) -> int:
    """Seal and index what an older program, or a rotation cut off, has left; counts rows."""
    engine, vault = platform.extensions["engine"], platform.extensions["desk"].vault
    sealed = reseal(engine, vault) if left(engine, vault) else 0
    return sealed + _index_phones(engine, vault)


def reindex(
    engine: Engine, vault: Vault, told: Told = lambda _table, _rows: None
) -> int:
    """Keep every person under the newest index; tells how many were under another one."""
    table, done = SQLModel.metadata.tables[PersonRow.__tablename__], 0
    for rows in _batches(engine, table, literal(True)):
        with db.open_session(engine) as session:
            for row in rows:
                done += _reindexed(session, table, vault, row)
            session.commit()
        told(table.name, done)
    return done


def unindexed(engine: Engine, vault: Vault) -> int:
    """Count the people who are kept under another index than the newest."""
    table, count = SQLModel.metadata.tables[PersonRow.__tablename__], 0
    for rows in _batches(engine, table, literal(True)):
        count += sum(not _is_indexed(table, vault, row) for row in rows)
    return count


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if is_sealed(column))


def _due(table: Table, vault: Vault) -> Any:
    """Select the rows where something is not sealed by the newest key."""
    newest = vault.newest
    conditions = []
    for name in _columns(table):
        column = table.c[name]
        begins = func.substr(column, 1, len(newest))
        is_bytes = column.type.python_type is bytes
        same = begins == literal(newest.encode() if is_bytes else newest)
        conditions.append(and_(column.is_not(None), ~same))
    due = conditions[0]
    for each in conditions[1:]:
        due = due | each
    return due


def _batches(engine: Engine, table: Table, where: Any) -> Iterator[list[Values]]:
    """Read the rows of a table by their keys, some at a time."""
    key = tuple(table.primary_key)
    last: tuple[Any, ...] | None = None
    while True:
        query = select(table).where(where).order_by(*key).limit(BATCH)
        if last is not None:
            query = query.where(tuple_(*key) > tuple_(*map(literal, last, _types(key))))
        with db.open_session(engine, read_only=True) as session:
            rows = [dict(row) for row in session.execute(query).mappings()]
        if not rows:
            return
        last = tuple(rows[-1][each.name] for each in key)
        yield rows


def _types(key: tuple[Any, ...]) -> list[Any]:
    return [column.type for column in key]


def _resealed(
    session: Session, table: Table, vault: Vault, rows: list[Values], *, adopting: bool
) -> int:
    """Seal rows anew; one that was changed meanwhile by somebody else is left to them."""
    newest, done = vault.newest, list[Values]()
    for row in rows:
        fresh = {
            name: _anew(table, vault, row, name, adopting=adopting)
            for name in _columns(table)
            if row[name] is not None and not _begins(row[name], newest)
        }
        if _changed(session, table, row, fresh):
            done.append({**row, **fresh})
    facts = [
        fact
        for fact in FACTS.values()
        if fact.row.__tablename__ == table.name and fact.changes
    ]
    told = [(fact, row) for fact in facts for row in done if fact.tells(row)]
    if told and _tells_sealed(table, facts):
        write(session, told, RESEALER)
    return len(done)


def _tells_sealed(table: Table, facts: list[Any]) -> bool:
    names = set(_columns(table))
    return any(not fact.columns or names & set(fact.columns) for fact in facts)


def _anew(
    table: Table, vault: Vault, row: Values, name: str, *, adopting: bool
) -> str | bytes:
    place, sealed = place_of(table, name, row), row[name]
    if isinstance(sealed, bytes):
        return vault.seal_bytes(vault.open_bytes(sealed, place), place)
    opened = vault.adopt if adopting else vault.open
    return vault.seal(opened(sealed, place), place)


def _begins(sealed: str | bytes, newest: str) -> bool:
    return sealed.startswith(newest.encode() if isinstance(sealed, bytes) else newest)  # type: ignore[arg-type]


def _changed(session: Session, table: Table, row: Values, fresh: Values) -> bool:
    same = [table.c[name] == row[name] for name in fresh]
    same += [column == row[column.name] for column in table.primary_key]
    change = update(table).where(and_(*same)).values(**fresh)
    return session.connection().execute(change).rowcount == 1


def _index_phones(engine: Engine, vault: Vault) -> int:
    """Index the phones that were kept before they had an index; tells how many."""
    table, done = SQLModel.metadata.tables[PersonRow.__tablename__], 0
    for rows in _batches(engine, table, table.c.phone_index == ""):
        with db.open_session(engine) as session:
            done += sum(_reindexed(session, table, vault, row) for row in rows)
            session.commit()
    return done


def _reindexed(session: Session, table: Table, vault: Vault, row: Values) -> bool:
    if _is_indexed(table, vault, row):
        return False
    mine = table.c.person_no == row["person_no"]
    change = update(table).where(mine).values(**_indexes(table, vault, row))
    return session.connection().execute(change).rowcount == 1


def _is_indexed(table: Table, vault: Vault, row: Values) -> bool:
    fresh = _indexes(table, vault, row)
    return all(row[name] == index for name, index in fresh.items())


def _indexes(table: Table, vault: Vault, row: Values) -> dict[str, str]:
    def opened(name: str) -> str:
        return vault.open(row[name], place_of(table, name, row))

    return {
        "id_index": vault.index(opened("id_sealed")),
        "phone_index": vault.index(indexed_phone(opened("phone_sealed"))),
    }

"""Every call that a program makes of its database, seen below SQLAlchemy, by the drivers.

A hook may look at a call, change its statement, or break off before or after it, whoever
makes it: the ORM, a statement of our own, or the driver's own connection.
"""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Engine

COMMIT = "COMMIT"
Connect = Callable[..., Any]


class Hook:
    """What is done with each call; the base lets everything pass."""

    def before(self, statement: str, connection: Any) -> str:
        """Look at a call before it is made; give what is really asked."""
        return statement

    def after(self, statement: str, connection: Any) -> None:
        """Look at a call that was made on a driver's connection."""


class Told(Hook):
    """Notes every call."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def before(self, statement: str, connection: Any) -> str:
        """Note what is asked."""
        self.statements.append(statement)
        return statement


@dataclass
class _Chain(Hook):
    """The hooks of one engine, asked one after another."""

    hooks: list[Hook] = field(default_factory=list)

    def before(self, statement: str, connection: Any) -> str:
        for hook in self.hooks:
            statement = hook.before(statement, connection)
        return statement

    def after(self, statement: str, connection: Any) -> None:
        for hook in self.hooks:
            hook.after(statement, connection)


@contextmanager
def hooked(engine: Engine, hook: Hook) -> Iterator[None]:
    """Show every call of an engine to a hook while the block runs."""
    hooks = _chain_of(engine).hooks
    hooks.append(hook)
    try:
        yield
    finally:
        hooks.remove(hook)


def _chain_of(engine: Engine) -> _Chain:
    """Put hooks between an engine and its driver, once."""
    dialect: Any = engine.dialect
    if not hasattr(dialect, "chain"):
        dialect.chain = _Chain()
        wrap = _on_sqlite if dialect.name == "sqlite" else _on_postgres
        dialect.connect = partial(wrap, dialect.chain, dialect.connect)
        engine.dispose()  # what is open already shows nothing
    chain: _Chain = dialect.chain
    return chain


def _on_postgres(hook: Hook, connect: Connect, *given: Any, **more: Any) -> Any:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **more: Any) -> Any:
            asked = hook.before(_text(query), self.connection)
            answer = super().execute(asked, *given, **more)  # type: ignore[arg-type]
            hook.after(asked, self.connection)
            return answer

        def executemany(self, query: Any, *given: Any, **more: Any) -> None:
            asked = hook.before(_text(query), self.connection)
            super().executemany(asked, *given, **more)  # type: ignore[arg-type]
            hook.after(asked, self.connection)

    connection = connect(*given, **more)
    commit = connection.commit

    def hooked_commit() -> None:
        hook.before(COMMIT, connection)
        commit()
        hook.after(COMMIT, connection)

    connection.cursor_factory = Cursor
    connection.commit = hooked_commit
    return connection


def _text(query: Any) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return query if isinstance(query, str) else str(query.as_string())


def _on_sqlite(hook: Hook, connect: Connect, *given: Any, **more: Any) -> Any:
    return connect(*given, **more, factory=partial(_Connection, hook=hook))


class _Cursor(sqlite3.Cursor):
    connection: "_Connection"

    def execute(self, query: str, *given: Any) -> "_Cursor":
        hook = self.connection.hook
        asked = hook.before(query, self.connection)
        super().execute(asked, *given)
        hook.after(asked, self.connection)
        return self

    def executemany(self, query: str, *given: Any) -> "_Cursor":
        hook = self.connection.hook
        asked = hook.before(query, self.connection)
        super().executemany(asked, *given)
        hook.after(asked, self.connection)
        return self


class _Connection(sqlite3.Connection):
    def __init__(self, *given: Any, hook: Hook, **more: Any) -> None:
        super().__init__(*given, **more)
        self.hook = hook

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        self.hook.before(COMMIT, self)
        super().commit()
        self.hook.after(COMMIT, self)


class Killed(BaseException):
    """The program dies at this call: nothing in it may catch this."""


@dataclass
class Cut(Hook):
    """Lets a number of calls pass, then does `end` in place of the next.

    `after_commit` counts commits only, and ends right after one that went through.
    """

    left: int
    end: Callable[[Any], None]
    after_commit: bool = False
    reached: bool = False

    def before(self, statement: str, connection: Any) -> str:
        """Count a call; where none is left, this is the end."""
        if not self.after_commit:
            self._count(connection)
        return statement

    def after(self, statement: str, connection: Any) -> None:
        """Count a commit that went through, where those are counted."""
        if self.after_commit and statement == COMMIT:
            self._count(connection)

    def _count(self, connection: Any) -> None:
        self.left -= 1
        if self.left == -1:
            self.reached = True
            self.end(connection)


def die(_connection: Any) -> None:
    """Die in this process, so that the test can look at what is left."""
    raise Killed


def die_at_once(_connection: Any) -> None:
    """Die as a process does that gets kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def lose_line(connection: Any) -> None:
    """Lose the line to PostgreSQL; on SQLite, the disk."""
    if isinstance(connection, sqlite3.Connection):
        raise sqlite3.OperationalError("disk I/O error")
    connection.pgconn.finish()
    raise psycopg.OperationalError("the line to the database is gone")

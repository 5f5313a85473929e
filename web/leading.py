"""Which of several processes does what only one of them has to do: sweeping, sealing.

On PostgreSQL it is the one that holds an advisory lock on a connection of its own. When it
ends, however it ends, the lock is free, and the next one to ask takes it. On SQLite there is
one process. Nothing depends on it but work that would be done twice.
"""

from contextlib import suppress
from threading import Lock

from flask import Flask
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

LEAD = "lead"  # among the extensions of an app
_NUMBER = 7_300_733  # of the advisory lock
_TAKE = text("SELECT pg_try_advisory_lock(:number)")
_LOOK = text("SELECT 1")


class Lead:
    """The lead among the processes on one database, whether it is ours or not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = Lock()
        self._connection: Connection | None = None

    def is_ours(self) -> bool:
        """Tell whether this process leads; takes the lead where nobody has it."""
        if self._engine.dialect.name != "postgresql":
            return True
        with self._guard:
            try:
                return self._holds() or self._takes()
            except SQLAlchemyError:
                self._drop()  # the database is away, and the lock with it
                return False

    def give_up(self) -> None:
        """Let another process lead."""
        with self._guard:
            self._drop()

    def _holds(self) -> bool:
        if self._connection is None:
            return False
        self._connection.execute(_LOOK)
        return True

    def _takes(self) -> bool:
        self._connection = self._engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        )
        self._connection.detach()  # no one of the pool: it is closed, never lent on
        if self._connection.scalar(_TAKE, {"number": _NUMBER}):
            return True
        self._drop()
        return False

    def _drop(self) -> None:
        kept, self._connection = self._connection, None
        if kept is not None:
            with suppress(SQLAlchemyError):
                kept.close()


def leads(platform: Flask) -> bool:
    """Tell whether this program leads; one that knows of no others does."""
    lead: Lead | None = platform.extensions.get(LEAD)
    return lead is None or lead.is_ours()

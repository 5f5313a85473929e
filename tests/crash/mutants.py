"""Broken builds: each takes one guard out of the real code or schema, in this process only.

What is changed is told to `touched`, so that a mutant that changes nothing any more is
found out.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import psycopg
from sqlalchemy import Engine, event, text

from dispensing import money
from dispensing.service import reversing
from tests import calls
from web import client_keys, turns

GOOD = ""
_LOCK = re.compile(r"\s+FOR UPDATE( OF \w+)?")
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
_MONEY = re.compile(r"^\s*(INSERT INTO ledger|UPDATE settlement SET)\b")
Break = Callable[[ExitStack, Engine], None]
touched: set[str] = set()


@contextmanager
def applied(name: str, engine: Engine) -> Iterator[None]:
    """Run the block in a broken build; the good one has no name."""
    with ExitStack() as stack:
        if name != GOOD:
            MUTANTS[name](stack, engine)
        yield


def _own_key(stack: ExitStack, _engine: Engine) -> None:
    """Each request gets a key of its own instead of the client's."""
    theirs = client_keys._key

    def own() -> str | None:
        touched.add("own key")
        return uuid4().hex if theirs() else None

    stack.enter_context(patch.object(client_keys, "_key", own))


class _NoLock(calls.Hook):
    def before(self, statement: str, connection: Any) -> str:
        asked = _LOCK.sub("", statement).replace("BEGIN IMMEDIATE", "BEGIN")
        if asked != statement:
            touched.add("no lock")
        return asked


def _no_lock(stack: ExitStack, engine: Engine) -> None:
    """Nobody locks what is about to be changed, and nobody waits for a turn."""
    stack.enter_context(calls.hooked(engine, _NoLock()))
    for name in ("take", "give"):
        stack.enter_context(patch.object(turns.Turns, name, lambda *_: None))


class _CapBeforeLock(calls.Hook):
    def before(self, statement: str, connection: Any) -> str:
        return statement if _WRITES.search(statement) else _LOCK.sub("", statement)

    def after(self, statement: str, connection: Any) -> None:
        if "FROM allowance" in statement and not _WRITES.search(statement):
            touched.add("cap read before lock")
            time.sleep(0.01)
            lock = "SELECT 1 FROM person ORDER BY person_no FOR UPDATE"
            psycopg.Cursor(connection).execute(lock)


def _cap_before_lock(stack: ExitStack, engine: Engine) -> None:
    """The person is locked when the room under the cap was read already (PostgreSQL)."""
    stack.enter_context(calls.hooked(engine, _CapBeforeLock()))


class _CommitBetween(calls.Hook):
    def after(self, statement: str, connection: Any) -> None:
        if _MONEY.search(statement):
            touched.add("commit in between")
            type(connection).commit(connection)


def _commit_between(stack: ExitStack, engine: Engine) -> None:
    """What moves money is committed before the rest of its unit of work."""
    stack.enter_context(calls.hooked(engine, _CommitBetween()))


def _answer_before_commit(stack: ExitStack, engine: Engine) -> None:
    """The answer is given before the commit is on disk (PostgreSQL)."""

    def hurry(connection: Any, _entry: object) -> None:
        touched.add("answer before commit")
        connection.execute("SET synchronous_commit = off")
        connection.commit()

    event.listen(engine, "connect", hurry)
    stack.callback(event.remove, engine, "connect", hurry)


def _no_unique_index(stack: ExitStack, engine: Engine) -> None:
    """The database does not hold that a code is sold once."""
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX trace_sold_once"))
    touched.add("no unique index")
    stack.callback(_index_again, engine)


def _index_again(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE trace_sale SET returned_at = '2025-09-15'"))
        connection.execute(
            text(
                "CREATE UNIQUE INDEX trace_sold_once ON trace_sale (code, part)"
                " WHERE returned_at IS NULL"
            )
        )


def _rounding_down(stack: ExitStack, _engine: Engine) -> None:
    """Half a fen is cut off instead of rounded up."""
    rounded = money.share_fen

    def cut(amount_fen: int, share_permyriad: int) -> int:
        touched.add("rounding down")
        return amount_fen * share_permyriad // 10_000

    for name, module in list(sys.modules.items()):
        if name.startswith("dispensing") and vars(module).get("share_fen") is rounded:
            stack.enter_context(patch.object(module, "share_fen", cut))


def _no_guard(stack: ExitStack, _engine: Engine) -> None:
    """A reversal does not look whether it was done before."""
    locked = reversing.locked_settlement

    def blind(*given: Any) -> Any:
        row, prescription = locked(*given)
        touched.add("reversal without guard")
        row.state, prescription.state = "reversing", "settled"
        return row, prescription

    stack.enter_context(patch.object(reversing, "locked_settlement", blind))


MUTANTS: dict[str, Break] = {
    "own key": _own_key,
    "no lock": _no_lock,
    "cap read before lock": _cap_before_lock,
    "commit in between": _commit_between,
    "answer before commit": _answer_before_commit,
    "no unique index": _no_unique_index,
    "rounding down": _rounding_down,
    "reversal without guard": _no_guard,
}

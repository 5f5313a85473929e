"""Fill an empty database once; every later one gets the same rows without the work."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import URL, Dialect, Engine
from sqlalchemy.util import LRUCache
from sqlmodel import Session
from werkzeug.routing import Rule

from dispensing.policy import watched
from web import db

SCHEMA = "SELECT group_concat(sql) FROM sqlite_master"
# As a replica the server runs no triggers: what they wrote is among the rows.
ENTER = """
SET LOCAL session_replication_role = replica;
INSERT INTO {name} OVERRIDING SYSTEM VALUE
  SELECT * FROM json_populate_recordset(NULL::{name}, $rows${rows}$rows$);
"""
# What Werkzeug reads out of the text of an address.
READ = ("_parts", "_trace", "_converters", "_build", "_build_unknown")
STATEMENTS_MAX = 10_000
NUMBERS = """
SELECT format('SELECT setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value)
  FROM pg_sequences WHERE last_value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Files:
    """The rows of SQLite: the whole file."""

    engine: Engine
    kept: dict[tuple[str, str], sqlite3.Connection]

    def put(self, key: str) -> bool:
        """Put the file of a key in the place of an empty one, where there is one."""
        with _raw(self.engine) as raw:
            kept = self.kept.get((key, raw.execute(SCHEMA).fetchone()[0]))
            if kept is not None:
                kept.backup(raw)
        return kept is not None

    def take(self, key: str) -> None:
        """Keep the file."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with _raw(self.engine) as raw:
            raw.backup(copy)
            self.kept[key, raw.execute(SCHEMA).fetchone()[0]] = copy

    def is_empty(self) -> bool:
        """Tell whether no table has a row."""
        some = " OR ".join(f"EXISTS (SELECT 1 FROM {name})" for name in _names())
        with _raw(self.engine) as raw:
            return not raw.execute(f"SELECT {some}").fetchone()[0]


@dataclass(frozen=True, slots=True)
class _Scripts:
    """The rows of PostgreSQL: the statements that enter them."""

    engine: Engine
    kept: dict[str, str]

    def put(self, key: str) -> bool:
        """Enter the rows of a key, where there are any."""
        if key in self.kept:
            with _raw(self.engine) as raw:
                raw.execute(self.kept[key])
                raw.commit()
        return key in self.kept

    def take(self, key: str) -> None:
        """Keep what enters these rows again, and how far the numbers went."""
        with _raw(self.engine) as raw:
            script = ""
            for name in _names():
                told = f"SELECT json_agg(t)::text FROM {name} t"
                rows = raw.execute(told).fetchone()[0]
                script += ENTER.format(name=name, rows=rows) if rows else ""
            script += "".join(told for (told,) in raw.execute(NUMBERS).fetchall())
        self.kept[key] = script

    def is_empty(self) -> bool:
        """Tell whether no table has a row."""
        some = " OR ".join(f"EXISTS (SELECT 1 FROM {name})" for name in _names())
        with _raw(self.engine) as raw:
            return not raw.execute(f"SELECT {some}").fetchone()[0]


_files: dict[tuple[str, str], sqlite3.Connection] = {}
_scripts: dict[str, str] = {}


def fill_once(session: Session, key: str, fill: Callable[[], None]) -> None:
    """Fill a database, or put the rows there that this has come to before.

    What already holds rows is filled as ever, and nothing of it is remembered.
    """
    engine = session.get_bind().engine
    is_file = engine.dialect.name == "sqlite"
    memory = _Files(engine, _files) if is_file else _Scripts(engine, _scripts)
    if session.in_transaction() or not memory.is_empty():
        fill()
    elif not memory.put(key):
        fill()
        session.rollback()
        memory.take(key)


def _names() -> list[str]:
    """Name the tables, those first to which others refer."""
    return [table.name for table in db.metadata().sorted_tables]


@contextmanager
def _raw(engine: Engine) -> Iterator[Any]:
    """Lend the driver's own connection, in no transaction on SQLite."""
    with closing(engine.raw_connection()) as lent:
        yield lent.driver_connection


class Templates(BytecodeCache):
    """Compiled templates, which every application of a process uses again."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the same text."""
        checksum, code = self.kept.get(bucket.key, ("", None))
        bucket.code = code if checksum == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = (bucket.checksum, bucket.code)


def compile_routes_once() -> None:
    """Let every application of a process share what was read of one and the same address.

    An application has hundreds of them, and a test process makes hundreds of applications.
    """
    known: dict[tuple[object, ...], dict[str, Any]] = {}
    compiled = Rule.compile

    def remembered(rule: Rule) -> None:
        where = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
        key = (*where, repr(rule.defaults), *rule.map.converters.items())
        if key not in known:
            compiled(rule)
            read = {name: vars(rule)[name] for name in READ}
            known[key] = {**read, "arguments": frozenset(rule.arguments)}
            return
        vars(rule).update(known[key], arguments=set(known[key]["arguments"]))
        for name in ("_build", "_build_unknown"):
            setattr(rule, name, known[key][name].__func__.__get__(rule))

    Rule.compile = remembered  # type: ignore[method-assign]


def compile_statements_once() -> None:
    """Let every engine of a process share the statements that one of its kind compiled.

    Each test opens an engine of its own, and asks what others have asked.
    """
    kept: dict[type[Dialect], LRUCache[Any, Any]] = {}
    opened = db.create_engine

    def remembered(address: URL, **how: Any) -> Engine:
        engine = opened(address, **how)
        kind = type(engine.dialect)
        if kind not in kept:
            kept[kind] = LRUCache(STATEMENTS_MAX)
            kind.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign,assignment]
            kind.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign,assignment]
        engine._compiled_cache = kept[kind]
        return engine

    db.create_engine = remembered  # type: ignore[attr-defined]


def read_overlay_once(path: Path) -> None:
    """Let every application of a process share one overlay, read and compiled."""
    fit = watched._fit
    shared = cache(fit)
    watched._fit = lambda asked: shared(asked) if asked == path else fit(asked)

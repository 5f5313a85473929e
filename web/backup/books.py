"""What a database holds, told so that two of them can be compared: rows, books, foreign keys."""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from web.backup.archive import Table
from web.backup.sealed import Unusable

_TABLES = {
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        r" AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
    ),
    "postgresql": (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND NOT relispartition"
        " AND relnamespace = current_schema()::regnamespace"
    ),
}
_ROWS = {
    "sqlite": 'SELECT * FROM "{}"',
    "postgresql": 'SELECT kept::text FROM "{}" AS kept',
}
# How PostgreSQL writes a row as text, whatever the server's own settings are.
_PLAIN = (
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
)
_BALANCES = text("SELECT debit, credit, SUM(amount_fen) FROM ledger GROUP BY 1, 2")
# What each payer pays is the settlement's total; a reversal takes the same back.
_NOT_BOOKED = text("""
SELECT msgid FROM settlement LEFT JOIN (
  SELECT settlement_id,
         SUM(CASE WHEN entry = 'post' THEN amount_fen ELSE 0 END) AS post_fen,
         SUM(CASE WHEN entry = 'reverse' THEN amount_fen ELSE 0 END) AS reverse_fen
    FROM ledger WHERE credit IN ('fund', 'personal_account', 'mutual_aid', 'patient')
   GROUP BY settlement_id
) AS booked ON booked.settlement_id = settlement.id
 WHERE COALESCE(post_fen, 0) <>
       CASE WHEN state IN ('posted', 'reversing', 'reversed') THEN total_fen ELSE 0 END
    OR COALESCE(reverse_fen, 0) <>
       CASE WHEN state = 'reversed' THEN -total_fen ELSE 0 END
 ORDER BY msgid LIMIT 3
""")
_FETCH = 5_000


def names(connection: Connection) -> list[str]:
    """Name the tables of a database, in their order."""
    found = connection.exec_driver_sql(_TABLES[connection.dialect.name])
    return sorted(str(row[0]) for row in found)


def tables(connection: Connection) -> dict[str, Table]:
    """Count the rows of each table and sum up their sha256, in one transaction."""
    kind = connection.dialect.name
    if kind == "postgresql":
        for setting in _PLAIN:
            connection.exec_driver_sql(setting)
    streaming = connection.execution_options(stream_results=True, yield_per=_FETCH)
    return {
        name: _summed(streaming.exec_driver_sql(_ROWS[kind].format(name)))
        for name in names(connection)
    }


def balances_fen(connection: Connection) -> dict[str, int]:
    """Give the debits less the credits of each account of the ledger; together zero."""
    found: dict[str, int] = {}
    if not {"ledger", "settlement"} <= set(names(connection)):
        return found
    for debit, credit, fen in connection.execute(_BALANCES):
        found[debit] = found.get(debit, 0) + int(fen)
        found[credit] = found.get(credit, 0) - int(fen)
    return dict(sorted(found.items()))


def check(connection: Connection) -> None:
    """Raise Unusable where rows point nowhere or a settlement is not as the ledger has it."""
    if connection.dialect.name == "sqlite":
        _check_file(connection)
    if not {"ledger", "settlement"} <= set(names(connection)):
        return
    wrong = [str(row[0]) for row in connection.execute(_NOT_BOOKED)]
    if wrong:
        raise Unusable(f"the ledger does not hold what settlement {wrong[0]} says")


def is_filled(connection: Connection) -> bool:
    """Tell whether any table but that of the revision holds a row."""
    return any(
        connection.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first()
        for name in names(connection)
        if name != "alembic_version"
    )


def revision(connection: Connection) -> str | None:
    """Tell the revision of the tables, None where they carry no number."""
    if "alembic_version" not in names(connection):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return str(row[0]) if (row := found.first()) else None


def _summed(rows: Iterable[Any]) -> Table:
    """Sum the sha256 of each row, so that the order in which they come does not count."""
    count = total = 0
    for row in rows:
        raw = repr(tuple(row)).encode("utf-8", "surrogatepass")
        total += int.from_bytes(hashlib.sha256(raw).digest(), "big")
        count += 1
    return Table(count, f"{total % 2**256:064x}")


def _check_file(connection: Connection) -> None:
    said = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
    if said != ["ok"]:
        raise Unusable(f"the database is damaged: {said[0]}")
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if lost is not None:
        raise Unusable(f"a row of {lost[0]} points to a missing row of {lost[2]}")

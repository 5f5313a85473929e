"""The statements of the hot path: what is done with the rows of one table, in SQL.

PostgreSQL takes the rows of each change as JSON, so that many changes of many tables are
one statement, the same for one row and for fifty. SQLite takes them one after another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

# The locks of a settlement, in the order in which everybody takes them (see `holding`):
# each step asks for the one before it. `{first}` changes the settlements; where it does
# not reach all of them, nothing else is done.
_HELD = """WITH rx AS (
  SELECT id FROM prescription WHERE id {prescriptions} ORDER BY id FOR UPDATE
), held AS (
  {first} RETURNING 1
), people AS (
  SELECT person_no FROM person
   WHERE person_no {people}
     AND json_array_length(%(held)s::json) = (SELECT count(*) FROM held)
   ORDER BY person_no FOR UPDATE OF person
), {rest}
SELECT count(*) FROM held"""
_MANY = {
    "prescriptions": "= ANY(%(prescriptions)s)",
    "people": "= ANY(%(people)s)",
}
# One settlement has at most two people: whose it is, and a relative who pays along.
_ALONE = {
    "prescriptions": "= (%(prescriptions)s::uuid[])[1]",
    "people": "IN ((%(people)s::text[])[1], (%(people)s::text[])[2])",
}
_IF_HELD = "EXISTS (SELECT FROM people)"


@dataclass(frozen=True, slots=True)
class Change:
    """What is done with the rows of one table.

    `insert` writes new rows. `add` adds to columns of the rows with the same keys, and `put`
    replaces them; with `or_insert` a missing row is made. `where` limits which are changed.
    `sets` says in SQL what becomes of a row that is there, where it is something else.
    """

    act: str  # insert, add or put
    table: str
    keys: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    or_insert: bool = False
    where: str = ""
    sets: str = ""

    @property
    def inserts(self) -> bool:
        """Tell whether new rows are written."""
        return self.act == "insert" or self.or_insert


@dataclass(frozen=True, slots=True)
class Given:
    """A change, the columns that its rows have, and whether there is one row alone.

    Of one row PostgreSQL knows that it is one, and finds what it changes by its key; of a
    list it expects a hundred, for which it would read the table through.
    """

    change: Change
    columns: tuple[str, ...]
    alone: bool


@cache
def at_once(given: tuple[Given, ...], asked: str = "SELECT 1") -> str:
    """Make one statement of PostgreSQL out of changes; `r0`, `r1`... are their rows."""
    return f"WITH {', '.join(_parts(given, 'true'))} {asked}"


@cache
def at_once_if_held(first: Given, given: tuple[Given, ...]) -> str:
    """Make one statement that locks, changes `held` first, and then does the rest.

    It tells how many rows were held.
    """
    held = _from_json(first, "held", "EXISTS (SELECT FROM rx)")
    rest = ", ".join(_parts(given, _IF_HELD))
    wanted = _ALONE if first.alone else _MANY
    return _HELD.format(first=held, rest=rest, **wanted)


@cache
def one_by_one(change: Change, columns: tuple[str, ...]) -> str:
    """Make the statement of SQLite for one row of a change."""
    if change.inserts:
        values = ", ".join(f":{name}" for name in columns)
        return _insert(change, columns, f"VALUES ({values})")
    return _update(change, ":{}", "")


def _parts(given: tuple[Given, ...], only_if: str) -> list[str]:
    return [
        f"c{no} AS ({_from_json(one, f'r{no}', only_if)})"
        for no, one in enumerate(given)
    ]


def _from_json(given: Given, rows: str, only_if: str) -> str:
    """Take the rows of a change from a parameter."""
    change, json = given.change, f"%({rows})s::json"
    made_of = "json_populate_recordset(NULL::{}, {})"
    if given.alone:
        made_of = "json_populate_record(NULL::{}, {} -> 0)"
    source = f"{made_of.format(change.table, json)} AS new"
    if not change.inserts:
        made = _update(change, 'new."{}"', f" FROM {source}")
        return f"{made} AND {only_if}"
    listed = ", ".join(f'new."{name}"' for name in given.columns)
    return _insert(
        change, given.columns, f"SELECT {listed} FROM {source} WHERE {only_if}"
    )


def _insert(change: Change, columns: Iterable[str], source: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    made = f"INSERT INTO {change.table} ({names}) {source}"
    if not change.or_insert:
        return made
    sets = _sets(change, 'excluded."{}"')
    return f"{made} ON CONFLICT ({', '.join(change.keys)}) DO UPDATE SET {sets}"


def _update(change: Change, value: str, source: str) -> str:
    same = [f'{change.table}."{key}" = {value.format(key)}' for key in change.keys]
    limits = [*same, change.where] if change.where else same
    return (
        f"UPDATE {change.table} SET {_sets(change, value)}{source}"
        f" WHERE {' AND '.join(limits)}"
    )


def _sets(change: Change, value: str) -> str:
    if change.sets:
        return change.sets
    before = f'{change.table}."{{0}}" + ' if change.act == "add" else ""
    return ", ".join(
        f'"{name}" = {before.format(name)}{value.format(name)}'
        for name in change.columns
    )

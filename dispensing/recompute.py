"""Works the whole ledger out again from the decisions, and names what is off by a fen.

Nothing here is shared with what writes the ledger: it reads the tables by SQL of its own,
adds the lines of each decision's split up again, and compares with what was booked, with the
year's accumulators, the personal accounts and the tills.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

_MOVED = ("posted", "reversing")  # booked, and not taken back
_HELD = ("pending", "unknown")  # reserved, and not booked
_SETTLEMENTS = """
SELECT s.id, s.state, s.person_no, s.mutual_aid_payer, s.year, s.tender,
       s.total_fen, s.fund_fen, s.account_fen, s.mutual_aid_fen, s.cash_fen,
       s.deductible_fen, a.split
FROM settlement s JOIN assessment a ON a.id = s.assessment_id ORDER BY s.id
"""
_ENTRIES = """
SELECT settlement_id, entry, debit, credit, SUM(amount_fen) FROM ledger
WHERE settlement_id IS NOT NULL GROUP BY settlement_id, entry, debit, credit
"""
_CARRIED = """
SELECT person_no, year, debit, credit, SUM(amount_fen) FROM ledger
WHERE entry = 'opening' GROUP BY person_no, year, debit, credit
"""
_YEARS = """
SELECT person_no, year, fund_fen, fund_reserved_fen, ordinary_fund_fen, deductible_fen,
       deductible_reserved_fen FROM allowance
"""
_ACCOUNTS = "SELECT person_no, account_fen, account_reserved_fen FROM person"
_TOTALS = """
SELECT account, SUM(fen) FROM (
  SELECT debit AS account, amount_fen AS fen FROM ledger
  UNION ALL SELECT credit, -amount_fen FROM ledger
) AS sides GROUP BY account ORDER BY account
"""
_PARTS = ("fund", "account", "mutual_aid", "cash", "deductible")
_BOOKED_AS = {
    "fund": ("receivable", "fund"),
    "account": ("receivable", "personal_account"),
    "mutual_aid": ("receivable", "mutual_aid"),
    "cash": ("due", "patient"),
    "deductible": ("deductible", "scope"),
}
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Off:
    """One amount that is not what the decisions make it, in fen."""

    where: str
    what: str
    expected_fen: int
    found_fen: int


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a re-computation found: how many settlements, each account's balance, what is off."""

    settlements: int
    balances: dict[str, int]
    off: tuple[Off, ...]


def recompute(connection: Connection) -> Recomputed:
    """Work every settlement, year, account and till out again; SQLite and PostgreSQL."""
    settlements = [_settlement(row) for row in connection.execute(text(_SETTLEMENTS))]
    booked = _booked(connection)
    balances = {name: int(fen) for name, fen in connection.execute(text(_TOTALS))}
    off = [
        *_splits(settlements),
        *_bookings(settlements, booked),
        *_years(connection, settlements),
        *_accounts(connection, settlements),
    ]
    if sum(balances.values()):
        off.append(Off("ledger", "sum", 0, sum(balances.values())))
    return Recomputed(len(settlements), balances, tuple(off))


def _settlement(row: Any) -> dict[str, Any]:
    found = dict(row._mapping)
    split = found["split"]
    split = json.loads(split) if isinstance(split, str) else split
    lines = (split or {}).get("lines", [])
    found["id"] = _plain(found["id"])
    found["worked"] = {
        part: sum(line.get(f"{part}_fen", 0) for line in lines)
        for part in (*_PARTS, "total")
    }
    return found


def _splits(settlements: list[dict[str, Any]]) -> Iterator[Off]:
    """Compare each settlement's amounts with the lines of its decision."""
    for row in settlements:
        for part, worked_fen in row["worked"].items():
            if row[f"{part}_fen"] != worked_fen:
                yield Off(
                    f"settlement {row['id']}", part, worked_fen, row[f"{part}_fen"]
                )


def _bookings(
    settlements: list[dict[str, Any]], booked: dict[str, Counter[Key]]
) -> Iterator[Off]:
    """Compare the entries of each settlement with what its decision moves."""
    for row in settlements:
        entries = booked.pop(row["id"], Counter())
        expected = _expected(row)
        paid_fen = sum(fen for key, fen in entries.items() if key[0] == "tender/refund")
        for key in [key for key in entries if key[0] == "tender/refund"]:
            del entries[key]
        yield from _unlike(f"settlement {row['id']}", expected, entries)
        yield from _payment(row, paid_fen)
    for lost, entries in sorted(booked.items()):
        yield from _unlike(f"settlement {lost}, which is not there", Counter(), entries)


def _expected(row: dict[str, Any]) -> Counter[Key]:
    entries: Counter[Key] = Counter()
    if row["state"] in (*_MOVED, "reversed"):
        for part in _PARTS:
            entries["post", *_BOOKED_AS[part]] += row["worked"][part]
            if row["state"] == "reversed":
                entries["reverse", *_BOOKED_AS[part]] -= row["worked"][part]
    return entries


def _payment(row: dict[str, Any], paid_fen: int) -> Iterator[Off]:
    """Check what the patient paid: the whole share, or nothing yet where due at the door."""
    due_fen = row["worked"]["cash"] if row["state"] in _MOVED else 0
    open_at_door = row["tender"] == "on_delivery" and paid_fen == 0
    if paid_fen != due_fen and not open_at_door:
        yield Off(f"settlement {row['id']}", "tendered", due_fen, paid_fen)


def _years(connection: Connection, settlements: list[dict[str, Any]]) -> Iterator[Off]:
    """Compare each person's year with what was carried over and what was settled."""
    used: Counter[Key] = _carried(connection)
    for row in settlements:
        key = row["person_no"], row["year"]
        for part in ("fund", "deductible"):
            if row["state"] in _MOVED:
                used[*key, part] += row["worked"][part]
            if row["state"] in _HELD:
                used[*key, f"{part}_reserved"] += row["worked"][part]
    found: Counter[Key] = Counter()
    for row_ in connection.execute(text(_YEARS)):
        year = dict(row_._mapping)
        key = year.pop("person_no"), year.pop("year")
        for name, fen in year.items():
            found[*key, name.removesuffix("_fen")] += fen
    used = Counter({key: fen for key, fen in used.items() if key[2] != "account"})
    yield from _unlike("year of", used, found)


def _accounts(
    connection: Connection, settlements: list[dict[str, Any]]
) -> Iterator[Off]:
    """Compare each personal account with what was carried over and what it paid."""
    holds: Counter[Key] = Counter()
    for (person_no, _, part), fen in _carried(connection).items():
        if part == "account":
            holds[person_no, "account"] += fen
    for row in settlements:
        for purse, part in (
            (row["person_no"], "account"),
            (row["mutual_aid_payer"], "mutual_aid"),
        ):
            if purse and row["state"] in _MOVED:
                holds[purse, "account"] -= row["worked"][part]
            if purse and row["state"] in _HELD:
                holds[purse, "account_reserved"] += row["worked"][part]
    found: Counter[Key] = Counter()
    for person_no, fen, reserved_fen in connection.execute(text(_ACCOUNTS)):
        found[person_no, "account"] = fen
        found[person_no, "account_reserved"] = reserved_fen
    yield from _unlike("account of", holds, found)


def _carried(connection: Connection) -> Counter[Key]:
    """Sum what was carried over by person, year and part."""
    named = {
        ("personal_account", "elsewhere"): "account",
        ("elsewhere", "fund"): "fund",
        ("elsewhere", "ordinary_fund"): "ordinary_fund",
        ("deductible", "scope"): "deductible",
    }
    found: Counter[Key] = Counter()
    for person_no, year, debit, credit, fen in connection.execute(text(_CARRIED)):
        found[person_no, year, named[debit, credit]] += int(fen)
    return found


def _booked(connection: Connection) -> dict[str, Counter[Key]]:
    found: dict[str, Counter[Key]] = {}
    for settlement_id, entry, debit, credit, fen in connection.execute(text(_ENTRIES)):
        name = "tender/refund" if entry in ("tender", "refund") else entry
        entries = found.setdefault(_plain(settlement_id), Counter())
        entries[name, debit, credit] += int(fen)
    return found


def _unlike(where: str, expected: Counter[Key], found: Counter[Key]) -> Iterator[Off]:
    for key in sorted(set(expected) | set(found), key=str):
        if expected[key] != found[key]:
            what = " ".join(str(part) for part in key)
            yield Off(where, what, expected[key], found[key])


def _plain(settlement_id: object) -> str:
    """Write a number as both databases can give it: without dashes."""
    return str(settlement_id).replace("-", "")

"""Works the whole ledger out again from the decisions, and names what is off by a fen.

Nothing here is shared with what writes the ledger: it reads the tables by SQL of its own,
adds the lines of each decision's split up again, and compares with what was booked, with the
year's accumulators, the personal accounts, the tills that were closed, the couriers' purses and
the differences that were booked.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from dispensing.money import parse_yuan

_TILLS = ("cash", "bank_card", "mobile")
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
_CLOSINGS = """
SELECT id, cash_expected_fen, cash_counted_fen, bank_card_expected_fen,
       bank_card_counted_fen, mobile_expected_fen, mobile_counted_fen FROM till_closing
"""
_EMPTIED = """
SELECT closing_id, debit, credit, SUM(amount_fen) FROM ledger
WHERE closing_id IS NOT NULL GROUP BY closing_id, debit, credit
"""
_HAND_INS = """
SELECT h.outlet_code, h.courier_code, SUM(h.amount_fen), (
  SELECT COALESCE(SUM(l.amount_fen), 0) FROM ledger l WHERE l.entry = 'hand_in'
   AND l.at = h.at AND l.outlet_code = h.outlet_code AND l.holder = h.courier_code
   AND l.debit = 'cash' AND l.credit = 'courier')
FROM till_hand_in h GROUP BY h.outlet_code, h.courier_code, h.at
"""
_PURSES = """
SELECT outlet_code, holder, SUM(fen) FROM (
  SELECT outlet_code, holder, amount_fen AS fen FROM ledger WHERE debit = 'courier'
  UNION ALL
  SELECT outlet_code, holder, -amount_fen FROM ledger WHERE credit = 'courier'
) AS moved GROUP BY outlet_code, holder
"""
_DIFFERENCES = """
SELECT outlet_code, "on", SUM(CASE debit WHEN 'receivable' THEN amount_fen ELSE -amount_fen END)
FROM ledger WHERE entry = 'difference' AND closing_id IS NULL GROUP BY outlet_code, "on"
"""
_MENDED = """
SELECT d.outlet_code, d.day, e.outcome FROM reconcile_event e
JOIN reconcile_difference d ON d.id = e.difference_id WHERE e.outcome LIKE 'booked %.%'
 AND e.kind = 'book'
"""
_RECOVERED = """
SELECT settlement_id, SUM(amount_fen) FROM smart_recovery GROUP BY settlement_id
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
        *_bookings(settlements, booked, _recovered(connection)),
        *_years(connection, settlements),
        *_accounts(connection, settlements),
        *_closings(connection),
        *_purses(connection),
        *_differences(connection),
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
    settlements: list[dict[str, Any]],
    booked: dict[str, Counter[Key]],
    recovered: dict[str, int],
) -> Iterator[Off]:
    """Compare the entries of each settlement with its decision and with what was taken back."""
    for row in settlements:
        entries = booked.pop(row["id"], Counter())
        expected = _expected(row)
        back_fen = recovered.get(row["id"], 0)
        if back_fen:
            expected["recover", "fund", "clawback"] = back_fen
        paid = row["worked"]["fund"] if row["state"] in _MOVED else 0
        if back_fen > paid:
            yield Off(f"settlement {row['id']}", "recovered", paid, back_fen)
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


def _closings(connection: Connection) -> Iterator[Off]:
    """Check that each closing took out of the till what it held, and banked what was counted."""
    emptied: dict[str, Counter[str]] = {}
    for closing_id, debit, credit, fen in connection.execute(text(_EMPTIED)):
        moved = emptied.setdefault(_plain(closing_id), Counter())
        moved[debit] += int(fen)
        moved[credit] -= int(fen)
    for row in connection.execute(text(_CLOSINGS)):
        found = dict(row._mapping)
        where = f"closing {_plain(found['id'])}"
        moved = emptied.pop(_plain(found["id"]), Counter())
        counted_fen = 0
        for till in _TILLS:
            counted_fen += found[f"{till}_counted_fen"]
            if -moved[till] != found[f"{till}_expected_fen"]:
                yield Off(where, till, found[f"{till}_expected_fen"], -moved[till])
        if moved["bank"] != counted_fen:
            yield Off(where, "bank", counted_fen, moved["bank"])
    for lost in sorted(emptied):
        yield Off(
            f"closing {lost}, which is not there", "bank", 0, emptied[lost]["bank"]
        )


def _purses(connection: Connection) -> Iterator[Off]:
    """Check that each hand-in is booked, and that no courier handed in what was not there."""
    for outlet, courier, fen, booked in connection.execute(text(_HAND_INS)):
        if int(booked) != int(fen):
            where = f"hand-in of {courier} at {outlet}"
            yield Off(where, "cash", int(fen), int(booked))
    for outlet, courier, held in connection.execute(text(_PURSES)):
        if int(held) < 0 or (courier is None and held):
            yield Off(
                f"purse of {courier or 'nobody'} at {outlet}", "held", 0, int(held)
            )


def _differences(connection: Connection) -> Iterator[Off]:
    """Compare what differences of a day were booked with the ledger's rows of that day."""
    told: Counter[Key] = Counter()
    for outlet, day, outcome in connection.execute(text(_MENDED)):
        told[outlet, str(day)] += parse_yuan(outcome.removeprefix("booked "))
    booked: Counter[Key] = Counter()
    for outlet, day, fen in connection.execute(text(_DIFFERENCES)):
        booked[outlet, str(day)] += int(fen)
    yield from _unlike("differences of", told, booked)


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


def _recovered(connection: Connection) -> dict[str, int]:
    """Sum what cases took back by settlement."""
    rows = connection.execute(text(_RECOVERED))
    return {_plain(settlement_id): int(fen) for settlement_id, fen in rows}


def _unlike(where: str, expected: Counter[Key], found: Counter[Key]) -> Iterator[Off]:
    for key in sorted(set(expected) | set(found), key=str):
        if expected[key] != found[key]:
            what = " ".join(str(part) for part in key)
            yield Off(where, what, expected[key], found[key])


def _plain(settlement_id: object) -> str:
    """Write a number as both databases can give it: without dashes."""
    return str(settlement_id).replace("-", "")

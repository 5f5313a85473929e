"""Post settlements that the platform has booked, one or many, all in one act.

The year, the accounts, the double entry, stock, the supply at home, the prescription and the
records: on PostgreSQL one statement. Nothing of it is done unless every one of them is still
open and may be posted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from dispensing.gateway import Receipt
from dispensing.ledger import TILLS, Transfer, tender_transfer
from dispensing.prescription import step
from dispensing.service.booking import ledger_values, purses_of, transfers
from dispensing.service.changes import Change
from dispensing.service.numbers import Numbers, draw
from dispensing.service.recording import RECORDED, records
from dispensing.service.writing import Held, Values, Writes, write_held
from pharmacies import service as pharmacies
from pharmacies.movements import Act, SoldLine
from pharmacies.stock_balance import KEY

# A settlement that is barred, or was finished by somebody else, is not posted.
_POSTED = Change(
    "put",
    "settlement",
    ("id",),
    ("state", "receipt", "changed_at"),
    where="settlement.state IN ('pending', 'unknown') AND NOT settlement.barred",
)
_YEAR = ("fund_fen", "fund_reserved_fen", "deductible_fen", "deductible_reserved_fen")
_USE_YEAR = Change("add", "allowance", ("person_no", "year"), _YEAR)
_PURSE = ("account_fen", "account_reserved_fen")
_USE_PURSE = Change("add", "person", ("person_no",), _PURSE)
_SETTLED = Change("put", "prescription", ("id",), ("state",))
_BOOKED = Change("insert", "ledger")
_MOVED = Change("insert", "stock_movement")
_TAKEN = Change("add", "stock_batch", KEY, ("on_hand",), or_insert=True)
# What is told is what is taken, and how much of it was set aside.
_DRAWN = Change(
    "add",
    "stock_batch",
    KEY,
    ("on_hand", "reserved"),
    or_insert=True,
    sets="on_hand = stock_batch.on_hand - excluded.on_hand,"
    " reserved = stock_batch.reserved - excluded.reserved",
)
_CONSUMED = Change(
    "put",
    "stock_reservation",
    ("prescription_id",),
    ("ended", "ended_at"),
    where="stock_reservation.ended IS NULL",
)
_SUPPLIED = Change("insert", "supply")
_NOTED = Change("insert", "prescription_event")


@dataclass(frozen=True, slots=True)
class PostedLine:
    """One medicine of a settlement, as it goes out."""

    no: int
    medicine_code: str
    quantity: int
    supply_days: int
    atc: str
    parts: tuple[tuple[str, int, int], ...]  # batch, boxes, how many were set aside


@dataclass(frozen=True, slots=True)
class Posting:
    """A settlement that is open: its row, the areas of both sides, and what goes out by it.

    `numbers` are those that its ledger rows and its event take, where they are drawn.
    """

    settlement: Values
    area: str  # of the person
    shop_area: str
    lines: tuple[PostedLine, ...]
    numbers: Numbers | None = None


def post(
    session: Session, booked: Sequence[tuple[Posting, Receipt]], now: datetime
) -> list[Values] | None:
    """Post settlements, all or none; gives their rows, and the caller commits.

    None where one of them was finished or barred by somebody else.
    """
    numbers = _numbers(session, [one for one, _ in booked])
    held, writes = to_be_written(booked, numbers, now)
    if not write_held(session, held, writes):
        return None
    return [_posted(one, receipt, now) for one, receipt in booked]


def to_be_written(
    booked: Sequence[tuple[Posting, Receipt]], numbers: Numbers, now: datetime
) -> tuple[Held, Writes]:
    """Tell what posting locks and changes first, and everything else that it writes."""
    posted = [(one, _posted(one, receipt, now)) for one, receipt in booked]
    rows = [row for _, row in posted]
    held = Held(
        prescriptions=[row["prescription_id"] for row in rows],
        people=sorted({no for row in rows for no in _people(row)}),
        change=_POSTED,
        rows=[{name: row[name] for name in ("id", *_POSTED.columns)} for row in rows],
    )
    return held, (*_pots(rows), *_written(posted, numbers))


def ledger_rows(settlement: Values) -> int:
    """Count the transfers that posting a settlement writes to the ledger."""
    return len(_moves(settlement))


def _posted(one: Posting, receipt: Receipt, now: datetime) -> Values:
    new = {"state": "posted", "receipt": receipt.setl_id, "changed_at": now}
    return {**one.settlement, **new}


def _people(row: Values) -> list[str]:
    return [no for no in (row["person_no"], row["mutual_aid_payer"]) if no is not None]


def _moves(row: Values) -> list[tuple[str, Transfer]]:
    moves = [("post", move) for move in transfers(row)]
    if row["cash_fen"] and row["tender"] in TILLS:
        moves.append(("tender", tender_transfer(row["tender"], row["cash_fen"])))
    return moves


def _numbers(session: Session, postings: Sequence[Posting]) -> Numbers:
    """Give the numbers that the postings take: those drawn before, else new ones."""
    drawn = [one.numbers for one in postings if one.numbers is not None]
    if len(drawn) == len(postings):
        return Numbers(
            tuple(no for one in drawn for no in one.ledger),
            tuple(no for one in drawn for no in one.events),
        )
    wanted = sum(ledger_rows(one.settlement) for one in postings)
    return draw(session, ledger=wanted, events=len(postings))


def _pots(rows: Iterable[Values]) -> Writes:
    """Use what was held, of each year and of each account in one change."""
    years: dict[tuple[str, int], list[int]] = {}
    purses: dict[str, int] = {}
    for row in rows:
        used = years.setdefault((row["person_no"], row["year"]), [0, 0])
        used[0] += row["fund_fen"]
        used[1] += row["deductible_fen"]
        for no, fen in purses_of(row):
            purses[no] = purses.get(no, 0) + fen
    return (
        (_USE_YEAR, [_year(*key, *used) for key, used in sorted(years.items())]),
        (_USE_PURSE, [_purse(no, fen) for no, fen in sorted(purses.items())]),
    )


def _year(person_no: str, year: int, fund_fen: int, deductible_fen: int) -> Values:
    return {
        "person_no": person_no,
        "year": year,
        "fund_fen": fund_fen,
        "fund_reserved_fen": -fund_fen,
        "deductible_fen": deductible_fen,
        "deductible_reserved_fen": -deductible_fen,
    }


def _purse(person_no: str, fen: int) -> Values:
    return {
        "person_no": person_no,
        "account_fen": -fen,
        "account_reserved_fen": -fen,
    }


def _written(posted: Sequence[tuple[Posting, Values]], numbers: Numbers) -> Writes:
    """Give the rows that postings add, and what becomes of the prescriptions."""
    entry_no, event_no = iter(numbers.ledger), iter(numbers.events)
    entries: list[Values] = []
    events: list[Values] = []
    told: list[Values] = []
    for one, row in posted:
        mine = _entries(row, entry_no)
        event = _event(row, next(event_no))
        facts = [("settlement", row), *(("ledger", entry) for entry in mine)]
        told += records(
            [*facts, ("event", event)], person_no=row["person_no"], area=one.area
        )
        entries += mine
        events.append(event)
    state = step("settling", "settled")
    moved = [each for one, row in posted for each in _stock(one, row)]
    areas = {row["outlet_code"]: one.shop_area for one, row in posted}
    added, drawn = pharmacies.balance_rows(areas, moved, _set_aside(posted))
    return (
        (
            _SETTLED,
            [{"id": row["prescription_id"], "state": state} for _, row in posted],
        ),
        (_BOOKED, entries),
        (_NOTED, events),
        (_MOVED, moved),
        (_TAKEN, added),
        (_DRAWN, drawn),
        (_CONSUMED, _consumed(posted)),
        (_SUPPLIED, [each for one, row in posted for each in _supplies(one, row)]),
        (RECORDED, told),
    )


def _entries(row: Values, numbers: Iterator[int]) -> list[Values]:
    """Book on the day on which the settlement was opened, as the platform does.

    That day is open, because no day is closed while a settlement of it is.
    """
    given = {"by": row["by"], "on": row["on"], "at": row["changed_at"]}
    return [
        {"id": next(numbers), **ledger_values(row, entry, move, given)}
        for entry, move in _moves(row)
    ]


def _event(row: Values, number: int) -> Values:
    return {
        "id": number,
        "prescription_id": row["prescription_id"],
        "at": row["changed_at"],
        "kind": row["state"],
        "by": row["by"],
        "detail": row["outlet_code"],
    }


def _stock(one: Posting, row: Values) -> list[dict[str, Any]]:
    act = Act(row["outlet_code"], row["on"], row["changed_at"], row["by"], row["id"])
    sold = [
        SoldLine(line.no, line.medicine_code, quantity, batch)
        for line in one.lines
        for batch, quantity, _ in line.parts
    ]
    return pharmacies.sold_rows(act, sold)


def _set_aside(
    posted: Sequence[tuple[Posting, Values]],
) -> dict[tuple[str, str, str], int]:
    """Sum up what was set aside for postings, by outlet, medicine and batch."""
    sums: dict[tuple[str, str, str], int] = {}
    for one, row in posted:
        for line in one.lines:
            for batch, _, held in line.parts:
                key = row["outlet_code"], line.medicine_code, batch
                sums[key] = sums.get(key, 0) + held
    return sums


def _consumed(posted: Sequence[tuple[Posting, Values]]) -> list[Values]:
    """Tell whose reservations end with their postings."""
    return [
        {
            "prescription_id": row["prescription_id"],
            "ended": "consumed",
            "ended_at": row["changed_at"],
        }
        for one, row in posted
        if any(batch or held for line in one.lines for batch, _, held in line.parts)
    ]


def _supplies(one: Posting, row: Values) -> list[Values]:
    return [
        {
            "person_no": row["person_no"],
            "atc": line.atc,
            "on": row["on"],
            "supply_days": line.supply_days,
            "settlement_id": row["id"],
            "taken_back": False,
        }
        for line in one.lines
    ]

"""What a settlement does to the year's allowance, the account, the ledger and the packs sold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from dispensing.ledger import Transfer, settlement_transfers
from dispensing.service.business_days import books_day
from dispensing.service.changes import Change
from dispensing.service.condemning import why_destroyed
from dispensing.service.people import allowance_row, locked_people
from dispensing.service.recording import values_of
from dispensing.service.tracing import give_back
from dispensing.service.writing import Values, Writes
from dispensing.tables import (
    AllowanceRow,
    LedgerRow,
    PersonRow,
    SettlementRow,
    SupplyRow,
)
from pharmacies import service as pharmacies
from pharmacies.movements import Act

_YEAR = (
    *("fund_fen", "fund_reserved_fen", "ordinary_fund_fen"),
    *("deductible_fen", "deductible_reserved_fen"),
)
_HOLD_YEAR = Change(
    "add",
    "allowance",
    ("person_no", "year"),
    ("fund_reserved_fen", "deductible_reserved_fen"),
    or_insert=True,
)
_HOLD_PURSE = Change("add", "person", ("person_no",), ("account_reserved_fen",))


@dataclass(frozen=True, slots=True)
class Year:
    """The locked rows that a settlement draws on: the person, the year, a relative who pays."""

    session: Session
    used: AllowanceRow
    person: PersonRow
    payer: PersonRow | None


def locked_year(session: Session, row: SettlementRow) -> Year:
    """Lock what a settlement draws on."""
    person, payer = locked_people(session, row.person_no, row.mutual_aid_payer)
    used = allowance_row(session, row.person_no, row.year)
    return Year(session, used, person, payer)


def reserved(row: Values) -> Writes:
    """Hold what a pending settlement will use, so that nobody else counts on it."""
    year = {
        "person_no": row["person_no"],
        "year": row["year"],
        **dict.fromkeys(_YEAR, 0),
        "fund_reserved_fen": row["fund_fen"],
        "deductible_reserved_fen": row["deductible_fen"],
    }
    purses = [
        {"person_no": no, "account_reserved_fen": fen} for no, fen in purses_of(row)
    ]
    return ((_HOLD_YEAR, [year]), (_HOLD_PURSE, purses))


def purses_of(row: Values) -> list[tuple[str, int]]:
    """Tell whose accounts a settlement draws on, and how much, in fen; in their order."""
    drawn = [(row["person_no"], row["account_fen"])]
    if row["mutual_aid_payer"] is not None:
        drawn.append((row["mutual_aid_payer"], row["mutual_aid_fen"]))
    return sorted(one for one in drawn if one[1])


def release(year: Year, row: SettlementRow, now: datetime) -> None:
    """Void a settlement: give back what it held; no money has moved."""
    _hold(year, row, -1)
    give_back(year.session, row, by=row.by, why="void", now=now)
    row.state, row.changed_at = "void", now


def reverse(
    year: Year, row: SettlementRow, by: str, now: datetime, *, on: date | None = None
) -> None:
    """Reverse a posted settlement: negative entries; the year that it was charged to is freed.

    What the patient paid goes back by the way it came. Booked today unless told otherwise.
    """
    _use(year, row, -1)
    on = books_day(year.session, row.outlet_code, now, on=on)
    moves = [("refund", paid) for paid in tendered(year.session, row)]
    moves += [("reverse", move) for move in transfers(values_of(row))]
    year.session.add_all(
        ledger_row(row, entry, move.undone, by=by, on=on, now=now)
        for entry, move in moves
    )
    reason = why_destroyed(year.session, row)
    moving = _moving(row, by, on, now)
    pharmacies.put_back(year.session, moving, destroyed=reason)
    year.session.execute(
        update(SupplyRow)
        .where(col(SupplyRow.settlement_id) == row.id)
        .values(taken_back=True)
    )
    why = row.reversal_reason or ""
    give_back(year.session, row, by=by, why=why, now=now, destroyed=reason)
    row.state, row.changed_at = "reversed", now


def _hold(year: Year, row: SettlementRow, sign: int) -> None:
    year.used.fund_reserved_fen += sign * row.fund_fen
    year.used.deductible_reserved_fen += sign * row.deductible_fen
    year.person.account_reserved_fen += sign * row.account_fen
    if year.payer is not None:
        year.payer.account_reserved_fen += sign * row.mutual_aid_fen


def _use(year: Year, row: SettlementRow, sign: int) -> None:
    year.used.fund_fen += sign * row.fund_fen
    year.used.deductible_fen += sign * row.deductible_fen
    year.person.account_fen -= sign * row.account_fen
    if year.payer is not None:
        year.payer.account_fen -= sign * row.mutual_aid_fen


def transfers(row: Values) -> tuple[Transfer, ...]:
    """Give what a settlement moves between the accounts, without the tender."""
    return settlement_transfers(
        fund_fen=row["fund_fen"],
        account_fen=row["account_fen"],
        mutual_aid_fen=row["mutual_aid_fen"],
        cash_fen=row["cash_fen"],
        deductible_fen=row["deductible_fen"],
    )


def ledger_row(
    row: SettlementRow,
    entry: str,
    move: Transfer,
    *,
    by: str,
    on: date,
    now: datetime,
) -> LedgerRow:
    """Write one transfer of a settlement down."""
    given = {"by": by, "on": on, "at": now}
    return LedgerRow(**ledger_values(values_of(row), entry, move, given))


def ledger_values(
    row: Values, entry: str, move: Transfer, given: Values
) -> dict[str, Any]:
    """Tell one transfer of a settlement; a relative's purse is named as its holder."""
    aided = "mutual_aid" in (move.debit, move.credit)
    return {
        "settlement_id": row["id"],
        "closing_id": None,
        "entry": entry,
        "debit": move.debit,
        "credit": move.credit,
        "amount_fen": move.amount_fen,
        "person_no": row["person_no"],
        "outlet_code": row["outlet_code"],
        "holder": row["mutual_aid_payer"] if aided else None,
        "year": row["year"],
        **given,
    }


def tendered(session: Session, row: SettlementRow) -> Iterator[Transfer]:
    """Find what the patient has paid and not got back, by method."""
    query = (
        select(LedgerRow.debit, func.sum(LedgerRow.amount_fen))
        .where(
            col(LedgerRow.settlement_id) == row.id,
            col(LedgerRow.entry).in_(("tender", "refund")),
        )
        .group_by(col(LedgerRow.debit))
        .order_by(col(LedgerRow.debit))
    )
    for debit, paid_fen in session.exec(query).all():
        if paid_fen:
            yield Transfer(debit, "due", int(paid_fen))


def _moving(row: SettlementRow, by: str, on: date, now: datetime) -> Act:
    return Act(row.outlet_code, on, now, by, row.id, reason=row.reversal_reason or "")

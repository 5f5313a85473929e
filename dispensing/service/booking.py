"""What a settlement does to the year's allowance, the account, the ledger and the packs sold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from dispensing.ledger import TILLS, Transfer, settlement_transfers, tender_transfer
from dispensing.service.business_days import books_day
from dispensing.service.people import allowance_row, locked_people
from dispensing.service.tracing import give_back
from dispensing.tables import (
    AllowanceRow,
    LedgerRow,
    PersonRow,
    PrescriptionLineRow,
    SettlementRow,
    SupplyRow,
)
from pharmacies import service as pharmacies
from pharmacies.movements import Act, SoldLine


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


def reserve(year: Year, row: SettlementRow) -> None:
    """Hold what a pending settlement will use, so that nobody else counts on it."""
    _hold(year, row, 1)


def release(year: Year, row: SettlementRow, now: datetime) -> None:
    """Void a settlement: give back what it held; no money has moved."""
    _hold(year, row, -1)
    give_back(year.session, row, by=row.by, why="void", now=now)
    row.state, row.changed_at = "void", now


def post(year: Year, row: SettlementRow, now: datetime) -> None:
    """Post a settlement: the year, the account, the double entry, stock and supply at home.

    It is booked on the day on which it was opened, as at the platform; that day is open,
    because no day is closed while a settlement of it is.
    """
    _hold(year, row, -1)
    _use(year, row, 1)
    moves = [("post", move) for move in _transfers(row)]
    if row.cash_fen and row.tender in TILLS:
        moves.append(("tender", tender_transfer(row.tender, row.cash_fen)))
    year.session.add_all(
        ledger_row(row, entry, move, by=row.by, on=row.on, now=now)
        for entry, move in moves
    )
    lines = _lines(year.session, row)
    pharmacies.sell(year.session, _moving(row, row.by, row.on, now), map(_sold, lines))
    year.session.add_all(_supplies(year.session, row, lines))
    row.state, row.changed_at = "posted", now


def reverse(
    year: Year, row: SettlementRow, by: str, now: datetime, *, on: date | None = None
) -> None:
    """Reverse a posted settlement: negative entries; the year that it was charged to is freed.

    What the patient paid goes back by the way it came. Booked today unless told otherwise.
    """
    _use(year, row, -1)
    on = books_day(year.session, row.outlet_code, now, on=on)
    moves = [("refund", paid) for paid in tendered(year.session, row)]
    moves += [("reverse", move) for move in _transfers(row)]
    year.session.add_all(
        ledger_row(row, entry, move.undone, by=by, on=on, now=now)
        for entry, move in moves
    )
    pharmacies.put_back(year.session, _moving(row, by, on, now))
    year.session.execute(
        update(SupplyRow)
        .where(col(SupplyRow.settlement_id) == row.id)
        .values(taken_back=True)
    )
    why = row.reversal_reason or ""
    give_back(year.session, row, by=by, why=why, now=now)
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


def _transfers(row: SettlementRow) -> tuple[Transfer, ...]:
    return settlement_transfers(
        fund_fen=row.fund_fen,
        account_fen=row.account_fen,
        mutual_aid_fen=row.mutual_aid_fen,
        cash_fen=row.cash_fen,
        deductible_fen=row.deductible_fen,
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
    """Write one transfer of a settlement down; a relative's purse is named as its holder."""
    aided = "mutual_aid" in (move.debit, move.credit)
    return LedgerRow(
        settlement_id=row.id,
        entry=entry,
        debit=move.debit,
        credit=move.credit,
        amount_fen=move.amount_fen,
        person_no=row.person_no,
        outlet_code=row.outlet_code,
        holder=row.mutual_aid_payer if aided else None,
        year=row.year,
        on=on,
        at=now,
        by=by,
    )


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


def _lines(session: Session, row: SettlementRow) -> list[PrescriptionLineRow]:
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == row.prescription_id
    )
    return list(session.exec(query.order_by(col(PrescriptionLineRow.no))))


def _sold(line: PrescriptionLineRow) -> SoldLine:
    return SoldLine(line.no, line.medicine_code, line.quantity)


def _moving(row: SettlementRow, by: str, on: date, now: datetime) -> Act:
    return Act(row.outlet_code, on, now, by, row.id, reason=row.reversal_reason or "")


def _supplies(
    session: Session, row: SettlementRow, lines: list[PrescriptionLineRow]
) -> list[SupplyRow]:
    return [
        SupplyRow(
            person_no=row.person_no,
            atc=pharmacies.medicine(session, line.medicine_code).atc,
            on=row.on,
            supply_days=line.supply_days,
            settlement_id=row.id,
        )
        for line in lines
    ]

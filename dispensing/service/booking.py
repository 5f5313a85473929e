"""What a settlement does to the year's allowance, the account, the ledger and the packs sold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from dispensing.tables import (
    AllowanceRow,
    LedgerRow,
    PersonRow,
    PrescriptionLineRow,
    SettlementRow,
    SupplyRow,
    TraceSaleRow,
)
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class Year:
    """The locked rows that a settlement draws on: the person and the person's year."""

    session: Session
    used: AllowanceRow
    person: PersonRow


def reserve(used: AllowanceRow, person: PersonRow, row: SettlementRow) -> None:
    """Hold what a pending settlement will use, so that nobody else counts on it."""
    used.fund_reserved_fen += row.fund_fen
    used.deductible_reserved_fen += row.deductible_fen
    person.account_reserved_fen += row.account_fen


def release(year: Year, row: SettlementRow, now: datetime) -> None:
    """Void a settlement: give back what it held; no money has moved."""
    _unhold(year.used, year.person, row)
    _return_packs(year.session, row, now)
    row.state, row.changed_at = "void", now


def post(year: Year, row: SettlementRow, now: datetime) -> None:
    """Post a settlement: the year, the account, the double entry and the supply at home."""
    _unhold(year.used, year.person, row)
    year.used.fund_fen += row.fund_fen
    year.used.deductible_fen += row.deductible_fen
    year.person.account_fen -= row.account_fen
    year.session.add_all(_entries(row, "post", 1, now))
    year.session.add_all(_supplies(year.session, row))
    row.state, row.changed_at = "posted", now


def reverse(year: Year, row: SettlementRow, now: datetime) -> None:
    """Reverse a posted settlement: negative entries; the year that it was charged to is freed."""
    year.used.fund_fen -= row.fund_fen
    year.used.deductible_fen -= row.deductible_fen
    year.person.account_fen += row.account_fen
    year.session.add_all(_entries(row, "reverse", -1, now))
    year.session.execute(
        update(SupplyRow)
        .where(col(SupplyRow.settlement_id) == row.id)
        .values(taken_back=True)
    )
    _return_packs(year.session, row, now)
    row.state, row.changed_at = "reversed", now


def _unhold(used: AllowanceRow, person: PersonRow, row: SettlementRow) -> None:
    used.fund_reserved_fen -= row.fund_fen
    used.deductible_reserved_fen -= row.deductible_fen
    person.account_reserved_fen -= row.account_fen


def _entries(
    row: SettlementRow, entry: str, sign: int, now: datetime
) -> list[LedgerRow]:
    """Write the double entry: what each payer owes or paid, against the sale."""
    amounts = {
        "fund": row.fund_fen,
        "personal_account": row.account_fen,
        "cash": row.cash_fen,
        "sales": -row.total_fen,
    }
    assert sum(amounts.values()) == 0
    return [
        LedgerRow(
            settlement_id=row.id,
            entry=entry,
            account=account,
            amount_fen=sign * amount_fen,
            person_no=row.person_no,
            outlet_code=row.outlet_code,
            at=now,
        )
        for account, amount_fen in amounts.items()
    ]


def _supplies(session: Session, row: SettlementRow) -> list[SupplyRow]:
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == row.prescription_id
    )
    return [
        SupplyRow(
            person_no=row.person_no,
            atc=pharmacies.medicine(session, line.medicine_code).atc,
            on=row.on,
            supply_days=line.supply_days,
            settlement_id=row.id,
        )
        for line in session.exec(query)
    ]


def _return_packs(session: Session, row: SettlementRow, now: datetime) -> None:
    session.execute(
        update(TraceSaleRow)
        .where(
            col(TraceSaleRow.settlement_id) == row.id,
            col(TraceSaleRow.returned_at).is_(None),
        )
        .values(returned_at=now)
    )

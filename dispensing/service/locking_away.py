"""What has to be kept and is not used any more is locked: no staff reads it.

A prescription that came before its patient closed the account is locked once nothing more can
be handed out on it, until it is settled again: what came later, and what can still be filled,
is at hand as ever (个人信息保护法 47). One whose term is over (保存期限) is locked for good.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    SQLColumnExpression,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
)
from sqlmodel import Session, col, select

from dispensing.desk import Reader
from dispensing.errors import NotFound
from dispensing.retention import LOCK
from dispensing.sealed import unseal
from dispensing.service.approving import Party
from dispensing.service.people import record_read
from dispensing.service.receiving import prescription_row
from dispensing.service.unmasking import REASONS, Why, insured_here
from dispensing.tables import (
    OpeningRow,
    OrderRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    RetentionMarkRow,
    SettlementRow,
)
from dispensing.vault import Vault

STILL = ("received", "settling", "settled")  # something may still be handed out
LISTED_MAX = 20
LOCKED = "locked"  # what an opening names instead of a value


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One medicine of a locked prescription."""

    medicine_code: str
    quantity: int
    supply_days: int


@dataclass(frozen=True, slots=True)
class KeptSettlement:
    """One settlement of a locked prescription."""

    id: UUID
    outlet_code: str
    state: str
    on: date
    total_fen: int
    fund_fen: int


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A locked prescription and its settlements, as they have to be kept; nobody's name."""

    id: UUID
    hosp_rx_no: str
    issuer: str
    person_no: str
    disease: str
    issued_at: datetime
    state: str
    lines: tuple[KeptLine, ...]
    settlements: tuple[KeptSettlement, ...]


@dataclass(frozen=True, slots=True)
class LockedOpening:
    """One time that a locked prescription was opened: whose, by whom and why."""

    person_no: str
    by: str
    role: str
    reason: str
    note: str
    at: datetime


def locked() -> ColumnElement[bool]:
    """Ask whether a prescription of a query is locked; for a `where`."""
    closed_at = (
        select(PersonRow.closed_at)
        .where(col(PersonRow.person_no) == col(PrescriptionRow.person_no))
        .correlate(PrescriptionRow)
        .scalar_subquery()
    )
    since = (
        exists()
        .where(
            col(SettlementRow.prescription_id) == col(PrescriptionRow.id),
            col(SettlementRow.opened_at) > closed_at,
        )
        .correlate(PrescriptionRow)
    )
    before = and_(
        col(PrescriptionRow.received_at) <= closed_at,
        col(PrescriptionRow.state).not_in(STILL),
        not_(since),
    )
    aged = (
        exists()
        .where(
            col(RetentionMarkRow.kind) == LOCK,
            col(RetentionMarkRow.subject) == col(PrescriptionRow.id),
        )
        .correlate(PrescriptionRow)
    )
    return or_(func.coalesce(before, false()), aged)


def at_hand(prescription_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Ask of a row that names a prescription whether that one is not locked; for a `where`."""
    away = select(PrescriptionRow.id).where(
        col(PrescriptionRow.id) == prescription_id, locked()
    )
    return not_(away.exists())


def locked_ids() -> ScalarSelect[UUID]:
    """Ask for every prescription under lock, for an `in_`."""
    closed = select(PersonRow.person_no).where(col(PersonRow.closed_at).is_not(None))
    aged = select(RetentionMarkRow.subject).where(col(RetentionMarkRow.kind) == LOCK)
    some = or_(
        col(PrescriptionRow.person_no).in_(closed), col(PrescriptionRow.id).in_(aged)
    )
    return select(PrescriptionRow.id).where(some, locked()).scalar_subquery()


def is_locked(session: Session, prescription_id: UUID) -> bool:
    """Tell whether a prescription is under lock."""
    query = select(PrescriptionRow.id).where(
        col(PrescriptionRow.id) == prescription_id, locked()
    )
    return session.exec(query).first() is not None


def named_locked(
    session: Session,
    *,
    prescription_id: UUID | None = None,
    settlement_id: UUID | None = None,
    order_id: UUID | None = None,
) -> bool:
    """Tell whether any of what is named belongs to a prescription under lock."""
    of_settlement = select(SettlementRow.prescription_id).where(
        col(SettlementRow.id) == settlement_id
    )
    of_order = select(OrderRow.prescription_id).where(col(OrderRow.id) == order_id)
    number = col(PrescriptionRow.id)
    wanted = [
        *([number == prescription_id] if prescription_id else []),
        *([number.in_(of_settlement)] if settlement_id else []),
        *([number.in_(of_order)] if order_id else []),
    ]
    query = select(PrescriptionRow.id).where(or_(false(), *wanted), locked())
    return session.exec(query).first() is not None


def open_locked(
    session: Session,
    vault: Vault,
    prescription_id: UUID,
    *,
    why: Why,
    by: Party,
    area: str,
    now: datetime,
) -> KeptCase:
    """Open a locked prescription for an officer of the area, on record; else raises NotFound.

    The record, and the read in the person's log, are written in the same unit of work.
    """
    row = prescription_row(session, prescription_id)
    insured_here(session, row.person_no, area)
    if not is_locked(session, prescription_id):
        raise NotFound("封存的处方", "locked prescription")
    purpose = f"查看封存的处方：{REASONS[why.reason][0]}"
    record_read(session, row.person_no, Reader(by.user, by.role, purpose), now)
    session.add(
        OpeningRow(
            person_no=row.person_no,
            field=LOCKED,
            reason=why.reason,
            note=why.note.strip(),
            place=area,
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    session.flush()
    found = _kept(session, vault, row)
    session.commit()
    return found


def opened_lately(session: Session, area: str) -> tuple[LockedOpening, ...]:
    """List what of locked prescriptions was opened in an area, the newest first; '' is all."""
    query = select(OpeningRow).where(col(OpeningRow.field) == LOCKED)
    if area:
        query = query.where(col(OpeningRow.place).startswith(area))
    rows = session.exec(query.order_by(col(OpeningRow.id).desc()).limit(LISTED_MAX))
    return tuple(
        LockedOpening(row.person_no, row.by, row.role, row.reason, row.note, row.at)
        for row in rows
    )


def _kept(session: Session, vault: Vault, row: PrescriptionRow) -> KeptCase:
    lines = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == row.id
    )
    settled = select(SettlementRow).where(col(SettlementRow.prescription_id) == row.id)
    return KeptCase(
        row.id,
        row.hosp_rx_no,
        row.issuer,
        row.person_no,
        unseal(vault, row, "disease_sealed"),
        row.issued_at,
        row.state,
        tuple(
            KeptLine(it.medicine_code, it.quantity, it.supply_days)
            for it in session.exec(lines.order_by(col(PrescriptionLineRow.no)))
        ),
        tuple(
            KeptSettlement(
                it.id, it.outlet_code, it.state, it.on, it.total_fen, it.fund_fen
            )
            for it in session.exec(settled.order_by(col(SettlementRow.opened_at)))
        ),
    )

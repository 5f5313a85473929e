"""Which settlement holds a prescription, and in which order rows are locked.

Everybody locks in one order, so that nobody waits for each other in a ring: plan,
route, prescription, settlement, person, year, message number, batch, reservation, order.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dispensing.errors import NotFound
from dispensing.service.receiving import prescription_row
from dispensing.tables import PrescriptionRow, SettlementRow

OPEN = ("pending", "unknown", "reversing")  # the platform's answer is still missing
LIVE = (*OPEN, "posted")


def live_settlement(session: Session, prescription_id: UUID) -> SettlementRow | None:
    """Return the one settlement that holds a prescription's present filling, if any."""
    query = select(SettlementRow).where(
        *_of_filling(prescription_id), col(SettlementRow.state).in_(LIVE)
    )
    return session.exec(query).first()


def latest_settlement(session: Session, prescription_id: UUID) -> SettlementRow | None:
    """Return the settlement that holds a prescription's filling, else the last that did."""
    query = (
        select(SettlementRow)
        .where(*_of_filling(prescription_id))
        .order_by(*newest_first())
    )
    return session.exec(query.limit(1)).first()


def newest_first() -> tuple[ColumnElement[Any], ...]:
    """Give the order of a filling's settlements: the live one first, then the last.

    Two may carry one instant, and two machines' clocks differ.
    """
    return (
        col(SettlementRow.state).in_(LIVE).desc(),
        col(SettlementRow.opened_at).desc(),
        col(SettlementRow.changed_at).desc(),
        col(SettlementRow.msgid).desc(),
    )


def _of_filling(prescription_id: UUID) -> tuple[ColumnElement[bool], ...]:
    present = select(PrescriptionRow.filling).where(
        col(PrescriptionRow.id) == prescription_id
    )
    return (
        col(SettlementRow.prescription_id) == prescription_id,
        col(SettlementRow.filling) == present.scalar_subquery(),
    )


def named_settlement(
    session: Session, settlement_id: UUID, outlet_code: str
) -> SettlementRow:
    """Return the settlement that an outlet names as its own, or raise NotFound.

    What undoes or asks after a settlement names it, and not its prescription: a request
    that comes late must not reach a newer settlement of the same prescription.
    """
    row = session.get(SettlementRow, settlement_id)
    if row is None or row.outlet_code != outlet_code:
        raise NotFound("结算记录", "settlement")
    return row


def settlement_of(session: Session, msgid: str) -> SettlementRow:
    """Return the settlement of a message number."""
    query = select(SettlementRow).where(col(SettlementRow.msgid) == msgid)
    return session.exec(query).one()


def locked_settlement(
    session: Session, msgid: str
) -> tuple[SettlementRow, PrescriptionRow]:
    """Return the settlement of a message number and its prescription, both locked."""
    query = select(SettlementRow).where(col(SettlementRow.msgid) == msgid)
    found = session.exec(query).one()
    prescription = prescription_row(session, found.prescription_id, lock=True)
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(fresh).one(), prescription

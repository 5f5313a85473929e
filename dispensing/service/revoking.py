"""Prescriptions withdrawn by their issuer: until they are settled, claimed or not."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.errors import NotFound
from dispensing.life import LifeRules, permit
from dispensing.prescription import step
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import read_state
from pharmacies import reserving


def revoke(
    session: Session, *, prescription_id: UUID, issuer: str, reason: str, now: datetime
) -> str:
    """Revoke a prescription that is not settled; its own issuer alone may. Returns the state.

    A pharmacy that holds it under a claim is told: it stays on that desk, as revoked. Of
    one that was handed out in part, or may be filled again, the rest is withdrawn.
    """
    row = prescription_row(session, prescription_id, lock=True)
    if row.issuer != issuer:
        raise NotFound("处方", "prescription")
    # Who has to review it makes no difference here.
    permit("revoke", read_state(session, row, LifeRules(), now))
    if row.state != "revoked":
        row.state = step(row.state, "revoked")
        reserving.end_reservations(session, row.id, "released", now)
        session.add(note(row.id, now, "revoked", by=issuer, detail=reason))
    session.commit()
    return row.state

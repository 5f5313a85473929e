"""Which prescriptions may be shown at a counter: those that nobody else holds."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of, later
from dispensing.service.holding import live_settlement
from dispensing.tables import PrescriptionRow

LISTED_MAX = 50
OPEN_STATES = ("received", "reversed")


def standing(
    session: Session, row: PrescriptionRow, outlet_code: str | None, now: datetime
) -> str:
    """Say whether a prescription may be shown at an outlet: open, revoked, lapsed, nothing-left.

    Without an outlet it is open only where nobody holds it.
    """
    if row.state == "revoked":
        return "revoked"
    if row.state == "lapsed":
        return "lapsed"
    held = live_settlement(session, row.id)
    if row.state not in OPEN_STATES or (held and held.outlet_code != outlet_code):
        return "nothing-left"
    last_day = later(day_of(row.issued_at), (row.valid_days or 1) - 1)
    return "lapsed" if day_of(now) > last_day else "open"


def open_ones(
    session: Session, person_no: str, outlet_code: str, now: datetime
) -> tuple[UUID, ...]:
    """List a person's prescriptions that may be shown at an outlet, the latest first."""
    query = select(PrescriptionRow).where(
        col(PrescriptionRow.person_no) == person_no,
        col(PrescriptionRow.state).in_(OPEN_STATES),
    )
    query = query.order_by(col(PrescriptionRow.issued_at).desc()).limit(LISTED_MAX)
    return tuple(
        row.id
        for row in session.exec(query).all()
        if standing(session, row, outlet_code, now) == "open"
    )

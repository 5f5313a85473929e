"""Which prescriptions may be shown at a counter: those that nobody else holds."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.life import last_day
from dispensing.service.standing import DEFAULT_VALID_DAYS
from dispensing.tables import PrescriptionRow

LISTED_MAX = 50
OPEN_STATES = ("received", "reversed")


def standing(row: PrescriptionRow, outlet_code: str | None, now: datetime) -> str:
    """Say whether a prescription may be shown at an outlet: open, revoked, lapsed, nothing-left.

    A part that is still owed and a filling that may follow are open. Without an outlet it
    does not count that a pharmacy holds it for a while.
    """
    if row.state in {"revoked", "lapsed"}:
        return row.state
    if row.state not in OPEN_STATES:
        return "nothing-left"
    final = last_day(day_of(row.issued_at), row.valid_days or DEFAULT_VALID_DAYS)
    if day_of(now) > final:
        return "lapsed"
    claimed = row.claimed_until is not None and now < row.claimed_until
    if claimed and outlet_code not in {None, row.claimed_by}:
        return "nothing-left"
    return "open"


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
        if standing(row, outlet_code, now) == "open"
    )

"""Which prescriptions may be shown at a counter: those that the table of their life lets share."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.life import STATES, LifeRules, cell
from dispensing.service.standing import is_claimed_elsewhere, read_state
from dispensing.tables import PrescriptionRow

LISTED_MAX = 50
# What is told of a prescription that is shown nowhere; of every other one, that nothing is left.
_TOLD = {
    "revoked": "revoked",
    "lapsed": "lapsed",
    "review_refused": "review-refused",
}
# Of several reasons the first one is told that no other counter could cure.
REASONS = (*_TOLD.values(), "nothing-left")
# A row that stands so is shown nowhere, whatever is written beside it.
_OVER = tuple(state for state in STATES if cell("share", state).code is not None)


def standing(
    session: Session,
    row: PrescriptionRow,
    outlet_code: str | None,
    *,
    rules: LifeRules,
    now: datetime,
) -> str:
    """Say whether a prescription may be shown at an outlet: open, or one of `REASONS`.

    The table of its life says it (`share`). Without an outlet it does not count that a
    pharmacy holds it for a while.
    """
    state = read_state(session, row, rules, now)
    if cell("share", state).code is not None:
        return _TOLD.get(state, "nothing-left")
    if outlet_code is not None and is_claimed_elsewhere(row, outlet_code, now):
        return "nothing-left"
    return "open"


def open_ones(
    session: Session,
    person_no: str,
    outlet_code: str,
    *,
    rules: LifeRules,
    now: datetime,
) -> tuple[UUID, ...]:
    """List a person's prescriptions that may be shown at an outlet, the latest first."""
    query = select(PrescriptionRow).where(
        col(PrescriptionRow.person_no) == person_no,
        col(PrescriptionRow.state).not_in(_OVER),
    )
    query = query.order_by(col(PrescriptionRow.issued_at).desc()).limit(LISTED_MAX)
    return tuple(
        row.id
        for row in session.exec(query).all()
        if standing(session, row, outlet_code, rules=rules, now=now) == "open"
    )

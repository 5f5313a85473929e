"""Which issue of an order's hand-over code is valid: a renewed one makes the old one void."""

from uuid import UUID

from sqlmodel import Session

from routing.handover import WRONG_CODES_MAX
from routing.tables import WrongCodeRow


def issue_of(session: Session, order_id: UUID) -> int:
    """Tell the number of the code that is valid now."""
    row = session.get(WrongCodeRow, order_id)
    return 1 if row is None else row.issue


def renew_code(session: Session, order_id: UUID, *, wanted: bool) -> bool:
    """Issue a new code where it is wanted, or where the old one is locked; tells whether."""
    row = session.get(WrongCodeRow, order_id, with_for_update=True)
    is_locked = row is not None and row.tries >= WRONG_CODES_MAX
    if not wanted and not is_locked:
        return False
    row = row or WrongCodeRow(order_id=order_id)
    row.issue, row.tries = row.issue + 1, 0
    session.add(row)
    return True

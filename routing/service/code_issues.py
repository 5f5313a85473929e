"""Which issue of an order's hand-over code is valid: a renewed one makes the old one void."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from routing.handover import WRONG_CODES_MAX
from routing.tables import WrongCodeRow


def issue_of(session: Session, order_id: UUID) -> int:
    """Tell the number of the code that is valid now."""
    row = session.get(WrongCodeRow, order_id)
    return 1 if row is None else row.issue


def issues_of(session: Session, orders: Collection[UUID]) -> dict[UUID, int]:
    """Tell the same of many orders; the first code of the others is valid."""
    query = select(WrongCodeRow.order_id, WrongCodeRow.issue)
    return dict(session.exec(query.where(col(WrongCodeRow.order_id).in_(orders))).all())


def is_current(row: WrongCodeRow, issue: int, at: datetime) -> bool:
    """Tell whether a code of some issue was valid at an instant: the present, or the one before.

    A hand-over before the code was renewed was made with what was valid then.
    """
    if issue == row.issue:
        return True
    renewed_at = row.renewed_at
    return issue == row.issue - 1 and renewed_at is not None and at < renewed_at


def renew_code(
    session: Session, order_id: UUID, *, wanted: bool, now: datetime
) -> bool:
    """Issue a new code where it is wanted, or where the old one is locked; tells whether."""
    row = session.get(WrongCodeRow, order_id, with_for_update=True)
    is_locked = row is not None and row.tries >= WRONG_CODES_MAX
    if not wanted and not is_locked:
        return False
    row = row or WrongCodeRow(order_id=order_id)
    row.issue, row.tries, row.renewed_at = row.issue + 1, 0, now
    session.add(row)
    return True

"""Hold orders back from planning, and release them: many at once, each done or named."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.errors import NotFound
from dispensing.service.ordering import order_row
from dispensing.service.receiving import note
from dispensing.tables import OrderRow
from routing.service.refusals import BulkDone, OrderRefused, refused
from routing.tables import HoldRow

_WAITING = ("placed", "packed")


def hold_back(
    session: Session,
    order_ids: Sequence[UUID],
    *,
    carrier_code: str,
    reason: str,
    by: str,
    now: datetime,
) -> BulkDone:
    """Hold orders of a firm back, with a reason; what is on a route already is named.

    Holding twice changes nothing. The patient reads the reason, too.
    """

    def hold(row: OrderRow) -> str | None:
        if row.state not in _WAITING:
            return "not_waiting"
        if session.get(HoldRow, row.id) is None:
            session.add(HoldRow(order_id=row.id, since=now, by=by, reason=reason))
            told = note(row.prescription_id, now, "order_held", by=by, detail=reason)
            session.add(told)
        return None

    return _each(session, order_ids, carrier_code, hold)


def release(
    session: Session,
    order_ids: Sequence[UUID],
    *,
    carrier_code: str,
    by: str,
    now: datetime,
) -> BulkDone:
    """Let plannings take orders again that were held back; releasing twice changes nothing."""

    def let_go(row: OrderRow) -> str | None:
        held = session.get(HoldRow, row.id)
        if held is not None:
            session.delete(held)
            session.add(note(row.prescription_id, now, "order_released", by=by))
        return None

    return _each(session, order_ids, carrier_code, let_go)


def _each(
    session: Session,
    order_ids: Sequence[UUID],
    carrier_code: str,
    act: Callable[[OrderRow], str | None],
) -> BulkDone:
    """Do an act to each order of a firm in one unit of work; what is refused is named."""
    left: list[OrderRefused] = []
    # In one order for all, so that two dispatchers never wait for each other in a ring.
    wanted = sorted(set(order_ids))
    for order_id in wanted:
        reason = _one(session, order_id, carrier_code, act)
        if reason is not None:
            left.append(refused(order_id, reason))
    session.commit()
    return BulkDone(len(wanted), len(wanted) - len(left), tuple(left))


def _one(
    session: Session,
    order_id: UUID,
    carrier_code: str,
    act: Callable[[OrderRow], str | None],
) -> str | None:
    try:
        row = order_row(session, order_id)
    except NotFound:
        return "not_found"
    if row.carrier_code != carrier_code:
        return "not_found"
    return act(order_row(session, order_id, lock=True))

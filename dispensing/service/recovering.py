"""Finish what was cut off: settlements and reversals whose answer never came."""

from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.errors import StillRunning
from dispensing.service.reversing import reverse
from dispensing.service.settling import resolve, settled_view
from dispensing.service.views import SettledView
from dispensing.tables import SettlementRow

OPEN = ("pending", "unknown", "reversing")


def recover(session: Session, desk: Desk, *, now: datetime) -> int:
    """Ask the platform about every settlement left open, and finish it; tells how many.

    One that is still being charged is left alone. Running it twice changes nothing.
    """
    query = select(SettlementRow).where(col(SettlementRow.state).in_(OPEN))
    cut_off = [settled_view(row) for row in session.exec(query).all()]
    session.rollback()
    return sum(_finish(Work(session, desk, now), each) for each in cut_off)


def _finish(work: Work, found: SettledView) -> bool:
    try:
        state = _ask(work, found).state
    except StillRunning:
        return False
    return state not in OPEN


def _ask(work: Work, found: SettledView) -> SettledView:
    if found.state != "reversing":
        return resolve(
            work.session,
            work.desk,
            prescription_id=found.prescription_id,
            outlet_code=found.outlet_code,
            now=work.now,
        )
    return reverse(
        work.session,
        work.desk,
        prescription_id=found.prescription_id,
        outlet_code=found.outlet_code,
        reason=found.reversal_reason or "",
        by="system",
        now=work.now,
    )

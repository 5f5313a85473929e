"""Finish what was cut off: settlements and reversals whose answer never came."""

import logging
from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.service.holding import OPEN
from dispensing.service.reversing import finish_reversal
from dispensing.service.settling import find_out, is_running
from dispensing.tables import SettlementRow

log = logging.getLogger(__name__)


def recover(session: Session, desk: Desk, *, now: datetime) -> int:
    """Ask the platform about every settlement left open, and finish it; tells how many.

    One that is still being charged is left alone. Running it twice changes nothing. Each
    is named by its own message number: a prescription may be settled anew meanwhile. One
    that cannot be finished stays open, where people see it, and does not stop the others.
    """
    query = select(SettlementRow).where(col(SettlementRow.state).in_(OPEN))
    cut_off = [
        (row.msgid, row.state)
        for row in session.exec(query.order_by(col(SettlementRow.opened_at)))
        if not is_running(row, now)
    ]
    session.rollback()
    work = Work(session, desk, now)
    return sum(finish(work, msgid, state) for msgid, state in cut_off)


def finish(work: Work, msgid: str, state: str) -> bool:
    """Ask the platform about one settlement left open; tells whether it is finished."""
    try:
        if state == "reversing":
            return finish_reversal(work, msgid, "system").state not in OPEN
        return find_out(work, msgid).state not in OPEN
    except Exception as error:
        work.session.rollback()
        # Its kind only: an error of the database carries a person's data.
        log.error("settlement %s is not finished: %s", msgid, type(error).__name__)
        return False

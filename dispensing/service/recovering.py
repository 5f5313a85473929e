"""Finish what was cut off: settlements and reversals whose answer never came."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.gateway import BookedOtherwise, Receipt, Unanswered
from dispensing.service.concluding import post_booked
from dispensing.service.holding import OPEN
from dispensing.service.reversing import finish_reversal
from dispensing.service.settling import find_out, is_running, mark_unknown
from dispensing.service.views import SettledView
from dispensing.tables import SettlementRow

AT_ONCE = (
    50  # settlements in one act: the gain of more is small, what waits for it is not
)

log = logging.getLogger(__name__)


def recover(session: Session, desk: Desk, *, now: datetime) -> int:
    """Ask the platform about every settlement left open, and finish it; tells how many.

    One that is still being charged is left alone. Running it twice changes nothing. Each
    is named by its own message number: a prescription may be settled anew meanwhile. What
    the platform has booked is posted many at once. One that cannot be finished stays open,
    where people see it, and does not stop the others.
    """
    query = select(SettlementRow).where(col(SettlementRow.state).in_(OPEN))
    cut_off = [
        (row.msgid, row.state)
        for row in session.exec(query.order_by(col(SettlementRow.opened_at)))
        if not is_running(row, now)
    ]
    session.rollback()
    work = Work(session, desk, now)
    charged = [msgid for msgid, state in cut_off if state != "reversing"]
    done = sum(
        _finish_some(work, charged[begin : begin + AT_ONCE])
        for begin in range(0, len(charged), AT_ONCE)
    )
    undone = [msgid for msgid, state in cut_off if state == "reversing"]
    return done + sum(finish(work, msgid, "reversing") for msgid in undone)


def finish(work: Work, msgid: str, state: str) -> bool:
    """Ask the platform about one settlement left open; tells whether it is finished."""
    if state == "reversing":
        return _try(work, msgid, lambda: finish_reversal(work, msgid, "system"))
    return _try(work, msgid, lambda: find_out(work, msgid))


def _finish_some(work: Work, msgids: Sequence[str]) -> int:
    """Post what the platform has booked in one act; the rest is finished one by one."""
    receipts, unanswered = _asked(work, msgids)
    posted = _post_all(work, receipts)
    done = len(posted)
    for msgid in msgids:
        if msgid in unanswered:
            _try(work, msgid, partial(mark_unknown, work, msgid))
        elif msgid not in posted:
            done += finish(work, msgid, "unknown")
    return done


def _asked(
    work: Work, msgids: Sequence[str]
) -> tuple[dict[str, Receipt], frozenset[str]]:
    """Ask the platform of each number: what it has booked, and where it did not answer."""
    receipts: dict[str, Receipt] = {}
    unanswered = set()
    for msgid in msgids:
        try:
            receipt = work.desk.gateway.query(msgid)
        except BookedOtherwise:  # `finish` takes it back
            continue
        except Unanswered:
            unanswered.add(msgid)
            continue
        except Exception:  # `finish` meets it again, and tells of it
            continue
        if receipt is not None:
            receipts[msgid] = receipt
    return receipts, frozenset(unanswered)


def _post_all(work: Work, receipts: Mapping[str, Receipt]) -> frozenset[str]:
    """Post them together; where one of them cannot be, none is, and each is tried alone."""
    if not receipts:
        return frozenset()
    try:
        return post_booked(work, receipts)
    except Exception as error:
        work.session.rollback()
        log.error("%s settlements: %s", len(receipts), type(error).__name__)
        return frozenset()


def _try(work: Work, msgid: str, act: Callable[[], SettledView]) -> bool:
    try:
        return act().state not in OPEN
    except Exception as error:
        work.session.rollback()
        # Its kind only: an error of the database carries a person's data.
        log.error("settlement %s is not finished: %s", msgid, type(error).__name__)
        return False

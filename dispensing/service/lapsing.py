"""What ends by itself: claims at their hour, prescriptions after their last day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.life import permit
from dispensing.prescription import step
from dispensing.service.claiming import release
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import read_state
from dispensing.tables import PrescriptionRow
from pharmacies import reserving

AT_ONCE = 200  # rows looked at in one act, so that nobody waits long for it
NOBODY = "system"


def end_claims(session: Session, *, now: datetime) -> int:
    """Release the claims that are over, so that events tell of it; tells how many.

    Nobody has to wait for it: a claim holds until its hour, whether it was swept or not.
    """
    query = select(PrescriptionRow.id).where(col(PrescriptionRow.claimed_until) <= now)
    over = session.exec(query.order_by(col(PrescriptionRow.claimed_until))).all()
    session.rollback()
    return [_end_claim(session, id_, now) for id_ in over].count(True)


def lapse(session: Session, desk: Desk, *, prescription_id: UUID, now: datetime) -> str:
    """Write down that a prescription has lapsed, once its last day is over in China.

    Raises Conflict before that, and where its life took another end. Returns the state.
    """
    row = prescription_row(session, prescription_id, lock=True)
    permit("lapse", read_state(session, row, desk.life, now))
    _lapse(Work(session, desk, now), row)
    session.commit()
    return "lapsed"


def lapse_all(session: Session, desk: Desk, *, now: datetime) -> int:
    """Write down which open prescriptions have lapsed; tells how many.

    Nobody has to wait for it: every look sees a prescription as lapsed from midnight on.
    """
    query = select(PrescriptionRow.id).where(col(PrescriptionRow.state) == "received")
    ids = session.exec(query.order_by(col(PrescriptionRow.id))).all()
    session.rollback()
    return sum(
        _lapse_some(Work(session, desk, now), ids[begin : begin + AT_ONCE])
        for begin in range(0, len(ids), AT_ONCE)
    )


def _lapse_some(work: Work, ids: Sequence[UUID]) -> int:
    """Look at some first without a lock, then lock those that have lapsed."""
    rows = work.session.exec(
        select(PrescriptionRow).where(col(PrescriptionRow.id).in_(ids))
    ).all()
    due = [row.id for row in rows if _has_lapsed(work, row)]
    work.session.rollback()
    done = 0
    for id_ in sorted(due):
        row = prescription_row(work.session, id_, lock=True)
        if row.state == "received" and _has_lapsed(work, row):
            _lapse(work, row)
            done += 1
    work.session.commit()
    return done


def _has_lapsed(work: Work, row: PrescriptionRow) -> bool:
    found = read_state(work.session, row, work.desk.life, work.now)
    return found == "lapsed" and row.state == "received"


def _lapse(work: Work, row: PrescriptionRow) -> None:
    if row.state == "lapsed":
        return
    row.state = step(row.state, "lapsed")
    reserving.end_reservations(work.session, row.id, "lapsed", work.now)
    work.session.add(note(row.id, work.now, "lapsed", by=NOBODY))


def _end_claim(session: Session, id_: UUID, now: datetime) -> bool:
    row = prescription_row(session, id_, lock=True)
    over = row.claimed_until is not None and row.claimed_until <= now
    if over:
        if row.state == "received":
            detail = row.claimed_by or ""
            session.add(note(row.id, now, "claim_lapsed", by=NOBODY, detail=detail))
        if row.state == "settling":
            row.claimed_by = row.claim_digest = None
            row.claimed_until = None  # what is set aside goes with the settlement
        elif row.state not in ("revoked", "lapsed"):
            release(session, row, now, "lapsed")
        else:
            reserving.end_reservations(session, row.id, "lapsed", now)
            row.claimed_until = None  # who held it stays, so that its desk can show it
    session.commit()
    return over

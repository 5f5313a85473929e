"""Hold a prescription for one pharmacy under a secret, give it back, or send it to the doctor."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk, Work
from dispensing.life import permit, refusal
from dispensing.service import claim_secret
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import (
    permit_now,
    reject_claimed_elsewhere,
    reject_too_early,
    state_now,
)
from dispensing.service.stocking import claim_stock
from dispensing.service.views import Claimed
from dispensing.tables import PrescriptionRow
from pharmacies import reserving
from pharmacies import service as pharmacies

# Why a pharmacy gives a prescription back, in both languages.
RETURNS: Mapping[str, tuple[str, str]] = {
    "out_of_stock": ("本店缺货", "out of stock"),
    "patient_left": ("患者去了别处", "the patient went elsewhere"),
    "not_designated": ("本店不能结算", "it cannot be settled here"),
    "wrong_prescription": ("锁定错了处方", "the wrong prescription was claimed"),
    "other": ("其他", "other"),
}


def claim(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    by: str,
    now: datetime,
) -> Claimed:
    """Hold a prescription for one pharmacy for a time; of two at once, one gets it.

    The pharmacy that holds it may claim it anew: it gets a fresh secret, the old one no
    longer holds, and the time begins again. What is open of it is set aside in the stock
    until then, where the outlet's books are kept. Raises Conflict, which says until when
    another pharmacy holds it, or why this one has not enough of a medicine.
    """
    pharmacies.outlet(session, outlet_code)
    row = prescription_row(session, prescription_id, lock=True)
    work = Work(session, desk, now)
    permit_now(work, "claim", row)
    reject_claimed_elsewhere(row, outlet_code, now)
    reject_too_early(row, desk.life, now)
    _release_if_over(work, row)
    secret = claim_secret.fresh()
    row.claimed_by, row.claim_digest = outlet_code, claim_secret.digest(secret)
    row.claimed_until = until = now + desk.life.claim_lasts
    aside = claim_stock(work, row, outlet_code, by)
    session.add(note(row.id, now, "claimed", by=by, detail=outlet_code))
    filling = row.filling
    session.commit()
    return Claimed(prescription_id, outlet_code, secret, until, filling, aside)


def give_back(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    secret: str,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Return a claimed prescription with a coded reason, so that another pharmacy may have it.

    A secret that was replaced returns nothing: a request that comes late does not end the
    claim that follows it.
    """
    assert reason in RETURNS
    row = prescription_row(session, prescription_id, lock=True)
    work = Work(session, desk, now)
    permit_now(work, "return", row)
    _prove(row, outlet_code, secret, now)
    release(session, row, now)
    session.add(note(row.id, now, "claim_returned", by=by, detail=reason))
    session.commit()


def refer_back(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    secret: str | None,
    wanted: str,
    by: str,
    now: datetime,
) -> None:
    """Tell the prescriber that another medicine is wanted, and give the prescription back.

    A pharmacy may not replace what is prescribed (药品管理法 58, 73): its issuer revokes
    the prescription and writes another one, or leaves it as it is.
    """
    pharmacies.outlet(session, outlet_code)
    row = prescription_row(session, prescription_id, lock=True)
    work = Work(session, desk, now)
    state = state_now(work, row)
    permit("refer_back", state)
    reject_claimed_elsewhere(row, outlet_code, now)
    if state == "claimed":
        _prove(row, outlet_code, secret or "", now)
        release(session, row, now)
        returned = note(row.id, now, "claim_returned", by=by, detail="substitution")
        session.add(returned)
    session.add(note(row.id, now, "substitution_wanted", by=by, detail=wanted))
    session.commit()


def release(
    session: Session, row: PrescriptionRow, now: datetime, why: str = "released"
) -> None:
    """End the claim of a prescription, and let go what was set aside for it."""
    reserving.end_reservations(session, row.id, why, now)
    row.claimed_by = row.claim_digest = None
    row.claimed_until = None


def _release_if_over(work: Work, row: PrescriptionRow) -> None:
    """Note that a claim is over which no sweep has ended yet."""
    if row.claimed_until is not None and row.claimed_until <= work.now:
        detail = row.claimed_by or ""
        over = note(row.id, work.now, "claim_lapsed", by="system", detail=detail)
        work.session.add(over)
        release(work.session, row, work.now, "lapsed")


def _prove(row: PrescriptionRow, outlet_code: str, secret: str, now: datetime) -> None:
    reject_claimed_elsewhere(row, outlet_code, now)
    if not claim_secret.fits(secret, row.claim_digest):
        raise refusal("claim-secret")

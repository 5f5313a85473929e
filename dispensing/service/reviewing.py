"""Pharmacists review a prescription (审方), and where it is asked for, a second one (复核)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.identity import folded
from dispensing.life import permit, refusal
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import (
    held_longer,
    reject_claimed_elsewhere,
    state_now,
)
from dispensing.service.views import ReviewView
from dispensing.tables import PrescriptionRow, ReviewRow
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class Review:
    """What a pharmacist says of a prescription: passed or refused, and why."""

    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    opinion: str = ""


def review(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    review: Review,
    by: str,
    now: datetime,
    no: int | None = None,
) -> ReviewView:
    """Write a pharmacist's review down; the second one is another person's, on another account.

    `no` is 1 for the review and 2 for the second one, where the caller minds which it is.
    The same review again gives the first answer. A refusal ends it for the pharmacies: the
    prescriber revokes it and writes another one (药品管理法 73).
    """
    row = prescription_row(session, prescription_id, lock=True)
    work = Work(session, desk, now)
    made = write_review(work, row, review, outlet_code=outlet_code, by=by, no=no)
    session.commit()
    return made


def write_review(
    work: Work,
    row: PrescriptionRow,
    review: Review,
    *,
    outlet_code: str,
    by: str,
    no: int | None = None,
) -> ReviewView:
    """Write a review of a locked prescription down, as a part of a larger unit of work."""
    pharmacies.outlet(work.session, outlet_code)
    earlier = reviews_of(work.session, row.id)
    same = _same(earlier, review, by)
    if same is not None:
        return same
    _permit(work, row, outlet_code, no)
    if work.desk.life.reviews_needed(row.source) > 1:
        _reject_same_person(earlier, review, by)
    made = _kept(work, row, review, outlet_code=outlet_code, by=by)
    held_longer(work, row)
    return made


def reviews_of(session: Session, prescription_id: UUID) -> tuple[ReviewView, ...]:
    """List the reviews of a prescription, the first first."""
    query = select(ReviewRow).where(col(ReviewRow.prescription_id) == prescription_id)
    return tuple(_view(row) for row in session.exec(query.order_by(col(ReviewRow.no))))


def _permit(work: Work, row: PrescriptionRow, outlet_code: str, no: int | None) -> None:
    state = state_now(work, row)
    second = no == 2 if no else state == "awaiting_second_review"
    permit("second_review" if second else "review", state)
    reject_claimed_elsewhere(row, outlet_code, work.now)


def _reject_same_person(
    earlier: tuple[ReviewView, ...], review: Review, by: str
) -> None:
    code = folded(review.pharmacist_code)
    for one in earlier:
        if code == folded(one.pharmacist_code) or by == one.by:
            raise refusal("same-pharmacist")


def _same(
    earlier: tuple[ReviewView, ...], review: Review, by: str
) -> ReviewView | None:
    for one in earlier:
        said = Review(
            one.verdict, one.pharmacist_code, one.pharmacist_name, one.opinion
        )
        if (said, one.by) == (review, by):
            return one
    return None


def _kept(
    work: Work, row: PrescriptionRow, review: Review, *, outlet_code: str, by: str
) -> ReviewView:
    passed = review.verdict == "passed"
    made = ReviewRow(
        prescription_id=row.id,
        no=row.reviews + 1,
        verdict=review.verdict,
        pharmacist_code=review.pharmacist_code,
        pharmacist_name=review.pharmacist_name,
        opinion=review.opinion,
        outlet_code=outlet_code,
        by=by,
        at=work.now,
    )
    work.session.add(made)
    if passed:
        row.reviews += 1
    else:
        row.review_refused_at = work.now
    kind = "reviewed" if passed else "review_refused"
    event = note(row.id, work.now, kind, by=by, detail=review.pharmacist_name)
    work.session.add(event)
    return _view(made)


def _view(row: ReviewRow) -> ReviewView:
    return ReviewView(
        no=row.no,
        verdict=row.verdict,
        pharmacist_code=row.pharmacist_code,
        pharmacist_name=row.pharmacist_name,
        opinion=row.opinion,
        outlet_code=row.outlet_code,
        by=row.by,
        at=row.at,
    )

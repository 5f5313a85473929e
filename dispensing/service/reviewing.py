"""Pharmacists review a prescription (审方), where it is asked for a second one (复核) as well.

What passed may be withdrawn by a pharmacist until it is settled; then it is reviewed anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.identity import folded
from dispensing.life import permit, refusal
from dispensing.service.claiming import release
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import (
    held_longer,
    permit_now,
    reject_claimed_elsewhere,
    state_now,
)
from dispensing.service.views import ReviewView
from dispensing.tables import PrescriptionRow, ReviewRow, ReviewWithdrawalRow
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class Review:
    """What a pharmacist says of a prescription: passed or refused, and why."""

    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """Which review of a prescription it is, and where and by whom it is made."""

    no: int
    outlet_code: str
    by: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who withdraws a review, and why."""

    reason: str
    pharmacist_code: str
    pharmacist_name: str


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
    reviews = reviews_of(work.session, row.id)
    earlier = tuple(one for one in reviews if one.stands)
    same = _same(earlier, review, by)
    if same is not None:
        return same
    _permit(work, row, outlet_code, no)
    if work.desk.life.reviews_needed(row.source) > 1:
        _reject_same_person(earlier, review, by)
    made = _Made(len(reviews) + 1, outlet_code, by)
    _keep(work, row, review, made)
    held_longer(work, row)
    return reviews_of(work.session, row.id)[-1]


def withdraw_review(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    no: int,
    withdrawal: Withdrawal,
    by: str,
    now: datetime,
) -> ReviewView:
    """Withdraw a passed review before the settlement; asked again, it gives the first answer.

    Any pharmacist may who could review it: who finds a fault need not wait for the one who
    did not. Where then too few have agreed, the claim of a pharmacy ends as well.
    """
    pharmacies.outlet(session, outlet_code)
    row = prescription_row(session, prescription_id, lock=True)
    work, reviews = Work(session, desk, now), reviews_of(session, prescription_id)
    named = next((one for one in reviews if one.no == no), None)
    if named is not None and not named.stands:
        return named
    permit_now(work, "withdraw_review", row)
    reject_claimed_elsewhere(row, outlet_code, now)
    if named is None or named.verdict != "passed":
        raise refusal("no-review")
    made = ReviewWithdrawalRow(
        prescription_id=prescription_id,
        review_no=no,
        after_no=len(reviews),
        pharmacist_code=withdrawal.pharmacist_code,
        pharmacist_name=withdrawal.pharmacist_name,
        reason=withdrawal.reason,
        outlet_code=outlet_code,
        by=by,
        at=now,
    )
    session.add(made)
    row.reviews -= 1
    session.add(note(row.id, now, "review_withdrawn", by=by, detail=withdrawal.reason))
    _end_claim(work, row, by)
    session.commit()
    return reviews_of(session, prescription_id)[no - 1]


def reviews_of(session: Session, prescription_id: UUID) -> tuple[ReviewView, ...]:
    """List the reviews of a prescription, the first first, those that were withdrawn as well."""
    query = select(ReviewRow).where(col(ReviewRow.prescription_id) == prescription_id)
    rows = session.exec(query.order_by(col(ReviewRow.no))).all()
    if not rows:
        return ()
    asked = select(ReviewWithdrawalRow).where(
        col(ReviewWithdrawalRow.prescription_id) == prescription_id
    )
    undone = {one.review_no: one for one in session.exec(asked)}
    return tuple(_view(row, rows, undone) for row in rows)


def _end_claim(work: Work, row: PrescriptionRow, by: str) -> None:
    """End the claim that a pharmacy holds on what has to be reviewed again."""
    until, needed = row.claimed_until, work.desk.life.reviews_needed(row.source)
    if until is None or work.now >= until or row.reviews >= needed:
        return
    release(work.session, row, work.now)
    detail = "review_withdrawn"
    work.session.add(note(row.id, work.now, "claim_returned", by=by, detail=detail))


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


def _keep(work: Work, row: PrescriptionRow, review: Review, made: _Made) -> None:
    passed = review.verdict == "passed"
    kept = ReviewRow(
        prescription_id=row.id,
        no=made.no,
        verdict=review.verdict,
        pharmacist_code=review.pharmacist_code,
        pharmacist_name=review.pharmacist_name,
        opinion=review.opinion,
        outlet_code=made.outlet_code,
        by=made.by,
        at=work.now,
    )
    work.session.add(kept)
    if passed:
        row.reviews += 1
    else:
        row.review_refused_at = work.now
    kind = "reviewed" if passed else "review_refused"
    event = note(row.id, work.now, kind, by=made.by, detail=review.pharmacist_name)
    work.session.add(event)
    work.session.flush()


def _view(
    row: ReviewRow,
    rows: Sequence[ReviewRow],
    undone: Mapping[int, ReviewWithdrawalRow],
) -> ReviewView:
    withdrawn = undone.get(row.no)
    return ReviewView(
        no=row.no,
        is_second=any(_stood(one, row.no, undone) for one in rows),
        verdict=row.verdict,
        pharmacist_code=row.pharmacist_code,
        pharmacist_name=row.pharmacist_name,
        opinion=row.opinion,
        outlet_code=row.outlet_code,
        by=row.by,
        at=row.at,
        withdrawn_at=withdrawn.at if withdrawn else None,
        withdrawn_by=withdrawn.pharmacist_name if withdrawn else None,
        withdrawn_for=withdrawn.reason if withdrawn else None,
    )


def _stood(one: ReviewRow, no: int, undone: Mapping[int, ReviewWithdrawalRow]) -> bool:
    """Tell whether a review had passed and stood when the one with a number was made."""
    withdrawn = undone.get(one.no)
    stood = withdrawn is None or withdrawn.after_no >= no
    return one.no < no and one.verdict == "passed" and stood

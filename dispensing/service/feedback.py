"""Ratings and complaints (评价与投诉): tied to a case, for whom they concern, answered in time."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing import feedback
from dispensing.days import day_of
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.feedback_views import (
    BUREAU,
    FeedbackView,
    carrier_name,
    listed,
    views,
    without_prescription,
)
from dispensing.service.locking_away import at_hand
from dispensing.service.people import person_row
from dispensing.service.receiving import prescription_row
from dispensing.tables import (
    FeedbackRow,
    FeedbackTurnRow,
    OrderRow,
    SettlementRow,
)
from pharmacies import service as pharmacies
from pharmacies.places import pooling_area

RATED_BEFORE = Words(
    "这张处方已经评价过这一方。",
    "This prescription was rated for this party before.",
    "还有话要说，请提交投诉。",
    "If there is more to say, send a complaint.",
)
TOO_MANY = Words(
    f"这张处方已有 {feedback.OPEN_MAX} 条投诉在等答复。",
    f"{feedback.OPEN_MAX} complaints about this prescription wait for an answer.",
    "请等答复后再提交。",
    "Wait for an answer first.",
)
NOT_NOW = Words(
    "这条意见现在不能这样处理。",
    "This cannot be done with it now.",
    "请刷新页面，看最新的状态。",
    "Refresh the page and see how it stands.",
)


@dataclass(frozen=True, slots=True)
class Party:
    """One party of a case that something can be said about."""

    about: feedback.About
    code: str
    name: str
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a patient says: stars for a rating, none for a complaint."""

    about: str
    party: str
    topic: str
    words: str
    stars: int | None = None


def parties_of(session: Session, prescription_id: UUID) -> tuple[Party, ...]:
    """List whom a case concerns: where it was settled or is, who brought it, the insurance."""
    row = prescription_row(session, prescription_id)
    settled = select(SettlementRow.outlet_code).where(
        col(SettlementRow.prescription_id) == row.id
    )
    outlets = {*session.exec(settled), row.outlet_code, row.claimed_by} - {None}
    found = [
        Party("outlet", code, pharmacies.outlet(session, code).name)
        for code in sorted(filter(None, outlets))
    ]
    orders = select(OrderRow).where(col(OrderRow.prescription_id) == row.id)
    brought = {
        order.carrier_code: order.id
        for order in session.exec(orders.order_by(col(OrderRow.placed_at)))
    }
    found += [
        Party("carrier", code, carrier_name(session, code), order_id)
        for code, order_id in sorted(brought.items())
    ]
    area = pooling_area(person_row(session, row.person_no).area)
    return (*found, Party("insurance", area, BUREAU))


def give_feedback(
    session: Session, prescription_id: UUID, said: Said, *, by: str, now: datetime
) -> FeedbackView:
    """Keep what a patient says of one party of a case; a complaint is answered in time.

    Raises NotFound, Malformed and Conflict.
    """
    rx = prescription_row(session, prescription_id)
    party = _party(session, prescription_id, said)
    _reject_unfit(said)
    if said.stars is None:
        _reject_too_many(session, rx.id, day_of(now))
    row = FeedbackRow(
        kind="complaint" if said.stars is None else "rating",
        prescription_id=rx.id,
        order_id=party.order_id,
        person_no=rx.person_no,
        about=party.about,
        party=party.code,
        area=pooling_area(person_row(session, rx.person_no).area),
        stars=said.stars,
        topic=said.topic,
        words=said.words,
        at=now,
        by=by,
        answer_by=feedback.answer_by(day_of(now)) if said.stars is None else None,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise Conflict(RATED_BEFORE, code="rated-before") from error
    (view,) = views(session, [row], day_of(now))
    session.commit()
    return view


def answer_feedback(
    session: Session,
    feedback_id: UUID,
    words: str,
    *,
    role: str,
    subject: str,
    by: str,
    now: datetime,
) -> FeedbackView:
    """Answer a complaint, as the party that it is about or as the bureau.

    What did not content the patient is answered by the bureau. Raises NotFound, Conflict.
    """
    row = _locked(session, feedback_id)
    if not _concerns(row, role, subject):
        raise NotFound("意见", "feedback")
    state = _state(session, row, day_of(now))
    may = (
        {"waiting", "overdue"}
        if role != "bureau"
        else {"waiting", "overdue", "unsatisfied"}
    )
    if state not in may or (role != "bureau" and _was_answered(session, row)):
        raise Conflict(NOT_NOW, code="not-now")
    return _turned(session, row, "answered", role=role, words=words, by=by, now=now)


def reply_to_answer(
    session: Session,
    feedback_id: UUID,
    *,
    person_no: str,
    content: bool,
    words: str,
    by: str,
    now: datetime,
) -> FeedbackView:
    """Tell whether an answer contents the patient; where not, it goes to the bureau."""
    row = _locked(session, feedback_id)
    if row.person_no != person_no:
        raise NotFound("意见", "feedback")
    if _state(session, row, day_of(now)) != "answered":
        raise Conflict(NOT_NOW, code="not-now")
    kind = "closed" if content else "unsatisfied"
    return _turned(session, row, kind, role="patient", words=words, by=by, now=now)


def feedback_of(
    session: Session, person_no: str, *, now: datetime
) -> tuple[FeedbackView, ...]:
    """List what a person has said, the latest first."""
    return listed(session, col(FeedbackRow.person_no) == person_no, now)


def feedback_for(
    session: Session, role: str, subject: str, *, now: datetime
) -> tuple[FeedbackView, ...]:
    """List what concerns a party, or all of a bureau's area: what waits longest first."""
    mine = _where(role, subject) & at_hand(col(FeedbackRow.prescription_id))
    found = listed(session, mine, now)
    order = ("overdue", "unsatisfied", "waiting", "answered", "closed", "rated")
    ranked = sorted(found, key=lambda one: order.index(one.state))
    if role == "counter" or role == "bureau":
        return tuple(ranked)
    return tuple(without_prescription(one) for one in ranked)


def _party(session: Session, prescription_id: UUID, said: Said) -> Party:
    for one in parties_of(session, prescription_id):
        if (one.about, one.code) == (said.about, said.party):
            return one
    raise Malformed([FieldError("party", "a party of this case")])


def _reject_unfit(said: Said) -> None:
    errors = []
    if said.topic not in feedback.TOPICS[said.about]:
        errors.append(FieldError("topic", f"one of {feedback.TOPICS[said.about]}"))
    if said.stars is None and not said.words.strip():
        errors.append(FieldError("words", "what went wrong"))
    if said.stars is not None and not 1 <= said.stars <= feedback.STARS_MAX:
        errors.append(FieldError("stars", f"1 to {feedback.STARS_MAX}"))
    if errors:
        raise Malformed(errors)


def _reject_too_many(session: Session, prescription_id: UUID, today: date) -> None:
    query = select(FeedbackRow).where(
        col(FeedbackRow.prescription_id) == prescription_id,
        col(FeedbackRow.kind) == "complaint",
    )
    open_ones = {"waiting", "overdue", "unsatisfied"}
    there = views(session, session.exec(query).all(), today)
    if sum(one.state in open_ones for one in there) >= feedback.OPEN_MAX:
        raise Conflict(TOO_MANY, code="too-many")


def _locked(session: Session, feedback_id: UUID) -> FeedbackRow:
    """Lock a complaint: two who answer at once do so one after the other."""
    row = session.get(FeedbackRow, feedback_id, with_for_update=True)
    if row is None:
        raise NotFound("意见", "feedback")
    return row


def _concerns(row: FeedbackRow, role: str, subject: str) -> bool:
    if role == "bureau":
        return row.area == pooling_area(subject)
    about = {"counter": "outlet", "dispatch": "carrier"}[role]
    return (row.about, row.party) == (about, subject)


def _where(role: str, subject: str) -> ColumnElement[bool]:
    if role == "bureau":
        return col(FeedbackRow.area) == pooling_area(subject)
    about = {"counter": "outlet", "dispatch": "carrier"}[role]
    return (col(FeedbackRow.about) == about) & (col(FeedbackRow.party) == subject)


def _turned(
    session: Session,
    row: FeedbackRow,
    kind: str,
    *,
    role: str,
    words: str,
    by: str,
    now: datetime,
) -> FeedbackView:
    session.add(
        FeedbackTurnRow(
            feedback_id=row.id,
            prescription_id=row.prescription_id,
            kind=kind,
            role=role,
            words=words,
            at=now,
            by=by,
        )
    )
    session.flush()
    (view,) = views(session, [row], day_of(now))
    session.commit()
    return view if role != "dispatch" else without_prescription(view)


def _state(session: Session, row: FeedbackRow, today: date) -> feedback.State:
    (view,) = views(session, [row], today)
    return view.state


def _was_answered(session: Session, row: FeedbackRow) -> bool:
    query = select(FeedbackTurnRow.id).where(col(FeedbackTurnRow.feedback_id) == row.id)
    return session.exec(query.limit(1)).first() is not None

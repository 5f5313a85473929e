"""What is told of ratings and complaints (评价与投诉), and how content patients are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dispensing import feedback
from dispensing.days import day_of
from dispensing.tables import FeedbackRow, FeedbackTurnRow, PrescriptionRow
from pharmacies import service as pharmacies

LISTED_MAX = 200
BUREAU = "医保经办机构"


@dataclass(frozen=True, slots=True)
class TurnView:
    """What became of a complaint: who answered as which role, or what the patient replied."""

    kind: feedback.Turn
    role: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """One rating or complaint as all of its sides see it; never the patient's name.

    `hosp_rx_no` is kept from delivery firms, which see parcels, not prescriptions.
    """

    id: UUID
    kind: feedback.Kind
    state: feedback.State
    prescription_id: UUID | None
    hosp_rx_no: str | None
    order_id: UUID | None
    about: feedback.About
    party: str
    party_name: str
    stars: int | None
    topic: str
    words: str
    at: datetime
    due: date | None
    turns: tuple[TurnView, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the patients of one party are content: ratings in tenths of a star, complaints."""

    about: str
    party: str
    ratings: int
    stars_tenths: int | None
    complaints: int
    waiting: int
    overdue: int


def standings_of(views: Iterable[FeedbackView]) -> tuple[Standing, ...]:
    """Count how content patients are with each party of a list."""
    by_party: dict[tuple[str, str], list[FeedbackView]] = defaultdict(list)
    for one in views:
        by_party[one.about, one.party].append(one)
    return tuple(
        Standing(
            about=about,
            party=party,
            ratings=sum(one.kind == "rating" for one in found),
            stars_tenths=feedback.tenths(one.stars for one in found if one.stars),
            complaints=sum(one.kind == "complaint" for one in found),
            waiting=sum(one.state in {"waiting", "unsatisfied"} for one in found),
            overdue=sum(one.state == "overdue" for one in found),
        )
        for (about, party), found in sorted(by_party.items())
    )


def listed(
    session: Session, where: ColumnElement[bool], now: datetime
) -> tuple[FeedbackView, ...]:
    """List what was said where a condition holds, the latest first."""
    query = select(FeedbackRow).where(where).order_by(col(FeedbackRow.at).desc())
    rows = session.exec(query.limit(LISTED_MAX)).all()
    return views(session, rows, day_of(now))


def views(
    session: Session, rows: Sequence[FeedbackRow], today: date
) -> tuple[FeedbackView, ...]:
    """Turn rows into what is told of them."""
    turns = _turns(session, [row.id for row in rows])
    numbers = dict(
        session.exec(
            select(PrescriptionRow.id, PrescriptionRow.hosp_rx_no).where(
                col(PrescriptionRow.id).in_({row.prescription_id for row in rows})
            )
        ).all()
    )
    return tuple(
        _view(
            session,
            row,
            hosp_rx_no=numbers[row.prescription_id],
            turns=turns[row.id],
            today=today,
        )
        for row in rows
    )


def _turns(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[FeedbackTurnRow]]:
    found: dict[UUID, list[FeedbackTurnRow]] = defaultdict(list)
    query = select(FeedbackTurnRow).where(col(FeedbackTurnRow.feedback_id).in_(ids))
    for turn in session.exec(query.order_by(col(FeedbackTurnRow.id))):
        found[turn.feedback_id].append(turn)
    return found


def _view(
    session: Session,
    row: FeedbackRow,
    *,
    hosp_rx_no: str,
    turns: Sequence[FeedbackTurnRow],
    today: date,
) -> FeedbackView:
    became = [(turn.kind, day_of(turn.at)) for turn in turns]
    state = feedback.state_of(row.kind, became, row.answer_by, today)
    due = row.answer_by
    if turns and turns[-1].kind == "unsatisfied":
        due = feedback.answer_by(day_of(turns[-1].at))
    return FeedbackView(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        state=state,
        prescription_id=row.prescription_id,
        hosp_rx_no=hosp_rx_no,
        order_id=row.order_id,
        about=row.about,  # type: ignore[arg-type]
        party=row.party,
        party_name=_name(session, row),
        stars=row.stars,
        topic=row.topic,
        words=row.words,
        at=row.at,
        due=due if state in {"waiting", "overdue", "unsatisfied"} else None,
        turns=tuple(
            TurnView(turn.kind, turn.role, turn.words, turn.at)  # type: ignore[arg-type]
            for turn in turns
        ),
    )


def _name(session: Session, row: FeedbackRow) -> str:
    if row.about == "outlet":
        return pharmacies.outlet(session, row.party).name
    if row.about == "carrier":
        return carrier_name(session, row.party)
    return BUREAU


def carrier_name(session: Session, code: str) -> str:
    """Name a delivery firm; one that is gone goes by its code."""
    return {one.code: one.name for one in pharmacies.carriers(session)}.get(code, code)


def without_prescription(one: FeedbackView) -> FeedbackView:
    """Leave out which prescription it is about: delivery firms see parcels only."""
    return replace(one, prescription_id=None, hosp_rx_no=None)

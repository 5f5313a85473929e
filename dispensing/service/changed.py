"""What was changed since a record of the audit chain: which prescriptions, whose, and where.

The records are numbered as they are written, but on PostgreSQL they are seen in the order of
their commits: who reads on has to come back for numbers that were left out.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.service.approving import content_of
from dispensing.tables import (
    AssessmentRow,
    EventRow,
    FeedbackRow,
    FeedbackTurnRow,
    OrderRow,
    PersonRow,
    PrescriptionRow,
    ProposalRow,
    RecordRow,
    SettlementRow,
)
from pharmacies.crew_service import firms_of

READ_MAX = 1000  # records at once
_KINDS = (
    "event",
    "decision",
    "settlement",
    "feedback",
    "feedback_turn",
    "crew",
    "proposal",
    "proposal_end",
)


@dataclass(frozen=True, slots=True)
class Touched:
    """One prescription that something happened to, and whom it concerns."""

    prescription_id: UUID
    person_no: str
    area: str  # the pooling area (统筹区) of the insured
    outlets: frozenset[str]
    carriers: frozenset[str]
    orders: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Changes:
    """The numbers that were read, the prescriptions and the firms' crews that they tell of."""

    numbers: tuple[int, ...]
    touched: tuple[Touched, ...]
    crews: frozenset[str] = frozenset()


def last_record(session: Session) -> int:
    """Tell the number of the last record that is there."""
    return session.exec(select(func.max(RecordRow.id))).one() or 0


def changes_after(
    session: Session, number: int, missing: Collection[int] = ()
) -> Changes:
    """Read the records after a number, and those that were missing before it."""
    wanted = or_(col(RecordRow.id) > number, col(RecordRow.id).in_(missing))
    query = (
        select(RecordRow.id, RecordRow.kind, RecordRow.subject)
        .where(wanted)
        .order_by(col(RecordRow.id))
        .limit(READ_MAX)
    )
    found = session.exec(query).all()
    subjects: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    for _, kind, subject in found:
        name = kind.partition(".")[0]
        if name in subjects:
            subjects[name].add(subject)
    acts = [int(each) for each in subjects.pop("crew")]
    crews = firms_of(session, acts) if acts else ()
    touched = _touched(session, subjects) if any(subjects.values()) else ()
    numbers = tuple(number for number, _, _ in found if number)
    return Changes(numbers, touched, frozenset(crews))


def _touched(session: Session, subjects: dict[str, set[str]]) -> tuple[Touched, ...]:
    """Look up the prescriptions, and every outlet that an event of theirs names."""
    outlets: dict[UUID, set[str]] = {}
    events = [int(each) for each in subjects["event"]]
    rows: Iterable[tuple[UUID, str]] = (
        *session.exec(
            select(EventRow.prescription_id, EventRow.detail).where(
                col(EventRow.id).in_(events)
            )
        ),
        *session.exec(
            select(AssessmentRow.prescription_id, AssessmentRow.outlet_code).where(
                col(AssessmentRow.id).in_(map(UUID, subjects["decision"]))
            )
        ),
        *session.exec(
            select(SettlementRow.prescription_id, SettlementRow.outlet_code).where(
                col(SettlementRow.id).in_(map(UUID, subjects["settlement"]))
            )
        ),
    )
    for prescription_id, named in (*rows, *_said(session, subjects)):
        outlets.setdefault(prescription_id, set()).add(named)
    query = (
        select(PrescriptionRow, PersonRow.area)
        .join(PersonRow, col(PersonRow.person_no) == col(PrescriptionRow.person_no))
        .where(col(PrescriptionRow.id).in_(outlets))
    )
    orders: dict[UUID, list[OrderRow]] = {}
    of_these = select(OrderRow).where(col(OrderRow.prescription_id).in_(outlets))
    for order in session.exec(of_these):
        orders.setdefault(order.prescription_id, []).append(order)
    return tuple(
        Touched(
            row.id,
            row.person_no,
            pooling_area(area),
            frozenset(
                filter(None, (*outlets[row.id], row.outlet_code, row.claimed_by))
            ),
            frozenset(each.carrier_code for each in orders.get(row.id, ())),
            frozenset(each.id for each in orders.get(row.id, ())),
        )
        for row, area in session.exec(query)
    )


def _said(
    session: Session, subjects: dict[str, set[str]]
) -> Iterable[tuple[UUID, str]]:
    """Look up what patients said of a case, what was answered, what waits for a second person."""
    said = map(UUID, subjects["feedback"])
    turns = map(int, subjects["feedback_turn"])
    answered = (
        select(FeedbackRow.prescription_id, FeedbackRow.party)
        .join(FeedbackTurnRow, col(FeedbackTurnRow.feedback_id) == col(FeedbackRow.id))
        .where(col(FeedbackTurnRow.id).in_(turns))
    )
    asked = {
        UUID(each) for name in ("proposal", "proposal_end") for each in subjects[name]
    }
    proposed = select(ProposalRow).where(
        col(ProposalRow.kind) == "settlement", col(ProposalRow.id).in_(asked)
    )
    written = select(FeedbackRow.prescription_id, FeedbackRow.party).where(
        col(FeedbackRow.id).in_(said)
    )
    return (
        *session.exec(written),
        *session.exec(answered),
        *(
            (UUID(content_of(row)["prescription_id"]), row.place)
            for row in session.exec(proposed)
        ),
    )

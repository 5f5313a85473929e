"""Replay kept decisions: ask the rules of their day again and tell what is otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.assess import assess
from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound
from dispensing.records import from_record
from dispensing.replay import Difference, Kept, changed_texts, differences
from dispensing.tables import AssessmentRow, VerdictRow

BATCH = 500  # decisions in memory at once


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision asked again; without differences the rules still say the same."""

    id: UUID
    prescription_id: UUID
    on: date
    decision: str
    differences: tuple[Difference, ...]
    changed: tuple[str, ...]  # documents, or the overlay, that have changed since


def replay(
    session: Session,
    desk: Desk,
    *,
    day: date | None = None,
    assessment_id: UUID | None = None,
) -> Iterator[Replayed]:
    """Ask again each decision of a day, or the one of an id, or all, in their order."""
    query = select(AssessmentRow).order_by(col(AssessmentRow.at), col(AssessmentRow.id))
    if day is not None:
        query = query.where(col(AssessmentRow.on) == day)
    if assessment_id is not None:
        query = query.where(col(AssessmentRow.id) == assessment_id)
        if session.get(AssessmentRow, assessment_id) is None:
            raise NotFound("核验记录", "decision")
    rows = session.exec(query.execution_options(yield_per=BATCH))
    for batch in rows.partitions():
        verdicts = _verdicts(session, [row.id for row in batch])
        for row in batch:
            yield _replayed(desk, row, verdicts.get(row.id, {}))


def _replayed(desk: Desk, row: AssessmentRow, verdicts: dict[str, str]) -> Replayed:
    dispensing = from_record(row.record)
    kept = Kept(row.decision, verdicts, row.split)
    try:
        rules = desk.rules(dispensing.insured.area, dispensing.outlet.area, row.on)
    except Conflict:
        gone = (Difference("rules", "", ", ".join(row.policies), "none"),)
        texts = changed_texts(row.versions, {})
        return _answer(row, gone, texts)
    found = differences(kept, assess(dispensing, rules))
    return _answer(row, found, changed_texts(row.versions, rules.versions))


def _answer(
    row: AssessmentRow, found: tuple[Difference, ...], texts: tuple[str, ...]
) -> Replayed:
    return Replayed(row.id, row.prescription_id, row.on, row.decision, found, texts)


def _verdicts(session: Session, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """Read what did not pass in these decisions, in one question."""
    query = select(VerdictRow).where(col(VerdictRow.assessment_id).in_(ids))
    found: dict[UUID, dict[str, str]] = {}
    for row in session.exec(query):
        found.setdefault(row.assessment_id, {})[row.check_id] = row.verdict
    return found

"""Replay kept decisions: as they were decided that day, and as today's files would have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.assess import assess
from dispensing.desk import Desk
from dispensing.doubts import Doubt
from dispensing.errors import Conflict, NotFound
from dispensing.policy import Rules
from dispensing.prescription import Dispensing
from dispensing.records import doubts_of, from_record
from dispensing.replay import (
    Difference,
    Kept,
    changed_figures,
    changed_texts,
    differences,
)
from dispensing.service.decisions import record_of
from dispensing.service.texts import TextMissing, rules_kept
from dispensing.tables import AssessmentRow, VerdictRow

BATCH = 500  # decisions in memory at once


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision asked again.

    `differences` compare it with the rules as they were written that day: there are none
    unless something was tampered with or lost. `today` compares it with the files of
    today, asked about the same day; `figures` are those that have another value or other
    words now.
    """

    id: UUID
    prescription_id: UUID
    on: date
    decision: str
    differences: tuple[Difference, ...]
    today: tuple[Difference, ...]
    figures: tuple[str, ...]
    changed: tuple[str, ...]  # documents, or the overlay, that have changed since
    platform: tuple[Doubt, ...] = ()  # what the platform had said otherwise then


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
            yield _replayed(session, desk, row, verdicts.get(row.id, {}))


def _replayed(
    session: Session, desk: Desk, row: AssessmentRow, verdicts: dict[str, str]
) -> Replayed:
    record = record_of(desk.vault, row)
    dispensing = from_record(record)
    kept = Kept(row.decision, verdicts, row.split)
    then = _then(session, desk, row)
    now = _now(desk, dispensing, row.on)
    found: tuple[Difference, ...]
    if isinstance(then, Difference):
        found, figures = (then,), tuple[str, ...]()
    else:
        found = differences(kept, assess(dispensing, then))
        figures = changed_figures(then, now) if now is not None else ()
    return Replayed(
        row.id,
        row.prescription_id,
        row.on,
        row.decision,
        differences=found,
        today=_today(kept, dispensing, now, row),
        figures=figures,
        changed=changed_texts(row.versions, {} if now is None else now.versions),
        platform=doubts_of(record),
    )


def _then(session: Session, desk: Desk, row: AssessmentRow) -> Rules | Difference:
    """Give the rules as they were written that day, or say which text is missing."""
    try:
        return rules_kept(session, desk, row)
    except TextMissing as error:
        return Difference("texts", "", ", ".join(row.policies), str(error))


def _now(desk: Desk, dispensing: Dispensing, on: date) -> Rules | None:
    """Give the rules of that day by the files of today; None where no text holds."""
    try:
        return desk.rules(dispensing.insured.area, dispensing.outlet.area, on)
    except Conflict:
        return None


def _today(
    kept: Kept, dispensing: Dispensing, now: Rules | None, row: AssessmentRow
) -> tuple[Difference, ...]:
    if now is None:
        return (Difference("rules", "", ", ".join(row.policies), "none"),)
    return differences(kept, assess(dispensing, now))


def _verdicts(session: Session, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """Read what did not pass in these decisions, in one question."""
    query = select(VerdictRow).where(col(VerdictRow.assessment_id).in_(ids))
    found: dict[UUID, dict[str, str]] = {}
    for row in session.exec(query):
        found.setdefault(row.assessment_id, {})[row.check_id] = row.verdict
    return found

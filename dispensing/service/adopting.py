"""Take rows into the audit chain that no record tells of: what was there before the chain.

An upgrade writes no records. What it found, or wrote anew, is adopted once, under a role of
its own, so that nobody mistakes it for what was recorded when it happened.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlmodel import Session, select

from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import ADOPTER, FACTS, is_fact, write
from dispensing.tables import RecordRow

_AT_ONCE = 500


def adopt(session: Session) -> int:
    """Record every row that has no record, and tell how many; commits all or none."""
    count = 0
    for fact in FACTS.values():
        rows = unrecorded(session, fact)
        while some := list(islice(rows, _AT_ONCE)):
            write(session, [(fact, values) for values in some], ADOPTER)
            count += len(some)
    session.commit()
    return count


def unrecorded(session: Session, fact: Fact) -> Iterator[dict[str, Any]]:
    """Give the rows of a fact that no record tells of."""
    told = told_keys(session, fact)
    table = fact.row.__table__  # type: ignore[attr-defined]
    for values in session.execute(table.select()).mappings().all():
        row = dict(values)
        if fact.tells(row) and str(row[fact.key]) not in told:
            yield row


def told_keys(session: Session, fact: Fact) -> dict[str, int]:
    """Count for each row of a fact, by its key, the records that tell of it."""
    told: dict[str, int] = {}
    for subject in session.exec(select(RecordRow.subject).where(is_fact(fact))):
        for key in subject.split(","):
            told[key] = told.get(key, 0) + 1
    return told

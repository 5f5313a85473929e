"""Draw the numbers of rows before they are written, because records tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from dispensing.service.writing import (
    Writes,
    driving,
    on_postgres,
    write,
    write_and_ask,
)

# A number that is drawn and not used is a gap, as after any transaction that failed.
_DRAW = """
SELECT 'ledger', nextval(pg_get_serial_sequence('ledger', 'id'))
  FROM generate_series(1, %(ledger)s)
UNION ALL
SELECT 'event', nextval(pg_get_serial_sequence('prescription_event', 'id'))
  FROM generate_series(1, %(events)s)
"""
# On SQLite nobody else writes until this unit of work ends.
_LAST = """
SELECT (SELECT coalesce(max(id), 0) FROM ledger),
       (SELECT coalesce(max(id), 0) FROM prescription_event)
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of rows that will be written: of the ledger, and of events."""

    ledger: tuple[int, ...]
    events: tuple[int, ...]


def draw(session: Session, *, ledger: int, events: int) -> Numbers:
    """Draw so many numbers; on SQLite they are good for this unit of work only."""
    with driving(session) as cursor:
        if not on_postgres(session):
            entry, event = cursor.execute(_LAST).fetchone()
            return Numbers(
                tuple(range(entry + 1, entry + 1 + ledger)),
                tuple(range(event + 1, event + 1 + events)),
            )
        wanted = {"ledger": ledger, "events": events}
        cursor.execute(_DRAW, wanted, prepare=True)
        return _drawn(cursor.fetchall())


def write_and_draw(
    session: Session, writes: Writes, *, ledger: int, events: int
) -> Numbers | None:
    """Write rows, and draw numbers for a later unit of work; None where they would not last."""
    if not on_postgres(session):
        write(session, writes)
        return None
    wanted = {"ledger": ledger, "events": events}
    return _drawn(write_and_ask(session, writes, _DRAW, wanted))


def _drawn(found: Sequence[Any]) -> Numbers:
    kinds: dict[str, list[int]] = {"ledger": [], "event": []}
    for kind, number in found:
        kinds[kind].append(number)
    return Numbers(tuple(kinds["ledger"]), tuple(kinds["event"]))

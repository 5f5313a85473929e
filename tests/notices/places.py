"""What the tests of notices share: a street with subscribers, and senders that need no network."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import col, select

from dispensing.outbox import Answer
from dispensing.service import notices
from dispensing.tables import NoticeRow, OutboxEventRow
from dispensing.vault import Vault
from fixtures import cast
from tests.world import NOON
from web import db

VAULT = Vault(b"v" * 32)
URL = "https://his.example.org/notices"
WELL = Answer(200)
ILL = Answer(500, "500")


def subscribed(
    engine: Engine,
    outlet_code: str = cast.HOSPITAL,
    kinds: Sequence[str] = (),
    now: datetime = NOON,
) -> UUID:
    """Subscribe an institution."""
    asked = notices.NewSubscription(URL, tuple(kinds), "v1", "whsec_c2VjcmV0")
    with db.open_session(engine) as session:
        made = notices.subscribe(session, VAULT, outlet_code, asked, by="he", now=now)
    return made.id


def told(engine: Engine, now: datetime = NOON, **more: int) -> int:
    """Tell what is new."""
    with db.open_session(engine) as session:
        return notices.tell(session, now=now, **more)


def story(engine: Engine, rx: UUID | None = None) -> list[tuple[int, str]]:
    """Give what was told of a prescription, or of all, in the order of telling."""
    with db.open_session(engine, read_only=True) as session:
        query = select(OutboxEventRow.seq, OutboxEventRow.body)
        if rx is not None:
            query = query.where(col(OutboxEventRow.prescription_id) == rx)
        found = session.exec(query.order_by(col(OutboxEventRow.no))).all()
    return [
        (seq, body.split('"')[3].removeprefix("prescription.")) for seq, body in found
    ]


def states(engine: Engine, place: UUID) -> list[str]:
    """Give the states of a subscriber's notices, in the order of events."""
    with db.open_session(engine, read_only=True) as session:
        query = select(NoticeRow.state).where(col(NoticeRow.subscription_id) == place)
        return list(session.exec(query.order_by(col(NoticeRow.event_no))))


def claimed(
    engine: Engine, place: UUID, now: datetime = NOON, limit: int = 10
) -> tuple[notices.Due, ...]:
    """Take what is due into one's hands."""
    with db.open_session(engine) as session:
        return notices.claim(session, VAULT, place, limit=limit, now=now)


def concluded(
    engine: Engine, due: notices.Due, answer: Answer, now: datetime = NOON
) -> str | None:
    """Write down what became of an attempt."""
    with db.open_session(engine) as session:
        return notices.conclude(session, due, answer, now=now)


def delivered(
    engine: Engine,
    place: UUID,
    now: datetime = NOON,
    answer: Callable[[notices.Due], Answer] = lambda _: WELL,
) -> list[str]:
    """Send everything that is due now; gives the bodies that were taken, in order."""
    taken: list[str] = []
    while dues := claimed(engine, place, now):
        for due in dues:
            said = answer(due)
            if said.is_taken:
                taken.append(due.body)
            concluded(engine, due, said, now)
    return taken

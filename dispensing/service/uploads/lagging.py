"""How far uploads lag behind: by outlet what waits and since when, and what was refused."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from dispensing.reconcile import Difference
from dispensing.service.notices import EVERYBODY, Whose
from dispensing.service.notices.telling import untold
from dispensing.service.uploads.planning import POSTED, plan_settlement, unplanned
from dispensing.service.uploads.sending import STUCK, UNDONE
from dispensing.tables import (
    SettlementRow,
    UploadEventRow,
    UploadMarkRow,
    UploadRow,
)

LATE = timedelta(minutes=15)  # after which an upload that is not done is told of
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class UploadLag:
    """How one outlet stands: what waits, what was refused, and how old the oldest is."""

    outlet_code: str
    waiting: int
    refused: int
    oldest_s: int


@dataclass(frozen=True, slots=True)
class UploadLags:
    """How all uploads stand; of `unplanned` events nothing is written yet."""

    by_outlet: tuple[UploadLag, ...]
    unplanned: int

    @property
    def refused(self) -> int:
        """Count what was refused."""
        return sum(lag.refused for lag in self.by_outlet)

    @property
    def oldest_s(self) -> int:
        """Give the age of the oldest sale or delivery that is not uploaded."""
        return max((lag.oldest_s for lag in self.by_outlet), default=0)


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload that was refused, or could not be sent yet, and in which words."""

    id: UUID
    outlet_code: str
    settlement_id: UUID
    infno: str
    key: str
    state: str
    happened_at: datetime
    next_at: datetime
    tries: int
    msgid: str
    last_words: str


def upload_lags(
    session: Session, *, now: datetime, whose: Whose = EVERYBODY
) -> UploadLags:
    """Tell how far uploads lag behind, by outlet; the oldest first."""
    stuck = case((col(UploadRow.state).in_(STUCK), 1), else_=0)
    query = (
        select(
            UploadRow.outlet_code,
            func.count(),
            func.sum(stuck),
            func.min(UploadRow.happened_at),
        )
        .where(col(UploadRow.state).in_(UNDONE))
        .group_by(col(UploadRow.outlet_code))
    )
    found = [
        UploadLag(code, count - int(refused), int(refused), _age_s(oldest, now))
        for code, count, refused, oldest in session.exec(query)
        if whose.has(code)
    ]
    found.sort(key=lambda lag: (-lag.oldest_s, lag.outlet_code))
    events, _ = untold(session)
    return UploadLags(tuple(found), unplanned(session) + events)


def undone_uploads(
    session: Session, whose: Whose = EVERYBODY
) -> tuple[UploadView, ...]:
    """List what was refused or tried in vain, the oldest first."""
    query = select(UploadRow).where(
        col(UploadRow.state).in_(UNDONE), col(UploadRow.tries) > 0
    )
    if whose.outlet_code is not None:
        query = query.where(col(UploadRow.outlet_code) == whose.outlet_code)
    rows = session.exec(query.order_by(col(UploadRow.happened_at)).limit(SHOWN_MAX))
    mine = [row for row in rows if whose.has(row.outlet_code)]
    msgids = _last_msgids(session, [row.id for row in mine])
    return tuple(_view(row, msgids.get(row.id, "")) for row in mine)


def missing_uploads(
    session: Session, outlet_code: str, day: date, *, now: datetime
) -> tuple[Difference, ...]:
    """Find an outlet's sales of a day that the platform was not told of whole, and late.

    Before uploading began on this installation there is nothing to find.
    """
    if session.get(UploadMarkRow, 1) is None:
        return ()
    done = case((col(UploadRow.state).in_(("done", "dropped")), 1), else_=0)
    query = (
        select(
            SettlementRow.id,
            SettlementRow.msgid,
            func.count(col(UploadRow.id)),
            func.sum(done),
        )
        .outerjoin(UploadRow, col(UploadRow.settlement_id) == col(SettlementRow.id))
        .where(
            col(SettlementRow.outlet_code) == outlet_code,
            col(SettlementRow.on) == day,
            col(SettlementRow.state).in_(POSTED),
            col(SettlementRow.changed_at) < now - LATE,
        )
        .group_by(col(SettlementRow.id), col(SettlementRow.msgid))
        .order_by(col(SettlementRow.msgid))
    )
    return tuple(
        Difference(
            "upload_missing",
            outlet_code,
            day,
            "settlement",
            str(id_),
            msgid,
            max(1, wanted),
            int(told or 0),
            "" if wanted else "never planned",
        )
        for id_, msgid, wanted, told in session.exec(query)
        if int(told or 0) < max(1, wanted)
    )


def hurry(session: Session, settlement_id: UUID, *, by: str, now: datetime) -> str:
    """Let everything that a settlement owes be sent at once; tells what it did."""
    settlement = session.get_one(SettlementRow, settlement_id)
    plan_settlement(session, settlement.prescription_id, now)
    query = select(UploadRow).where(
        col(UploadRow.settlement_id) == settlement_id,
        col(UploadRow.state).in_(UNDONE),
    )
    rows = session.exec(query.with_for_update()).all()
    for row in rows:
        row.state, row.tries, row.first_try_at, row.next_at = "waiting", 0, None, now
        session.add(
            UploadEventRow(
                upload_id=row.id,
                outlet_code=row.outlet_code,
                infno=row.infno,
                at=now,
                kind="again",
                by=by,
            )
        )
    session.commit()
    return f"{len(rows)} to be uploaded"


def _age_s(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))


def _last_msgids(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    query = select(UploadEventRow).where(
        col(UploadEventRow.upload_id).in_(ids), col(UploadEventRow.kind) == "sent"
    )
    ordered = session.exec(query.order_by(col(UploadEventRow.id)))
    return {row.upload_id: row.msgid for row in ordered}


def _view(row: UploadRow, msgid: str) -> UploadView:
    return UploadView(
        row.id,
        row.outlet_code,
        row.settlement_id,
        row.infno,
        row.key,
        row.state,
        row.happened_at,
        row.next_at,
        row.tries,
        msgid,
        row.last_words,
    )

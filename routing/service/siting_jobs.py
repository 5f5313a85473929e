"""Choosing places as a job: asked for, under way, done or failed, told at any time."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlmodel import Session, col, select, update

from dispensing.errors import NotFound
from dispensing.vault import Vault
from routing.service.siting import Asked, Quota, SitingView, close_gaps
from routing.tables import SitingRow
from routing.travel import TravelTimes

OPEN_STATES = ("queued", "running")
SECONDS_MAX = 600
# A worker says nothing while it reads and searches: so long after its seconds it is lost.
_READING = timedelta(minutes=10)
_ASKED: TypeAdapter[tuple[Quota, Asked]] = TypeAdapter(tuple[Quota, Asked])
_FOUND: TypeAdapter[SitingView] = TypeAdapter(SitingView)


@dataclass(frozen=True, slots=True)
class SitingRun:
    """A search for places: what is asked, how far it is, and what was found."""

    id: UUID
    state: str  # queued, running, done, failed
    asked: Asked
    asked_by: str
    asked_at: datetime
    seconds: int  # since it began
    found: SitingView | None

    @property
    def is_open(self) -> bool:
        """Tell whether a worker has it, or is about to."""
        return self.state in OPEN_STATES


def ask_siting(
    session: Session,
    quota: Quota,
    asked: Asked,
    *,
    id_: UUID,
    by: str,
    now: datetime,
) -> SitingRun:
    """Ask for a search; under the same number it is the same one."""
    row = session.get(SitingRow, id_)
    if row is None:
        said = _ASKED.dump_json((quota, asked)).decode()
        row = SitingRow(id=id_, state="queued", asked=said, asked_by=by, asked_at=now)
        session.add(row)
        session.commit()
        session.refresh(row)
    return _run(row, now)


def siting_run(session: Session, id_: UUID, now: datetime) -> SitingRun:
    """Tell how far a search is, and what it has found."""
    row = session.get(SitingRow, id_)
    if row is None:
        raise NotFound("选址", "choice of places")
    return _run(row, now)


def waiting_sitings(session: Session, now: datetime) -> tuple[UUID, ...]:
    """End what lost its worker, and list what nobody has begun yet."""
    lost = now - _READING - timedelta(seconds=SECONDS_MAX)
    mine = update(SitingRow).where(
        col(SitingRow.state) == "running", col(SitingRow.began_at) < lost
    )
    session.exec(mine.values(state="failed", ended_at=now))
    query = select(SitingRow.id).where(col(SitingRow.state) == "queued")
    found = tuple(session.exec(query.order_by(col(SitingRow.asked_at))).all())
    session.commit()
    return found


def carry_out_siting(
    open_session: Callable[[bool], Session],  # true for one that only reads
    vault: Vault,
    id_: UUID,
    travel: TravelTimes,
    *,
    now: Callable[[], datetime],
) -> None:
    """Search as was asked; asked again it is done once."""
    with open_session(False) as session:
        row = session.get(SitingRow, id_, with_for_update=True)
        if row is None or row.state != "queued":
            return
        row.state, row.began_at = "running", now()
        quota, asked = _ASKED.validate_json(row.asked)
        session.commit()
    state, found = "failed", None
    try:
        with open_session(True) as session:
            told = close_gaps(session, quota, asked, travel, vault=vault)
        state, found = "done", zlib.compress(_FOUND.dump_json(told))
    finally:
        with open_session(False) as session:
            row = session.get_one(SitingRow, id_)
            row.state, row.found, row.ended_at = state, found, now()
            session.commit()


def _run(row: SitingRow, now: datetime) -> SitingRun:
    _, asked = _ASKED.validate_json(row.asked)
    began = row.began_at
    spent = ((row.ended_at or now) - began).total_seconds() if began else 0
    found = _FOUND.validate_json(zlib.decompress(row.found)) if row.found else None
    return SitingRun(
        row.id,
        row.state,
        asked,
        row.asked_by,
        row.asked_at,
        max(0, int(spent)),
        found,
    )

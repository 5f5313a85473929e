"""What runs of a reconciliation found, as their readers see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel, col, func, select

from dispensing.reconcile import KINDS
from dispensing.service.day_books import active_outlets
from dispensing.tables import (
    ClosedDayRow,
    DifferenceEventRow,
    DifferenceRow,
    FoundRow,
    ReconcileRunRow,
    ReconcileTotalRow,
)

Row = TypeVar("Row", bound=SQLModel)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TotalView:
    """The sums of one scheme on both sides; `verdict` is what 3201 said of ours."""

    scheme: str
    verdict: str
    ours_count: int
    ours_total_fen: int
    ours_fund_fen: int
    ours_account_fen: int
    theirs_count: int
    theirs_total_fen: int
    theirs_fund_fen: int
    theirs_account_fen: int


@dataclass(frozen=True, slots=True)
class MendView:
    """What was done about a difference: how, with which reason, and what came of it."""

    kind: str
    reason: str
    outcome: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One difference, the event that it is tied to, and what was done about it.

    `ours` and `theirs` are fen, packs or times, as `unit` says.
    """

    id: UUID
    kind: str
    unit: str
    outlet_code: str
    day: date
    event_kind: str
    event_id: str
    msgid: str | None
    ours: int
    theirs: int
    detail: str
    state: str  # open or booked
    fixes: tuple[str, ...]
    mends: tuple[MendView, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """One reconciliation of an outlet's day, and whether the day was closed with it."""

    id: int
    outlet_code: str
    day: date
    at: datetime
    by: str
    result: str
    totals: tuple[TotalView, ...]
    differences: tuple[DifferenceView, ...]
    with_till_file: bool
    closed_at: datetime | None
    closed_by: str | None

    @property
    def remaining(self) -> int:
        """Count the differences that nobody has mended or booked."""
        return sum(one.state == "open" for one in self.differences)

    @property
    def clean(self) -> bool:
        """Tell whether the day may be closed by what this run found."""
        return self.result != "unanswered" and self.remaining == 0


@dataclass(frozen=True, slots=True)
class OutletDay:
    """An outlet on a day: its last run, or the one that it was closed with; none so far."""

    outlet_code: str
    day: date
    run: RunView | None


def reconciliation(
    session: Session, day: date, outlet_code: str | None = None
) -> tuple[OutletDay, ...]:
    """Tell for each outlet that was active on a day how its reconciliation stands."""
    runs = {view.outlet_code: view for view in _last_views(session, day, outlet_code)}
    wanted = {*runs, outlet_code} if outlet_code else {*runs}
    if outlet_code is None:
        wanted |= {*active_outlets(session, day, day)}
    return tuple(
        OutletDay(code, day, runs.get(code)) for code in sorted(filter(None, wanted))
    )


def open_differences(
    session: Session, outlet_code: str, since: date
) -> tuple[tuple[date, int], ...]:
    """Count what the last run of each day found and nobody has mended or booked, by day."""
    last = (
        select(func.max(ReconcileRunRow.id))
        .where(
            col(ReconcileRunRow.outlet_code) == outlet_code,
            col(ReconcileRunRow.day) >= since,
        )
        .group_by(col(ReconcileRunRow.day))
    )
    booked = select(DifferenceEventRow.difference_id).where(
        col(DifferenceEventRow.difference_id) == col(FoundRow.difference_id),
        col(DifferenceEventRow.kind) == "book",
    )
    query = (
        select(col(ReconcileRunRow.day), func.count())
        .join(FoundRow, col(FoundRow.run_id) == col(ReconcileRunRow.id))
        .where(col(ReconcileRunRow.id).in_(last), ~booked.exists())
        .group_by(col(ReconcileRunRow.day))
        .order_by(col(ReconcileRunRow.day))
    )
    return tuple((day, int(count)) for day, count in session.exec(query))


def run_views(session: Session, runs: Sequence[ReconcileRunRow]) -> tuple[RunView, ...]:
    """Turn runs into what is answered, with their sums, differences and what was done."""
    ids = [run.id for run in runs]
    totals = _by(_all(session, ReconcileTotalRow, "run_id", ids), "run_id")
    found = _by(_all(session, FoundRow, "run_id", ids), "run_id")
    known = {one.difference_id for some in found.values() for one in some}
    differences = {
        one.id: one for one in _all(session, DifferenceRow, "id", sorted(known))
    }
    events = _by(
        _all(session, DifferenceEventRow, "difference_id", sorted(known)),
        "difference_id",
    )
    closed = {one.run_id: one for one in _all(session, ClosedDayRow, "run_id", ids)}
    return tuple(
        _view(
            run,
            sorted(totals.get(run.id, ()), key=lambda one: one.scheme),
            [
                difference_view(differences[one.difference_id], events)
                for one in found.get(run.id, ())
            ],
            closed.get(run.id or 0),
        )
        for run in runs
    )


def difference_view(
    row: DifferenceRow, events: dict[object, list[DifferenceEventRow]]
) -> DifferenceView:
    """Turn a difference into what is answered."""
    done = sorted(events.get(row.id, ()), key=lambda one: one.id or 0)
    kind = KINDS[row.kind]
    booked = any(one.kind == "book" for one in done)
    return DifferenceView(
        id=row.id,
        kind=row.kind,
        unit=kind.unit,
        outlet_code=row.outlet_code,
        day=row.day,
        event_kind=row.event_kind,
        event_id=row.event_id,
        msgid=row.msgid,
        ours=row.ours,
        theirs=row.theirs,
        detail=row.detail,
        state="booked" if booked else "open",
        fixes=() if booked else kind.fixes,
        mends=tuple(
            MendView(one.kind, one.reason, one.outcome, one.at, one.by) for one in done
        ),
    )


def closed_day(session: Session, outlet_code: str, day: date) -> ClosedDayRow | None:
    """Return how an outlet's day was closed, if it was."""
    query = select(ClosedDayRow).where(
        col(ClosedDayRow.outlet_code) == outlet_code, col(ClosedDayRow.day) == day
    )
    return session.exec(query).first()


def _last_views(
    session: Session, day: date, outlet_code: str | None
) -> tuple[RunView, ...]:
    last = select(func.max(ReconcileRunRow.id)).where(col(ReconcileRunRow.day) == day)
    if outlet_code is not None:
        last = last.where(col(ReconcileRunRow.outlet_code) == outlet_code)
    ids = session.exec(last.group_by(col(ReconcileRunRow.outlet_code))).all()
    return run_views(session, _all(session, ReconcileRunRow, "id", list(ids)))


def _view(
    run: ReconcileRunRow,
    totals: Iterable[ReconcileTotalRow],
    differences: Iterable[DifferenceView],
    closed: ClosedDayRow | None,
) -> RunView:
    assert run.id is not None
    return RunView(
        id=run.id,
        outlet_code=run.outlet_code,
        day=run.day,
        at=run.at,
        by=run.by,
        result=run.result,
        totals=tuple(
            TotalView(
                **{name: getattr(one, name) for name in TotalView.__dataclass_fields__}
            )
            for one in totals
        ),
        differences=tuple(
            sorted(
                differences, key=lambda one: (one.kind, one.msgid or "", one.event_id)
            )
        ),
        with_till_file=run.till_file_id is not None,
        closed_at=closed.at if closed else None,
        closed_by=closed.by if closed else None,
    )


def _all(
    session: Session, kind: type[Row], column: str, keys: Sequence[object]
) -> list[Row]:
    found: list[Row] = []
    for begin in range(0, len(keys), _AT_ONCE):
        some = keys[begin : begin + _AT_ONCE]
        found += session.exec(select(kind).where(getattr(kind, column).in_(some)))
    return found


def _by(rows: Iterable[Row], column: str) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found

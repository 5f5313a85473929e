"""Reconcile an outlet's day, keep what was found, and close the day when it is clean.

Our books are read, the platform is asked without a lock, and the run is written down. A run
changes no money. A day that is closed answers with the run that it was closed with.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk, Work
from dispensing.errors import FieldError, Malformed
from dispensing.gateway import Unanswered
from dispensing.gateway.statements import BadStatement
from dispensing.gateway.uploads import takes_uploads
from dispensing.reconcile import (
    Difference,
    compare_bookings,
    compare_handovers,
    compare_stock,
    compare_till,
)
from dispensing.service.day_books import (
    DayBooks,
    active_outlets,
    booked_there,
    bookings_of,
    day_books,
    settlement_ids,
    till_lines,
)
from dispensing.service.day_views import RunView, closed_day, run_views
from dispensing.service.platform_day import (
    PlatformDay,
    Total,
    platform_day,
    platform_elsewhere,
)
from dispensing.service.tendering import hold_till
from dispensing.service.uploads import missing_uploads
from dispensing.tables import (
    DifferenceRow,
    FoundRow,
    ReconcileRunRow,
    ReconcileTotalRow,
)
from pharmacies import service as pharmacies

ACTIVE_DAYS = 31  # whoever settled so lately is reconciled by itself
SYSTEM = "system"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which outlet's day is reconciled, for whom."""

    outlet_code: str
    day: date
    by: str


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a comparison found."""

    totals: tuple[Total, ...]
    differences: tuple[Difference, ...]
    answered: bool
    digest: str
    till_file_id: int | None


def reconcile(
    session: Session,
    desk: Desk,
    *,
    outlet_code: str,
    day: date,
    by: str,
    now: datetime,
    thorough: bool = False,
) -> RunView:
    """Reconcile an outlet's day (日对账) and keep the result; a closed day stays as it is.

    `thorough` compares line by line also where a scheme's sums are equal.
    """
    pharmacies.outlet(session, outlet_code)
    reject_future(day, now)
    scope = _Scope(outlet_code, day, by)
    kept = _closed_view(session, scope)
    if kept is not None:
        session.rollback()
        return kept
    compared = _compare(Work(session, desk, now), scope, thorough)
    return _keep(session, scope, compared, now)


def reconcile_day(
    session: Session, desk: Desk, *, day: date, by: str, now: datetime
) -> tuple[RunView, ...]:
    """Reconcile the day of every outlet that settled anything in the month before it."""
    reject_future(day, now)
    codes = active_outlets(session, day - timedelta(days=ACTIVE_DAYS), day)
    session.rollback()
    return tuple(
        reconcile(session, desk, outlet_code=code, day=day, by=by, now=now)
        for code in codes
    )


def reconcile_yesterday(session: Session, desk: Desk, *, now: datetime) -> int:
    """Reconcile yesterday where that was not done yet; tells at how many outlets.

    One that cannot be reconciled does not stop the others; where the platform did not
    answer, the next sweep asks again.
    """
    day = day_of(now) - timedelta(days=1)
    done = select(col(ReconcileRunRow.outlet_code)).where(
        col(ReconcileRunRow.day) == day, col(ReconcileRunRow.result) != "unanswered"
    )
    codes = set(active_outlets(session, day - timedelta(days=ACTIVE_DAYS), day))
    codes -= set(session.exec(done).all())
    session.rollback()
    for code in sorted(codes):
        try:
            reconcile(session, desk, outlet_code=code, day=day, by=SYSTEM, now=now)
        except Exception as error:
            session.rollback()
            log.error("%s of %s not reconciled: %s", day, code, type(error).__name__)
    return len(codes)


def reject_future(day: date, now: datetime) -> None:
    """Raise Malformed where a day has not begun."""
    if day > day_of(now):
        raise Malformed([FieldError("day", "a day that has begun")])


def _compare(work: Work, scope: _Scope, thorough: bool) -> _Compared:
    """Read our side, ask the platform without a lock, and compare everything."""
    code, day = scope.outlet_code, scope.day
    books = day_books(work.session, code, day, work.now)
    file_id, lines = till_lines(work.session, code, day)
    found = [
        *compare_stock(books.settled, books.moved, outlet_code=code, day=day),
        *compare_handovers(
            books.dispensed, books.handed_over, outlet_code=code, day=day
        ),
    ]
    if file_id is not None:
        known = settlement_ids(work.session, {line.msgid for line in lines})
        found += compare_till(
            books.taken, lines, outlet_code=code, day=day, settlements=known
        )
    if takes_uploads(work.desk.gateway):
        found += missing_uploads(work.session, code, day, now=work.now)
    work.session.rollback()
    try:
        theirs = platform_day(
            work.desk.gateway,
            books.bookings,
            outlet_code=code,
            day=day,
            thorough=thorough,
        )
        found += _bookings(work, scope, books, theirs)
    except (Unanswered, BadStatement) as error:
        log.warning("no statement of %s: %s", day, type(error).__name__)
        found += compare_bookings((), (), books.still_open)
        return _Compared((), tuple(found), False, books.digest, file_id)
    return _Compared(theirs.totals, tuple(found), True, books.digest, file_id)


def _bookings(
    work: Work, scope: _Scope, books: DayBooks, theirs: PlatformDay
) -> list[Difference]:
    """Compare the bookings, with what each side has elsewhere of the numbers that are off."""
    ours: tuple[Any, ...] = bookings_of(work.session, theirs.off)
    booked = booked_there(work.session, theirs.off)
    work.session.rollback()
    more = platform_elsewhere(
        work.desk.gateway,
        theirs,
        ours,
        outlet_code=scope.outlet_code,
        day=scope.day,
        booked=booked,
    )
    there = {(one.msgid, one.refund) for one in books.bookings}
    rest = [one for one in ours if (one.msgid, one.refund) not in there]
    found = compare_bookings(
        (*books.bookings, *rest), (*theirs.bookings, *more), books.still_open
    )
    return [
        one
        for one in found
        if (one.outlet_code, one.day) == (scope.outlet_code, scope.day)
    ]


def _keep(
    session: Session, scope: _Scope, compared: _Compared, now: datetime
) -> RunView:
    """Write a run down; a difference that was found before keeps what was done about it."""
    hold_till(session, scope.outlet_code)
    kept = _closed_view(session, scope)
    if kept is not None:
        session.rollback()
        return kept
    differs = "differs" if compared.differences else "equal"
    run = ReconcileRunRow(
        outlet_code=scope.outlet_code,
        day=scope.day,
        at=now,
        by=scope.by,
        result=differs if compared.answered else "unanswered",
        digest=compared.digest,
        till_file_id=compared.till_file_id,
    )
    session.add(run)
    session.flush()
    assert run.id is not None
    session.add_all(_total_row(run.id, one) for one in compared.totals)
    rows = _difference_rows(session, scope, compared.differences, now)
    session.flush()
    session.add_all(FoundRow(run_id=run.id, difference_id=row.id) for row in rows)
    session.flush()
    view = run_views(session, [run])[0]
    session.commit()
    return view


def _difference_rows(
    session: Session,
    scope: _Scope,
    differences: Sequence[Difference],
    now: datetime,
) -> list[DifferenceRow]:
    query = select(DifferenceRow).where(
        col(DifferenceRow.outlet_code) == scope.outlet_code,
        col(DifferenceRow.day) == scope.day,
    )
    rows = {_same(row): row for row in session.exec(query)}
    found = {}
    for one in differences:
        row = rows.get(_same(one))
        if row is None:
            values = {
                name: getattr(one, name) for name in Difference.__dataclass_fields__
            }
            row = rows[_same(one)] = DifferenceRow(**values, found_at=now)
            session.add(row)
        found[row.id] = row
    return list(found.values())


def _same(one: Difference | DifferenceRow) -> tuple[object, ...]:
    return one.kind, one.event_kind, one.event_id, one.ours, one.theirs


def _total_row(run_id: int, one: Total) -> ReconcileTotalRow:
    sums = {
        f"{side}_{name}": getattr(getattr(one, side), name)
        for side in ("ours", "theirs")
        for name in ("count", "total_fen", "fund_fen", "account_fen")
    }
    return ReconcileTotalRow(
        run_id=run_id, scheme=one.scheme, verdict=one.verdict, **sums
    )


def _closed_view(session: Session, scope: _Scope) -> RunView | None:
    closed = closed_day(session, scope.outlet_code, scope.day)
    if closed is None:
        return None
    return run_views(session, [session.get_one(ReconcileRunRow, closed.run_id)])[0]

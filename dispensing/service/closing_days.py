"""Close an outlet's day (日结): a day that is over and clean, which then stays as it is."""

from datetime import date, datetime

from sqlmodel import Session

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, Words
from dispensing.service.day_books import day_books, open_settlements
from dispensing.service.day_views import RunView, closed_day, run_views
from dispensing.service.reconciling import reconcile
from dispensing.service.tendering import hold_till
from dispensing.tables import ClosedDayRow, MessageNumberRow, ReconcileRunRow


def close_day(
    session: Session,
    desk: Desk,
    *,
    outlet_code: str,
    day: date,
    by: str,
    now: datetime,
) -> RunView:
    """Close a day (日结) that is over and clean, after comparing it once more line by line.

    From then on nothing more is booked on it. Closing it again gives the first answer.
    """
    view = reconcile(
        session,
        desk,
        outlet_code=outlet_code,
        day=day,
        by=by,
        now=now,
        thorough=True,
    )
    if view.closed_at is not None:
        return view
    if day >= day_of(now):
        raise _not_over()
    if not view.clean:
        raise _not_clean(view)
    hold_till(session, outlet_code)
    first = closed_day(session, outlet_code, day)
    if first is not None:
        return run_views(session, [session.get_one(ReconcileRunRow, first.run_id)])[0]
    _reject_changed(session, view, now)
    session.add(
        ClosedDayRow(outlet_code=outlet_code, day=day, run_id=view.id, at=now, by=by)
    )
    number = session.get_one(MessageNumberRow, outlet_code)
    number.closed_until = max(filter(None, (number.closed_until, day)))
    session.flush()
    closed = run_views(session, [session.get_one(ReconcileRunRow, view.id)])[0]
    session.commit()
    return closed


def reject_closed(
    session: Session, outlet_code: str, day: date, *, hold: bool = True
) -> None:
    """Raise Conflict where a day is closed; holds it open until the unit of work ends."""
    if hold:
        hold_till(session, outlet_code)
    if closed_day(session, outlet_code, day) is not None:
        raise Conflict(
            Words(
                f"{day} 已经日结，不能再改。",
                f"{day} is closed; nothing on it changes any more.",
                "请登记在今天。",
                "Enter it on today's books.",
            ),
            code="day-closed",
        )


def _reject_changed(session: Session, view: RunView, now: datetime) -> None:
    """Raise Conflict where the day is no longer what its last run has seen."""
    code, day = view.outlet_code, view.day
    run = session.get_one(ReconcileRunRow, view.id)
    if open_settlements(session, code, day, since=date.min):
        raise _not_clean(view)
    if day_books(session, code, day, now).digest != run.digest:
        raise Conflict(
            Words(
                "对账之后账目又有变动。",
                "The books have changed since they were compared.",
                "请重新对账后再日结。",
                "Reconcile again, then close.",
            ),
            code="changed-meanwhile",
        )


def _not_over() -> Conflict:
    return Conflict(
        Words(
            "当天还没有结束，不能日结。",
            "The day is not over yet.",
            "请在次日日结。",
            "Close it tomorrow.",
        ),
        code="day-not-over",
    )


def _not_clean(view: RunView) -> Conflict:
    return Conflict(
        Words(
            f"还有 {view.remaining} 处差异未处理，或平台没有应答、结算结果未定。",
            f"{view.remaining} differences remain, or an answer of the platform is missing.",
            "请逐条处理或登记原因后再日结。",
            "Mend each one or book it with a reason, then close.",
        ),
        code="day-not-clean",
    )

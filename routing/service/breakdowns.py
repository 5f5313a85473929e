"""A courier who cannot go on: one case for the dispatcher, however often it is told."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.errors import NotFound
from routing.cases import BREAKDOWN
from routing.live_tables import CaseRow
from routing.service.case_rows import Concerns, opened
from routing.service.case_views import CaseView, case_view
from routing.tables import PlanRow, RouteRow


def report_breakdown(session: Session, *, courier_code: str, now: datetime) -> CaseView:
    """Report that a courier on the road cannot go on; asking again changes nothing."""
    view = case_view(session, None, broken_down(session, courier_code, now))
    session.commit()
    return view


def broken_down(session: Session, courier_code: str, at: datetime) -> CaseRow:
    """Open the case of a courier who cannot go on; the caller commits."""
    query = (
        select(RouteRow, PlanRow.carrier_code)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == courier_code,
            col(RouteRow.state).in_(("planned", "out")),
            col(PlanRow.state) == "committed",
            col(PlanRow.day) <= day_of(at),
        )
        .order_by(col(PlanRow.day).desc(), col(RouteRow.leaves_at))
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("路线", "route")
    route, carrier_code = found
    about = Concerns(carrier_code, courier_code, route.id)
    row = opened(session, about, BREAKDOWN, by=courier_code, at=at)
    session.flush()
    return row


def breakdown_since(session: Session, courier_code: str, day: date) -> datetime | None:
    """Tell since when a courier's breakdown of a day waits; None where none does.

    That of another day's route is the desk's alone: it says nothing of this day's.
    """
    return session.scalar(
        select(CaseRow.opened_at)
        .join(RouteRow, col(RouteRow.id) == col(CaseRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(CaseRow.courier_code) == courier_code,
            col(CaseRow.kind) == BREAKDOWN,
            col(CaseRow.state) == "open",
            col(PlanRow.day) == day,
        )
    )

"""The desk of exceptions: each case is taken by one dispatcher and ends in one act.

A later window and a return go through what a courier does at the door; there is no second
path. Who asks again for an act that was cut off finishes it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, literal_column
from sqlmodel import Session, col, select

from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.sealed import seal_in
from dispensing.service.ordering import order_row
from dispensing.service.receiving import note
from dispensing.service.reversing import finish_reversal
from dispensing.tables import OrderRow, SettlementRow
from pharmacies.places import Point
from routing.cases import BREAKDOWN, Window, fault_of
from routing.handover import Failure
from routing.live_tables import CASE_ENDING, CaseRow
from routing.service import at_door
from routing.service.case_rows import case_act, ended, same_day
from routing.service.case_views import CaseView, case_view
from routing.service.code_issues import renew_code
from routing.service.replanning import Absent, Replan, ask_replan
from routing.service.road import Road, road_of
from routing.tables import PlanRow, RouteRow, StopRow


@dataclass(frozen=True, slots=True)
class NewDoor:
    """Where a parcel is to go, put right within its district."""

    address: str
    point: Point


@dataclass(frozen=True, slots=True)
class Again:
    """How a parcel is tried again: in which window, with a new code, at another door."""

    window: Window
    new_code: bool = False
    door: NewDoor | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for an act on a case, of which firm, and when."""

    carrier_code: str
    by: str
    now: datetime


def take_case(session: Session, desk: Desk, case_id: UUID, asker: Asker) -> CaseView:
    """Take a case: it is this dispatcher's until it ends or is given back."""
    row = _held(session, case_id, asker)
    view = case_view(session, desk, row)
    session.commit()
    return view


def let_go_case(session: Session, desk: Desk, case_id: UUID, asker: Asker) -> CaseView:
    """Give a case back for another dispatcher; whoever is in charge may free any."""
    row = _locked(session, case_id, asker.carrier_code)
    if row.state == "open" and row.holder is not None:
        detail = {"holder": row.holder}
        row.holder = None
        act = case_act(row, "let_go", at=asker.now, by=asker.by, detail=detail)
        session.add(act)
        session.flush()
    view = case_view(session, desk, row)
    session.commit()
    return view


def try_again(
    session: Session, desk: Desk, case_id: UUID, again: Again, *, asker: Asker
) -> CaseView:
    """End a case with another window: the patient is told, the parcel waits to be planned.

    Raises Malformed for a window that cannot be, Conflict where the parcel may not go out
    a second time or the case is somebody else's.
    """
    fault = fault_of(again.window, asker.now)
    if fault is not None:
        raise Malformed([FieldError("window", fault)])
    row = _held(session, case_id, asker)
    if row.state != "ended":
        road = road_of(session, desk, asker.now)
        detail = _postponed(road, row, again, asker)
        ended(session, row, "retry", by=asker.by, at=asker.now, detail=detail)
        session.flush()
    return _answered(session, desk, row, "retry")


def bring_back(session: Session, desk: Desk, case_id: UUID, asker: Asker) -> CaseView:
    """End a case with a return: stock, settlement, allowance and the patient's notice together.

    The reversal is begun in the unit of work that returns the parcel. Where the platform
    does not answer, the case is `ending`, which people see; asking again finishes it.
    """
    row = _held(session, case_id, asker)
    if row.state == "open":
        _visit_failed(road_of(session, desk, asker.now), row, "return")
        row.state, row.way = "ending", "return"
        session.add(case_act(row, "returning", at=asker.now, by=asker.by))
        session.commit()
        row = _locked(session, case_id, asker.carrier_code)
    if row.state == "ending" and row.way == "return":
        _finish_return(session, desk, row, asker)
        row = _locked(session, case_id, asker.carrier_code)
    return _answered(session, desk, row, "return")


def plan_without(
    session: Session, desk: Desk, case_id: UUID, *, met: bool, asker: Asker
) -> CaseView:
    """End a case by planning anew without its courier; the draft bears the case's number."""
    row = _held(session, case_id, asker)
    if row.state == "open":
        row.state, row.way = "ending", "replan"
        session.add(case_act(row, "replanning", at=asker.now, by=asker.by))
        session.commit()
        row = _locked(session, case_id, asker.carrier_code)
    if row.state == "ending" and row.way == "replan":
        plan_id = _plan_of(session, row)
        gone = Absent(row.courier_code, asker.now, met=met)
        ask_replan(
            session,
            plan_id,
            Replan(absent=[gone], reason=BREAKDOWN),
            id_=case_id,
            carrier_code=asker.carrier_code,
            by=asker.by,
            now=asker.now,
        )
        row = _locked(session, case_id, asker.carrier_code)
        if row.state == "ending":
            detail = {"planning": str(case_id)}
            ended(session, row, "replan", by=asker.by, at=asker.now, detail=detail)
            session.flush()
    return _answered(session, desk, row, "replan")


def close_case(session: Session, desk: Desk, case_id: UUID, asker: Asker) -> CaseView:
    """End a breakdown that needs no act any more: the courier went on, or the day is over."""
    row = _held(session, case_id, asker)
    if row.order_id is not None:
        session.rollback()
        raise Conflict(_OF_A_PARCEL, code="case-of-parcel")
    if row.state == "open":
        ended(session, row, "closed", by=asker.by, at=asker.now)
        session.flush()
    return _answered(session, desk, row, "closed")


def _postponed(road: Road, row: CaseRow, again: Again, asker: Asker) -> dict[str, Any]:
    """Bring a parcel back to be planned, as a failed visit does, with its own window."""
    session = road.session
    order_id = _visit_failed(road, row, "retry")
    order = order_row(session, order_id)
    window = again.window
    order.window_opens, order.window_closes = window.opens, window.closes
    detail: dict[str, Any] = {"window": _written(window)}
    if again.door is not None:
        seal_in(road.desk.vault, order, "address_sealed", again.door.address)
        seal_in(road.desk.vault, order, "point_sealed", str(again.door.point))
        _tell(road, order, "address_corrected", asker)
        detail["address"] = "corrected"
    if renew_code(session, order_id, wanted=again.new_code, now=asker.now):
        _tell(road, order, "code_renewed", asker)
        detail["code"] = "renewed"
    _tell(road, order, "order_rescheduled", asker, detail=_written(window))
    return detail


def _visit_failed(road: Road, row: CaseRow, outcome: str) -> UUID:
    """End the visit of a case as a courier at the door does; gives its order."""
    order_id, courier_code = _on_the_way(road.session, row)
    at_door.failed(
        road,
        order_id,
        courier_code,
        reason=_reason(row),
        outcome=outcome,
        at_desk=True,
    )
    return order_id


def _tell(
    road: Road, order: OrderRow, kind: str, asker: Asker, *, detail: str = ""
) -> None:
    """Tell the patient, on the prescription's own way."""
    by = asker.carrier_code
    event = note(order.prescription_id, asker.now, kind, by=by, detail=detail)
    road.session.add(event)


def _finish_return(session: Session, desk: Desk, row: CaseRow, asker: Asker) -> None:
    case_id, msgid = row.id, _settlement(session, row).msgid
    session.rollback()  # nothing is held while the platform is asked
    finish_reversal(road_of(session, desk, asker.now), msgid, asker.by)
    end_returned(session, case_id, now=asker.now)


def end_returned(
    session: Session, case_id: UUID | None = None, *, now: datetime
) -> int:
    """End a case whose return is through, or all of every firm; tells how many."""
    # In the words of the partial index: of all cases, those alone are looked at.
    is_ending = literal_column(CASE_ENDING, Boolean)
    query = select(CaseRow).where(is_ending, col(CaseRow.way) == "return")
    if case_id is not None:
        query = query.where(col(CaseRow.id) == case_id)
    rows = session.exec(query.with_for_update()).all()
    through = [row for row in rows if _settlement(session, row).state == "reversed"]
    for row in through:
        ended(session, row, "return", by=row.holder or row.courier_code, at=now)
    session.commit()
    return len(through)


def _settlement(session: Session, row: CaseRow) -> SettlementRow:
    """Return the settlement of a case's parcel: that of its filling, the latest."""
    order = order_row(session, _order_id(row))
    query = (
        select(SettlementRow)
        .where(
            col(SettlementRow.prescription_id) == order.prescription_id,
            col(SettlementRow.filling) == order.filling,
            col(SettlementRow.state).in_(("posted", "reversing", "reversed")),
        )
        .order_by(col(SettlementRow.changed_at).desc())
    )
    return session.exec(query).one()


def _on_the_way(session: Session, row: CaseRow) -> tuple[UUID, str]:
    """Tell which parcel it is, and which courier has it now; Conflict where nobody has."""
    order_id = _order_id(row)
    query = (
        select(RouteRow.courier_code)
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
            col(StopRow.done_at).is_(None),
            col(PlanRow.state) == "committed",
        )
        .order_by(col(RouteRow.leaves_at).desc())
    )
    found = session.exec(query).first()
    if found is None:
        raise Conflict(_NOT_ON_THE_WAY, code="not-out")
    return order_id, found


def _order_id(row: CaseRow) -> UUID:
    if row.order_id is None:
        raise Conflict(_NO_PARCEL, code="case-without-parcel")
    return row.order_id


def _reason(row: CaseRow) -> Failure:
    return Failure(row.kind)


def _plan_of(session: Session, row: CaseRow) -> UUID:
    """Name the plan of the case's day on which its courier drives now."""
    query = (
        select(PlanRow.id)
        .join(RouteRow, col(RouteRow.plan_id) == col(PlanRow.id))
        .where(
            col(RouteRow.courier_code) == row.courier_code,
            col(RouteRow.state).in_(("planned", "out")),
            col(PlanRow.state) == "committed",
            col(RouteRow.id).in_(same_day(row.route_id)),
        )
        .order_by(col(RouteRow.leaves_at))
    )
    found = session.exec(query).first()
    if found is None:
        raise Conflict(_NOT_ON_THE_WAY, code="not-out")
    return found


def _held(session: Session, case_id: UUID, asker: Asker) -> CaseRow:
    """Lock a case for the one who asks; Conflict where it is another dispatcher's."""
    row = _locked(session, case_id, asker.carrier_code)
    if row.state == "ended":
        return row
    if row.holder is None:
        row.holder = asker.by
        session.add(case_act(row, "taken", at=asker.now, by=asker.by))
        session.flush()
    elif row.holder != asker.by:
        raise taken(row.holder)
    return row


def _locked(session: Session, case_id: UUID, carrier_code: str) -> CaseRow:
    """Lock a case after its route and its order, as a courier at the door does."""
    row = session.get(CaseRow, case_id)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("异常", "case")
    if row.order_id is not None:
        _lock_parcel(session, row.order_id)
    session.refresh(row, with_for_update=True)
    return row


def _lock_parcel(session: Session, order_id: UUID) -> None:
    query = (
        select(RouteRow)
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
            col(PlanRow.state) == "committed",
        )
        .order_by(col(RouteRow.id))
    )
    session.exec(query.with_for_update(of=RouteRow)).all()
    order_row(session, order_id, lock=True)


def _answered(session: Session, desk: Desk, row: CaseRow, way: str) -> CaseView:
    """Answer with the case, where it ends as was asked."""
    if row.way != way:
        session.rollback()
        raise Conflict(_ENDED_OTHERWISE, code="case-ended")
    view = case_view(session, desk, row)
    session.commit()
    return view


def taken(holder: str) -> Conflict:
    """Say who has taken a case."""
    return Conflict(
        Words(
            f"这件异常已由{holder}接手。",
            f"{holder} has taken this case.",
            f"请处理别的异常，或请{holder}放回。",
            f"See to another one, or ask {holder} to give it back.",
        ),
        code="case-taken",
    )


def _written(window: Window) -> str:
    opens, closes = window.opens.astimezone(CHINA), window.closes.astimezone(CHINA)
    return f"{opens:%Y-%m-%d %H:%M}–{closes:%H:%M}"


_NOT_ON_THE_WAY = Words(
    "这单已经不在路上。",
    "This order is no longer on the way.",
    "请刷新页面，查看订单的最新状态。",
    "Refresh to see the order's latest state.",
)
_NO_PARCEL = Words(
    "这件异常说的是整条路线，不是一个包裹。",
    "This case is about a route, not about a parcel.",
    "请选择“由别的配送员送”。",
    "Plan its parcels for another courier.",
)
_OF_A_PARCEL = Words(
    "这件异常说的是一个包裹，要改约、退回或送到。",
    "This case is about a parcel, which is tried again, returned or handed over.",
    "请选改约或退回。",
    "Choose another window or a return.",
)
_ENDED_OTHERWISE = Words(
    "这件异常已用别的办法办结。",
    "This case has ended in another way.",
    "请刷新页面，查看结果。",
    "Refresh to see how.",
)

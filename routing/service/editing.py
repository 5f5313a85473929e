"""Move a parcel of a plan by hand: tried first, then done, and undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from routing.edit import Fault, Judged, Misplaced, Move, judged, moved
from routing.patch import timed
from routing.replan import Orders
from routing.service.committing import locked_plan
from routing.service.conditions import conditions_of
from routing.service.keeping import Kept, rewrite
from routing.service.overrunning import reject_overrun
from routing.service.reading import plan_view
from routing.service.replanning import act, reject_stranger, reject_superseded
from routing.service.standing import Standing, stand
from routing.service.views import EditView, FaultView, PlanView
from routing.tables import PlanActRow, PlanRow, RouteRow, StopRow, UnservedRow
from routing.timing import stops_of
from routing.travel import GeodesicTravel, TravelTimes

_WORDS = {
    "named_courier": ("这件药已在别的配送员车上", "it is on board of another courier"),
    "licence": (
        "配送员没有该区域的许可",
        "the courier has no licence for the district",
    ),
    "cold_box": ("配送员没有足够的冷藏箱", "the courier's cold box is too small"),
    "skill_or_size": ("配送员不能承运这件药", "the courier cannot carry it"),
    "locked": ("会改动已锁定或已开始的站", "it would move a locked or begun stop"),
    "room": ("超出装载 {by} 件", "{by} parcels more than fit"),
    "aboard": ("冷链在途超时 {by} 分钟", "{by} minutes too long out of the fridge"),
    "window": ("比收货时段晚 {by} 分钟", "{by} minutes after the window closes"),
    "pickup_closed": ("取药晚 {by} 分钟", "{by} minutes after the counter closes"),
    "shift": ("超出班次 {by} 分钟", "{by} minutes beyond the shift"),
    "break": ("排不下休息时间", "no time is left for a break"),
}
_COUNTS = frozenset({"room"})


@dataclass(frozen=True, slots=True)
class Edit:
    """A parcel that goes to a courier, by positions among the stops ahead, or the cheapest.

    Positions count without the parcel itself: 0 is before the first stop ahead. `seen` is
    the last act on the plan that the dispatcher knows of.
    """

    order_id: UUID
    courier_code: str
    pickup: int | None = None
    dropoff: int | None = None
    seen: int | None = None


def try_edit(
    session: Session,
    desk: Desk,
    plan_id: UUID,
    edit: Edit,
    *,
    carrier_code: str,
    now: datetime,
    travel: TravelTimes | None = None,
) -> EditView:
    """Say what an edit would cost and break, without writing anything."""
    plan = session.get(PlanRow, plan_id)
    if plan is None or plan.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    reject_superseded(plan)
    at = plan.made_at if plan.state == "draft" else now
    _, found = _judge(Work(session, desk, at), plan, edit, travel)
    return _view(plan_id, edit, found, applied=False)


def apply_edit(
    session: Session,
    desk: Desk,
    plan_id: UUID,
    edit: Edit,
    *,
    carrier_code: str,
    by: str,
    now: datetime,
    travel: TravelTimes | None = None,
) -> EditView:
    """Move a parcel of a draft; Conflict where that breaks a limit, in words."""
    plan = _draft(session, plan_id, carrier_code)
    work = Work(session, desk, plan.made_at)
    stands, found = _judge(work, plan, edit, travel)
    view = _view(plan_id, edit, found, applied=True)
    if found.faults:
        raise _infeasible(view)
    name = str(edit.order_id)
    plan = locked_plan(session, plan_id, carrier_code)
    reject_overrun(session, plan_id, edit.seen, set(found.orders), by=by)
    left = session.get(UnservedRow, (plan_id, edit.order_id))
    detail: dict[str, Any] = {
        "order": name,
        "before": _told(stands.again.start, found.orders),
        "after": _told(found.orders, found.orders),
        "more_fen": found.more_fen,
        "unserved": left.model_dump(mode="json") if left is not None else None,
    }
    if left is not None:
        session.delete(left)
    _write(work, plan, stands, found.orders)
    _reprice(plan, stands, found, left is not None)
    session.add(act(plan, "edited", by=by, at=now, reason="", detail=detail))
    session.commit()
    return view


def undo_edit(
    session: Session,
    desk: Desk,
    plan_id: UUID,
    *,
    carrier_code: str,
    by: str,
    now: datetime,
    travel: TravelTimes | None = None,
) -> PlanView:
    """Undo the last edit of a draft that was not undone; Conflict where there is none."""
    plan = _draft(session, plan_id, carrier_code)
    last = _last_edit(session, plan_id)
    if last is None:
        raise _nothing()
    last_id, detail = last.id, last.detail
    before: Mapping[str, Sequence[Sequence[str]]] = detail["before"]
    work, roads = Work(session, desk, plan.made_at), travel or GeodesicTravel()
    conditions = conditions_of(plan.conditions)
    order_id = UUID(detail["order"])
    stands = stand(work, plan, conditions, roads, only=tuple(before), also=order_id)
    stops = {
        (parcel.id, str(stop.kind)): stop
        for parcel in stands.again.problem.parcels
        for stop in stops_of(stands.again.problem, parcel)
    }
    orders = {
        code: [stops[name, kind] for name, kind in listed]
        for code, listed in before.items()
    }
    plan = locked_plan(session, plan_id, carrier_code)
    _write(work, plan, stands, orders)
    undone = judged(stands.again.problem, stands.again.start, orders)
    _reprice(plan, stands, undone, False)
    if detail["unserved"] is not None:
        session.add(UnservedRow.model_validate(detail["unserved"]))
        plan.cost_fen += _left_fen(stands, detail["order"])
        plan.figures = _served(plan.figures, -1)
    told = {"edit": last_id, "order": detail["order"], "before": before}
    session.add(act(plan, "undone", by=by, at=now, reason="", detail=told))
    session.flush()
    view = plan_view(session, desk, plan)
    session.commit()
    return view


def _judge(
    work: Work, plan: PlanRow, edit: Edit, travel: TravelTimes | None
) -> tuple[Standing, Judged]:
    reject_stranger(work.session, edit.courier_code, plan.carrier_code)
    couriers = {edit.courier_code}
    here = _courier_of(work.session, plan.id, edit.order_id)
    if here is not None:
        couriers.add(here)
    elif work.session.get(UnservedRow, (plan.id, edit.order_id)) is None:
        raise NotFound("订单", "order")
    stands = stand(
        work,
        plan,
        conditions_of(plan.conditions),
        travel or GeodesicTravel(),
        only=tuple(sorted(couriers)),
        also=edit.order_id,
    )
    problem, orders = stands.again.problem, stands.again.start
    if all(it.id != edit.courier_code for it in problem.couriers):
        raise _absent()
    move = Move(str(edit.order_id), edit.courier_code, edit.pickup, edit.dropoff)
    try:
        return stands, judged(problem, orders, moved(problem, orders, move))
    except Misplaced as error:
        raise Malformed([FieldError("dropoff", str(error))]) from error


def _courier_of(session: Session, plan_id: UUID, order_id: UUID) -> str | None:
    query = (
        select(RouteRow.courier_code)
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .where(
            col(RouteRow.plan_id) == plan_id,
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
        )
    )
    return session.exec(query).first()


def _draft(session: Session, plan_id: UUID, carrier_code: str) -> PlanRow:
    plan = locked_plan(session, plan_id, carrier_code)
    reject_superseded(plan)
    if plan.state != "draft":
        raise Conflict(
            Words(
                "已下发的计划不能直接改动。",
                "A committed plan is not changed in place.",
                "请先“不改变，另存一版”，在新草案上调整后再下发。",
                "Make another version as it stands, move the parcel there, and commit it.",
            ),
            code="plan-committed",
        )
    return plan


def _write(work: Work, plan: PlanRow, stands: Standing, orders: Orders) -> None:
    """Write the routes of some couriers anew."""
    problem = stands.again.problem
    routes = {route.courier_id: route for route in timed(problem, orders)}
    points, before = stands.drawn.points, stands.before
    kept = Kept(work.session, work.desk.vault, plan, points, before)
    rewrite(kept, {code: routes.get(code) for code in orders})


def _reprice(plan: PlanRow, stands: Standing, found: Judged, was_left: bool) -> None:
    """Add what an edit costs to a plan's sums."""
    plan.cost_fen += found.more_fen
    told = dict(plan.figures)
    if told.get("plan"):
        mine = dict(told["plan"])
        mine["distance_m"] += found.more_m
        mine["work_s"] += found.more_s
        mine["cost_fen"] += found.more_fen
        if mine.get("spent_fen") is not None:
            # A move by hand is never late, so that all of it is paid.
            mine["spent_fen"] += found.more_fen
        told["plan"] = mine
    plan.figures = told
    if was_left:
        name = next(iter(_new_names(stands, found)))
        plan.cost_fen -= _left_fen(stands, name)
        plan.figures = _served(plan.figures, 1)


def _served(figures: Mapping[str, Any], more: int) -> dict[str, Any]:
    told = dict(figures)
    if told.get("plan"):
        told["plan"] = {**told["plan"], "served": told["plan"]["served"] + more}
    return told


def _new_names(stands: Standing, found: Judged) -> set[str]:
    had = {it.parcel.id for stops in stands.again.start.values() for it in stops}
    return {it.parcel.id for stops in found.orders.values() for it in stops} - had


def _left_fen(stands: Standing, name: str) -> int:
    problem = stands.again.problem
    parcel = next(it for it in problem.parcels if it.id == name)
    return problem.unserved_fen(parcel)


def _told(orders: Orders, of: Orders) -> dict[str, list[list[str]]]:
    return {
        code: [[it.parcel.id, str(it.kind)] for it in orders.get(code, [])]
        for code in of
    }


def _last_edit(session: Session, plan_id: UUID) -> PlanActRow | None:
    query = select(PlanActRow).where(
        col(PlanActRow.plan_id) == plan_id,
        col(PlanActRow.kind).in_(("edited", "undone")),
    )
    open_: list[PlanActRow] = []
    for row in session.exec(query.order_by(col(PlanActRow.id))).all():
        if row.kind == "edited":
            open_.append(row)
        else:
            open_.pop()
    return open_[-1] if open_ else None


def _view(plan_id: UUID, edit: Edit, found: Judged, *, applied: bool) -> EditView:
    stops = found.orders[edit.courier_code]
    return EditView(
        plan_id=plan_id,
        order_id=edit.order_id,
        courier_code=edit.courier_code,
        applied=applied,
        feasible=not found.faults,
        faults=tuple(_fault(it) for it in found.faults),
        more_fen=found.more_fen,
        more_m=found.more_m,
        more_s=found.more_s,
        order_of_stops=tuple(f"{it.kind} {it.parcel.id}" for it in stops),
    )


def _fault(fault: Fault) -> FaultView:
    by = fault.by if fault.rule in _COUNTS else -(-fault.by // 60)
    chinese, english = _WORDS[fault.rule]
    return FaultView(
        rule=fault.rule,
        courier_code=fault.courier_id,
        order_id=UUID(fault.parcel_id) if fault.parcel_id else None,
        by=fault.by,
        words_zh=chinese.format(by=by),
        words_en=english.format(by=by),
    )


def _infeasible(view: EditView) -> Conflict:
    chinese = "；".join(dict.fromkeys(it.words_zh for it in view.faults))
    english = "; ".join(dict.fromkeys(it.words_en for it in view.faults))
    return Conflict(
        Words(
            f"不能这样调整：{chinese}。",
            f"It cannot be moved there: {english}.",
            "请换一个位置或配送员。",
            "Choose another place or another courier.",
        ),
        code="edit-infeasible",
    )


def _absent() -> Conflict:
    return Conflict(
        Words(
            "这位配送员在本时段不在岗。",
            "This courier is not at work in this slice.",
            "请换一位配送员。",
            "Choose another courier.",
        ),
        code="courier-absent",
    )


def _nothing() -> Conflict:
    return Conflict(
        Words(
            "没有可以撤销的调整。",
            "There is no move to undo.",
            "请刷新计划。",
            "Refresh the plan.",
        ),
        code="nothing-to-undo",
    )
